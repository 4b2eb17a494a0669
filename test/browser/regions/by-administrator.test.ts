import { expect } from 'chai';
import { useDemo } from '../support.ts';
import { addressOf, firstPassword, openRecord, type Newcomer } from './hands.ts';

/** Records of the demonstration: one that the whole CHU may open, and one whose consent was withdrawn. */
const OF_THE_CHU = '2026-0101';
const WITHDRAWN = '2026-0103';

describe('a region where an administrator opens the accounts', function () {
  this.timeout(300_000);
  const demo = useDemo();
  const seen = new Set<string>();

  it('Bretagne, by the administrator: identity, establishment, profile and login, and only what patients consent to', async () => {
    const gwen: Newcomer = {
      login: 'gwenaelle.tanguy',
      familyName: 'Tanguy',
      givenName: 'Gwenaëlle',
      network: 'cancerologie',
    };
    const paul = await demo.visitor({ shots: 'region-bretagne-administrator' });
    await paul.enter('/admin/people', 'paul.bernard');
    await paul.choose('#network', 'cancerologie');
    await paul.type('#q', 'tanguy');
    await paul.press('#continue');
    await paul.press('a[href^="/admin/people/new"]');
    await paul.see('form#person', 'new-user');
    await paul.type('#given_name', gwen.givenName);
    await paul.type('#family_name', gwen.familyName);
    await paul.choose('#profession', '60');
    await paul.type('#email', addressOf(gwen));
    await paul.choose('form#person #organisation', 'chu');
    await paul.choose('form#person #profile', 'utilisateur_cancerologie');
    await paul.press('form#person #continue');
    await paul.see('#steps', 'user-added');
    expect(await paul.page.textContent('main')).to.include(gwen.login);

    const visitor = await demo.visitor({ shots: 'region-bretagne' });
    const password = await firstPassword(demo, gwen, seen);
    await openRecord(demo, visitor, gwen, { record: OF_THE_CHU, seen, first: { password } });
    await visitor.page.goto(`${demo.instance().dccUrl}/records/${WITHDRAWN}`);
    await visitor.see('[data-help]', 'no-consent');
  });

  it('Île-de-France, by the list of a référent and an ephemeral code, which opens a short session', async () => {
    const elise: Newcomer = {
      login: 'elise.garnier',
      familyName: 'Garnier',
      givenName: 'Élise',
      network: 'cancerologie',
    };
    const coline = await demo.visitor({ shots: 'region-idf-referent' });
    await coline.enter('/admin/people/import', 'coline.mercier');
    await coline.see('form#import', 'deposit');
    const list = ['NOM;Prénom;Courriel;N° RPPS', `GARNIER;Élise;${addressOf(elise)};99700367123`];
    await coline.page.setInputFiles('#file', {
      name: 'liste-3c.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from(list.join('\r\n')),
    });
    await coline.choose('#organisation', 'chu');
    await coline.choose('#profile', 'utilisateur_cancerologie');
    await coline.press('#continue');
    await coline.see('form#confirm', 'check');
    await coline.press('#continue');
    await coline.page.waitForSelector('a[href$="/report.csv"]', { timeout: 60_000 });

    const visitor = await demo.visitor({ width: 320, shots: 'region-idf-telephone' });
    await openRecord(demo, visitor, elise, { record: OF_THE_CHU, seen, first: { method: 'code' } });
    await visitor.page.goto(`${demo.instance().issuer}/account`);
    await visitor.see('.level-2', 'account');
    expect(await visitor.page.textContent('footer')).to.match(/la session prend fin à \d/u);
  });
});
