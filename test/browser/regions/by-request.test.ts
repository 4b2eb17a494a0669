import { expect } from 'chai';
import { systemClock } from '#kernel/index.ts';
import { useDemo, type Visitor } from '../support.ts';
import { ask } from './asking.ts';
import { awaitOn, CHU, journey, newcomer } from './journey.ts';
import { accept, choosePassword, openRecord } from './opening.ts';

/** A record of the demonstration that the whole CHU may open, and one of a physician in town. */
const OF_THE_CHU = '2026-0101';
const OF_THE_TOWN = { number: '2026-0105', key: 'pk-demo-5', creator: 'acc-helene' };

describe('a region where one asks for an account', function () {
  this.timeout(600_000);
  const demo = useDemo({ settings: { TROUSSEAU_WELCOME_PAUSE: '0s' } });

  journey(
    'hdf-attached',
    'Hauts-de-France, attached to an establishment: its local administrator opens the account',
    demo,
    async walk => {
      const who = newcomer(walk.mode, {
        givenName: 'Léa',
        familyNames: { desk: 'Vasseur', keyboard: 'Delattre', telephone: 'Hennebelle' },
        digits: '10',
        workplace: CHU,
      });
      const lea = await walk.visitor('physician');
      await ask(walk, lea, who);
      expect(await lea.page.textContent('main')).to.contain('CHU Bretonneau');
      await lea.page.goto(`${demo.instance().issuer}/referents`);
      await lea.see('table', 'referents');
      await accept(await walk.visitor('administrator'), 'paul.bernard', who);
      await choosePassword(walk, lea, who);
      await openRecord(walk, lea, who, { record: OF_THE_CHU });
    },
  );

  journey(
    'hdf-not-attached',
    'Hauts-de-France, libéral and attached to nothing: the region opens the account',
    demo,
    async walk => {
      const who = newcomer(walk.mode, {
        givenName: 'Rose',
        familyNames: { desk: 'Carpentier', keyboard: 'Wattel', telephone: 'Lemaire' },
        digits: '20',
      });
      const rose = await walk.visitor('physician');
      await ask(walk, rose, who);
      expect(await rose.page.textContent('main')).to.contain('administrateur de la région');
      const anne = await walk.visitor('administrator');
      await accept(anne, 'anne.moreau', who);
      // A patient of hers designates her: on paper, at the practice of another physician.
      await designate(await openedAccount(anne));
      await choosePassword(walk, rose, who);
      await openRecord(walk, rose, who, { record: OF_THE_TOWN.number });
    },
  );

  journey(
    'cvl',
    'Centre-Val de Loire, in steps: down to the applications that were ticked',
    demo,
    async walk => {
      const who = newcomer(walk.mode, {
        givenName: 'Nina',
        familyNames: { desk: 'Colas', keyboard: 'Bigot', telephone: 'Rabineau' },
        digits: '30',
        isPhysician: false,
        workplace: CHU,
        applications: ['dcc', 'documents'],
      });
      const nina = await walk.visitor('nurse');
      await ask(walk, nina, who);
      await accept(await walk.visitor('administrator'), 'paul.bernard', who);
      await choosePassword(walk, nina, who);
      await openRecord(walk, nina, who, { record: OF_THE_CHU });
      await nina.page.goto(demo.instance().issuer);
      await nina.see(`a[href^="${demo.instance().dccUrl}"]`, 'kiosk');
      expect(await nina.page.textContent('main')).to.include('Espace documentaire');
    },
  );

  /** The account that the file of the request names once it is opened. */
  async function openedAccount(administrator: Visitor): Promise<string> {
    const link = 'main a[href^="/admin/people/"]';
    await awaitOn(administrator, link);
    const address = await administrator.page.locator(link).first().getAttribute('href');
    return address?.split('/').at(-1) ?? '';
  }

  async function designate(sub: string): Promise<void> {
    const { issuer, clients } = demo.instance();
    const credentials = Buffer.from(`dcc-batch:${clients['dcc-batch']}`).toString('base64');
    const address = `${issuer}/access/v1/records/${OF_THE_TOWN.key}/parties/account/${sub}?network=cancerologie`;
    const answer = await fetch(address, {
      method: 'PUT',
      headers: { authorization: `Basic ${credentials}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        by: OF_THE_TOWN.creator,
        method: 'papier',
        at: new Date(systemClock.nowMs()).toISOString(),
      }),
    });
    expect(answer.ok, await answer.text()).to.equal(true);
  }
});
