import { expect } from 'chai';
import { forgetPolicy, findLack, openWorkstation, type Workstation } from '../card-reader.ts';
import { useDemo } from '../support.ts';
import { begin, placeAndContact, send } from './asking.ts';
import { CHU, journey, newcomer } from './journey.ts';
import { accept, openRecord } from './opening.ts';
import { issueCard } from './strangers-card.ts';

const OF_THE_CHU = '2026-0101';

describe('a region where one comes with a card', function () {
  this.timeout(600_000);
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
  let station: Workstation | undefined;
  afterEach(async () => {
    await station?.close();
    station = undefined;
  });
  after(forgetPolicy);

  journey(
    'aquitaine',
    'Aquitaine, by card: filled in from it, validated by the network, announced, and signed in at once',
    demo,
    async walk => {
      const who = newcomer(walk.mode, {
        givenName: 'Maylis',
        familyNames: { desk: 'Duhart', keyboard: 'Lafitte', telephone: 'Etcheverry' },
        digits: '60',
        workplace: CHU,
      });
      station = await openWorkstation(await issueCard(demo.instance().dataDir, who), walk.as('physician'));
      const { page, press, see, tick } = station;
      await page.goto(demo.instance().issuer);
      await press('button[name=method][value=card]');
      await see('form#card', 'card');
      await press('#continue');
      await see('button[name=request]', 'nobody-of-that-name');
      await press('button[name=request]');
      await begin(station);
      await see('#name', 'name-of-the-card');
      expect(await page.textContent('main')).to.include(who.familyName.toUpperCase());
      await tick('input[value=MME]');
      await press('#continue');
      await placeAndContact(walk, station, who);
      await send(station);

      const mail = await walk.message(
        'coline.mercier@chu-bretonneau.example',
        /\/admin\/requests\/validate/u,
      );
      expect(mail.text.toLowerCase()).not.to.include(who.familyName.toLowerCase());
      const coline = await walk.visitor('validator');
      await coline.enter('/admin/requests/validate', 'coline.mercier');
      await coline.press('table a');
      await coline.see('form#part', 'part-of-the-network');
      await coline.tick('input[name=verdict][value=agreed]');
      await coline.press('#continue');
      await coline.see('[role=status]', 'agreed');
      const asRegistered = { ...who, familyName: who.familyName.toUpperCase() };
      await accept(await walk.visitor('administrator'), 'paul.bernard', asRegistered);

      await walk.message(who.email, /Votre identifiant est/u);
      await openRecord(walk, station, who, { record: OF_THE_CHU, first: { method: 'card' } });
      expect(await page.textContent('[data-acr]')).to.equal('urn:trousseau:acr:card');
    },
  );
});
