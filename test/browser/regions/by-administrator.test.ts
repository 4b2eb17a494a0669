import { expect } from 'chai';
import { useDemo } from '../support.ts';
import { awaitOn, journey, newcomer } from './journey.ts';
import { openRecord, readFirstPassword } from './opening.ts';

/** Records of the demonstration: one that the whole CHU may open, and one whose consent was withdrawn. */
const OF_THE_CHU = '2026-0101';
const WITHDRAWN = '2026-0103';

describe('a region where an administrator opens the accounts', function () {
  this.timeout(600_000);
  const demo = useDemo();

  journey(
    'bretagne',
    'Bretagne, by the administrator: identity, establishment, profile and login, and only what patients consent to',
    demo,
    async walk => {
      const who = newcomer(walk.mode, {
        givenName: 'Gwenaëlle',
        familyNames: { desk: 'Tanguy', keyboard: 'Kerbrat', telephone: 'Cariou' },
        digits: '40',
        isPhysician: false,
      });
      const paul = await walk.visitor('administrator');
      await paul.enter('/admin/people', 'paul.bernard');
      await paul.choose('#network', who.network);
      await paul.type('#q', who.familyName);
      await paul.press('#continue');
      await paul.press('a[href^="/admin/people/new"]');
      await paul.see('form#person', 'new-user');
      await paul.type('#given_name', who.givenName);
      await paul.type('#family_name', who.familyName);
      await paul.choose('#profession', '60');
      await paul.type('#email', who.email);
      await paul.choose('form#person #organisation', 'chu');
      await paul.choose('form#person #profile', 'utilisateur_cancerologie');
      await paul.press('form#person #continue');
      await paul.see('#steps', 'user-added');
      expect(await paul.page.textContent('main')).to.include(who.login);

      const gwen = await walk.visitor('nurse');
      const password = await readFirstPassword(walk, who);
      await openRecord(walk, gwen, who, { record: OF_THE_CHU, first: { password } });
      await gwen.page.goto(`${demo.instance().dccUrl}/records/${WITHDRAWN}`);
      await gwen.see('[data-help]', 'no-consent');
    },
  );

  journey(
    'idf',
    'Île-de-France, by the list of a référent and an ephemeral code, which opens a short session',
    demo,
    async walk => {
      const who = newcomer(walk.mode, {
        givenName: 'Élise',
        familyNames: { desk: 'Garnier', keyboard: 'Chevrel', telephone: 'Maillot' },
        digits: '50',
      });
      const coline = await walk.visitor('referent');
      await coline.enter('/admin/people/import', 'coline.mercier');
      await coline.see('form#import', 'deposit');
      const list = [
        'NOM;Prénom;Courriel;N° RPPS',
        `${who.familyName.toUpperCase()};${who.givenName};${who.email};${who.rpps}`,
      ];
      await coline.attach('#file', {
        name: 'liste-3c.csv',
        mimeType: 'text/csv',
        buffer: Buffer.from(list.join('\r\n')),
      });
      await coline.choose('#organisation', 'chu');
      await coline.choose('#profile', 'utilisateur_cancerologie');
      await coline.press('#continue');
      await coline.see('form#confirm', 'check');
      await coline.press('#continue');
      await awaitOn(coline, 'a[href$="/report.csv"]');
      await coline.see('a[href$="/report.csv"]', 'imported');

      const elise = await walk.visitor('physician');
      await openRecord(walk, elise, who, { record: OF_THE_CHU, first: { method: 'code' } });
      await elise.page.goto(`${demo.instance().issuer}/account`);
      await elise.see('.level-2', 'account');
      expect(await elise.page.textContent('footer')).to.match(/la session prend fin à \d/u);
    },
  );
});
