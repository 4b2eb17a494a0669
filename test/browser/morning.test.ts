import { expect } from 'chai';
import { useDemo, type Demo, type Visitor, type VisitorOptions } from './support.ts';

const CLAIRE = 'claire.dupont';
/** The demo region (contract §4): the first record is open to Claire, the second is not. */
const [OPEN, SHUT] = ['2026-0101', '2026-0102'];

/** One true morning of an oncologist, from the first page to the sign-out. */
async function liveTheMorning(demo: Demo, claire: Visitor): Promise<void> {
  const { issuer, dccUrl, passwords } = demo.instance();
  const { page } = claire;

  await page.goto(issuer);
  await claire.see('form#identify', 'sign-in');
  await claire.type('#login', CLAIRE);
  await claire.type('#password', passwords[CLAIRE] ?? '');
  await claire.press('#continue');

  await claire.see('form#terms', 'terms');
  await claire.tick('#accept');
  await claire.press('#continue');

  const tile = `a[href^="${dccUrl}"]`;
  await claire.see(tile, 'kiosk');
  expect(new URL(page.url()).pathname).to.equal('/');
  await claire.press(tile);

  await claire.see('form#code', 'code');
  await claire.enterCode(CLAIRE);

  await claire.see('.patients', 'patients');
  expect(page.url()).to.equal(`${dccUrl}/patients`);
  expect(await page.textContent('#signed-in-as')).to.equal('Claire Dupont');
  await claire.press(`a[href="/records/${OPEN}"]`);

  await claire.see('form#note', 'record');
  await claire.press('main a[href="/patients"]');
  await claire.see('.patients', 'patients-again');
  await claire.press(`a[href="/records/${SHUT}"]`);

  await claire.see('[data-help="patient-consent"]', 'refusal');
  expect((await page.textContent('#reason'))?.trim().length).to.be.greaterThan(20);
  await claire.press('main a[href="/patients"]');

  await page.waitForSelector('.patients');
  await claire.press('#sign-out button');
  // With scripts the provider's page sends its form by itself, since the relying party asked for the logout.
  if (!claire.hasScripts) {
    await claire.see('form#logout', 'logout');
    await claire.press('#continue');
  }
  await page.waitForURL(`${dccUrl}/signed-out`);
  await claire.see('form#sign-in', 'signed-out');
  await page.goto(issuer);
  await page.waitForSelector('form#identify');
}

const WAYS: readonly (readonly [string, VisitorOptions])[] = [
  ['with a mouse', { shots: 'morning' }],
  ['by keyboard alone', { keyboard: true }],
  ['without JavaScript', { hasScripts: false }],
  ['on a phone of 320 px', { width: 320, shots: 'phone' }],
  ['on a phone of 390 px in the dark', { width: 390, isDark: true, shots: 'phone-dark' }],
  ['on a dark screen', { isDark: true, shots: 'dark' }],
];

for (const [way, options] of WAYS)
  describe(`the morning of an oncologist, ${way}`, () => {
    const demo = useDemo();
    it('goes from the sign-in to one open record, one shut, and the sign-out', async () => {
      await liveTheMorning(demo, await demo.visitor(options));
    });
  });
