import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { startDemoInstance, type DemoInstance } from '../../scripts/interop/demo-instance.ts';
import { findLack, forgetPolicy, openWorkstation, type CardFile, type Workstation } from './card-reader.ts';
import { ACR, expectProof } from './means-hands.ts';

interface ListedCard extends CardFile {
  readonly login?: string;
  readonly refusal?: string;
}

describe('a card in the reader of a workstation', () => {
  let instance: DemoInstance;
  let cards: readonly ListedCard[];
  let station: Workstation | undefined;
  before(async function () {
    const lack = findLack();
    if (lack !== undefined) {
      process.stderr.write(`    the card in Chromium is not tried: this machine lacks ${lack}\n`);
      this.skip();
    }
    instance = await startDemoInstance();
    cards = await listedCards(instance.dataDir);
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') process.stderr.write(instance.log().slice(-4000));
    await station?.close();
    station = undefined;
  });
  after(async () => {
    forgetPolicy();
    await instance?.stop();
  });

  const cardOf = (matches: (card: ListedCard) => boolean): ListedCard => {
    const found = cards.find(matches);
    if (!found) throw new Error('the demonstration has no such card');
    return found;
  };

  async function choose({ page, see }: Workstation): Promise<void> {
    await page.goto(instance.dccUrl);
    await see('form#identify', 'sign-in');
    await page.click('button[name=method][value=card]');
  }

  it('signs its holder in to the record, with the level of a card, after one word', async () => {
    station = await openWorkstation(cardOf(({ login }) => login === 'claire.dupont'));
    const { page, see } = station;
    await choose(station);
    await see('form#card', 'confirm');
    expect(new URL(page.url()).protocol).to.equal('https:');
    expect(await page.textContent('.lead')).to.include('Claire DUPONT');
    await page.click('#continue');
    await see('form#terms', 'terms');
    await page.check('#accept');
    await page.click('#continue');
    if ((await page.locator('form#situation').count()) > 0) {
      await page.check('input[name=situation] >> nth=0');
      await page.click('#continue');
    }
    await see('.patients', 'patients');
    expect(await page.textContent('#signed-in-as')).to.equal('Claire Dupont');
    await expectProof(page, { acr: ACR.card, amr: ['sc', 'pin', 'mfa'] });
    await page.goto(`${instance.issuer}/account`);
    await see('.level-4', 'account');
  });

  it('is refused with its reason and a way to the other means, when it is revoked', async () => {
    station = await openWorkstation(
      cardOf(({ refusal }) => refusal === 'card.revoked'),
      { width: 320 },
    );
    const { page, see } = station;
    await choose(station);
    await see('[role=alert][data-code="card.revoked"]', 'revoked');
    await page.click('#others');
    await see('form#card #continue', 'elsewhere');
    await page.click('button[name=restart]');
    await see('form#identify', 'other-means');
  });

  it('is missed on the page that tests a workstation, and named there when it is there', async () => {
    station = await openWorkstation(null);
    await choose(station);
    await station.see('[role=alert][data-code="card.not_presented"]', 'without');
    await station.page.goto(new URL('/poste', station.page.url()).href);
    await station.see('[role=alert][data-code="card.not_presented"]', 'workstation-without');
    const address = station.page.url();
    await station.close();
    station = await openWorkstation(cardOf(({ login }) => login === 'sophie.martin'));
    await station.page.goto(address);
    await station.see('.alert-ok', 'workstation');
    expect(await station.page.textContent('main'))
      .to.include('Sophie MARTIN')
      .and.include('TLS 1.3');
  });
});

/** The list is written once the service is ready. */
async function listedCards(dataDir: string): Promise<readonly ListedCard[]> {
  const TRIES = 100;
  for (let turn = 0; turn < TRIES; turn += 1) {
    const text = await readFile(path.join(dataDir, 'demo.json'), 'utf8').catch(() => null);
    if (text !== null) return (JSON.parse(text) as { cards: ListedCard[] }).cards;
    await delay(100);
  }
  throw new Error('the demonstration lists nothing');
}
