import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { findLack, forgetPolicy, openWorkstation, type CardFile, type Workstation } from '../card-reader.ts';
import { newMessage } from '../means-hands.ts';
import { useDemo } from '../support.ts';
import { accept, addressOf, begin, placeAndContact, send, type Newcomer } from './hands.ts';

const OF_THE_CHU = '2026-0101';
/** The physician of the demonstration whom the region does not know. */
const AGATHE: Newcomer = {
  login: 'agathe.petit',
  familyName: 'Petit',
  givenName: 'Agathe',
  workplace: { words: 'bretonneau', id: 'chu' },
  network: 'cancerologie',
};

describe('a region where one comes with a card', function () {
  this.timeout(300_000);
  before(function () {
    const lack = findLack();
    if (lack === undefined) return;
    process.stderr.write(`    the card in Chromium is not tried: this machine lacks ${lack}\n`);
    this.skip();
  });
  const demo = useDemo({
    settings: { TROUSSEAU_WELCOME_PAUSE: '0s' },
    validators: { cancerologie: ['acc-coline'] },
  });
  const seen = new Set<string>();
  let station: Workstation | undefined;
  after(async () => {
    await station?.close();
    forgetPolicy();
  });

  it('Aquitaine, by card: filled in from it, validated by the network, announced, and signed in at once', async () => {
    station = await openWorkstation(await cardOf('carte-inconnue'));
    const { page, see } = station;
    const hands = {
      page,
      see,
      type: (selector: string, text: string) => page.fill(selector, text),
      press: (selector: string) => page.click(selector),
      tick: (selector: string) => page.check(selector),
    };
    await page.goto(demo.instance().issuer);
    await byCard(page);
    await see('button[name=request]', 'nobody-of-that-name');
    await page.click('button[name=request]');
    await begin(hands);
    await see('#name', 'name-of-the-card');
    expect(await page.textContent('main')).to.include('AGATHE PETIT');
    if ((await page.locator('input[name=civility]').count()) > 0) await page.check('input[value=MME]');
    await page.click('#continue');
    await placeAndContact(demo, hands, AGATHE, seen);
    await send(hands);

    const mail = await newMessage(demo, 'coline.mercier@chu-bretonneau.example', seen, { seconds: 60 });
    expect(mail.text).to.include('/admin/requests/validate').and.not.include('PETIT');
    const coline = await demo.visitor({ shots: 'region-aquitaine-validator' });
    await coline.enter('/admin/requests/validate', 'coline.mercier');
    await coline.press('table a');
    await coline.see('form#part', 'part-of-the-network');
    await coline.tick('input[name=verdict][value=agreed]');
    await coline.press('#continue');
    await coline.see('[role=status]', 'agreed');
    const paul = await demo.visitor({ shots: 'region-aquitaine-administrator' });
    await accept(paul, 'paul.bernard', { ...AGATHE, familyName: 'PETIT' });

    await newMessage(demo, addressOf(AGATHE), seen, { about: /Votre identifiant est/u, seconds: 60 });
    await page.goto(`${demo.instance().dccUrl}/records/${OF_THE_CHU}`);
    await byCard(page);
    await see('form#terms', 'terms');
    await page.check('#accept');
    await page.click('#continue');
    await see('#diagnosis', 'first-record');
    expect(await page.textContent('[data-acr]')).to.equal('urn:trousseau:acr:card');
  });

  async function byCard(page: Workstation['page']): Promise<void> {
    await page.click('button[name=method][value=card]');
    await page.waitForSelector('form#card');
    await page.click('#continue');
  }

  /** The list of cards is written once the service is ready. */
  async function cardOf(file: string): Promise<CardFile> {
    const list = path.join(demo.instance().dataDir, 'demo.json');
    for (let tries = 0; tries < 200; tries += 1) {
      const text = await readFile(list, 'utf8').catch(() => '{"cards":[]}');
      const { cards } = JSON.parse(text) as { cards: CardFile[] };
      const found = cards.find(card => path.basename(card.file, '.p12') === file);
      if (found) return found;
      await delay(100);
    }
    throw new Error('the demonstration has no such card');
  }
});
