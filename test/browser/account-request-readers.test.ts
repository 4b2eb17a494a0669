import { expect } from 'chai';
import { findLack, forgetPolicy, openWorkstation, type Workstation } from './card-reader.ts';
import { begin } from './regions/asking.ts';
import { issueCard } from './regions/strangers-card.ts';
import type { Person } from './support/person.ts';
import { useDemo } from './support.ts';

const PHYSICIAN = '10';
const NURSE = '60';
/** Interrupted: a number that the step itself would refuse. */
const HALF_A_NUMBER = '9970071';
/** Whom the region does not know. */
const SOLENE = {
  givenName: 'Solène',
  familyName: 'Kervella',
  login: 'solene.kervella',
  rpps: '99700717004',
};

describe('a reader in the middle of a request for an account', function () {
  this.timeout(180_000);
  const demo = useDemo();
  let station: Workstation | undefined;
  afterEach(async () => {
    await station?.close();
    station = undefined;
  });
  after(forgetPolicy);

  /** As far as the step « Identification », where the readers are. */
  async function comeTo(person: Person, profession: string): Promise<void> {
    await person.page.goto(`${demo.instance().issuer}/request`);
    await begin(person);
    await person.see('#profession', 'profession');
    await person.tick(`input[name=profession][value="${profession}"]`);
    await person.press('#profession #continue');
    await person.see('#number', 'number');
  }

  it('lets a card say name and number, and puts its word above what was typed', async function () {
    const lack = findLack();
    if (lack !== undefined) {
      process.stderr.write(`    the card in Chromium is not tried: this machine lacks ${lack}\n`);
      this.skip();
    }
    station = await openWorkstation(await issueCard(demo.instance().dataDir, SOLENE), {
      shots: 'request-card',
    });
    const { page, see, press, tick } = station;
    await comeTo(station, NURSE);
    await press('button[name=read][value=card]');
    await see('form#card', 'card');
    expect(new URL(page.url()).protocol).to.equal('https:');
    await press('#continue');
    await see('#number .alert-ok', 'identified');
    expect(page.url()).to.equal(`${demo.instance().issuer}/request/number`);
    expect(await page.textContent('#number .alert-ok'))
      .to.include(SOLENE.familyName.toUpperCase())
      .and.include(SOLENE.rpps);
    expect(await page.locator('#rpps, button[name=read]').count()).to.equal(0);
    await press('#continue');
    await see('#name', 'name-of-the-card');
    expect(await page.locator('#family_name').count()).to.equal(0);
    await tick('input[value=MME]');
    await press('#continue');
    await see('#street', 'address');
    await page.goto(`${demo.instance().issuer}/request/profession`);
    await see('#profession', 'profession-of-the-card');
    expect(await page.locator('input[name=profession]').count()).to.equal(0);
  });

  it('comes back from Pro Santé Connect with what was typed, whether one gave up there or not', async () => {
    const ines = await demo.visitor({ width: 320, isTelephone: true, shots: 'request-psc' });
    const { page, see, press, type } = ines;
    await comeTo(ines, PHYSICIAN);
    await type('#rpps', HALF_A_NUMBER);
    await press('button[name=read][value="pro-sante-connect"]');
    await see('form#person', 'provider');
    await press('button[name="cancel"]');
    await see('[role=alert][data-code="psc.cancelled"]', 'given-up');
    expect(await page.inputValue('#rpps')).to.equal(HALF_A_NUMBER);
    await press('button[name=read][value="pro-sante-connect"]');
    await see('form#person', 'provider-again');
    await press('button[name="person"][value="ines"]');
    await see('#number .alert-ok', 'identified');
    expect(new URL(page.url()).search).to.equal('');
    await press('#continue');
    await see('#name', 'name-of-the-provider');
    expect(await page.locator('#family_name').count()).to.equal(0);
  });

  it('tells whom the region knows already to sign in', async () => {
    const claire = await demo.visitor({
      keyboard: true,
      hasScripts: false,
      isDark: true,
      shots: 'request-known',
    });
    await comeTo(claire, PHYSICIAN);
    await claire.press('button[name=read][value="pro-sante-connect"]');
    await claire.see('form#person', 'provider');
    await claire.press('button[name="person"][value="claire"]');
    await claire.see('[role=alert][data-code="enrolment.known_person"]', 'known');
  });
});
