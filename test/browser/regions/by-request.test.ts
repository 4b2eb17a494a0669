import { expect } from 'chai';
import { systemClock } from '#kernel/index.ts';
import { useDemo } from '../support.ts';
import { accept, ask, firstDay, type Newcomer } from './hands.ts';

/** A record of the demonstration that the whole CHU may open, and one of a physician in town. */
const OF_THE_CHU = '2026-0101';
const OF_THE_TOWN = { number: '2026-0105', key: 'pk-demo-5', creator: 'acc-helene' };

describe('a region where one asks for an account', function () {
  this.timeout(300_000);
  const demo = useDemo({ settings: { TROUSSEAU_WELCOME_PAUSE: '0s' } });
  const seen = new Set<string>();

  it('Hauts-de-France, attached to an establishment: its local administrator opens the account', async () => {
    const lea: Newcomer = {
      login: 'lea.petit',
      familyName: 'Petit',
      givenName: 'Léa',
      rpps: '99700366802',
      workplace: { words: 'bretonneau', id: 'chu' },
      network: 'cancerologie',
    };
    const visitor = await demo.visitor({ shots: 'region-hdf-attached' });
    await ask(demo, visitor, lea, seen);
    expect(await visitor.page.textContent('main')).to.contain('CHU Bretonneau');
    await visitor.page.goto(`${demo.instance().issuer}/referents`);
    await visitor.see('table', 'referents');
    await accept(await demo.visitor({ shots: 'region-hdf-local-administrator' }), 'paul.bernard', lea);
    await firstDay(demo, visitor, lea, { record: OF_THE_CHU, seen });
  });

  it('Hauts-de-France, libéral and attached to nothing, without scripts: the region opens the account', async () => {
    const rose: Newcomer = {
      login: 'rose.lambert',
      familyName: 'Lambert',
      givenName: 'Rose',
      rpps: '99700366810',
      network: 'cancerologie',
    };
    const visitor = await demo.visitor({ hasScripts: false });
    await ask(demo, visitor, rose, seen);
    expect(await visitor.page.textContent('main')).to.contain('administrateur de la région');
    const anne = await demo.visitor({ hasScripts: false });
    await accept(anne, 'anne.moreau', rose);
    // A patient of hers designates her: on paper, at the practice of another physician.
    const sub = await openedAccount(anne.page);
    await designate(sub);
    await firstDay(demo, visitor, rose, { record: OF_THE_TOWN.number, seen });
  });

  it('Centre-Val de Loire, in steps on a telephone, by keyboard: down to the applications that were ticked', async () => {
    const nina: Newcomer = {
      login: 'nina.colas',
      familyName: 'Colas',
      givenName: 'Nina',
      workplace: { words: 'bretonneau', id: 'chu' },
      network: 'cancerologie',
    };
    const visitor = await demo.visitor({
      width: 320,
      isDark: true,
      keyboard: true,
      shots: 'region-cvl-telephone',
    });
    await ask(demo, visitor, nina, seen);
    await accept(await demo.visitor(), 'paul.bernard', nina);
    await firstDay(demo, visitor, nina, { record: OF_THE_CHU, seen });
    await visitor.page.goto(demo.instance().issuer);
    await visitor.see(`a[href^="${demo.instance().dccUrl}"]`, 'kiosk');
  });

  /** The account that the file of the request names once it is opened. */
  async function openedAccount(page: Awaited<ReturnType<typeof demo.visitor>>['page']): Promise<string> {
    const address = page.url();
    for (let tries = 0; tries < 120; tries += 1) {
      const link = page.locator('main a[href^="/admin/people/"]').first();
      if ((await link.count()) > 0) return ((await link.getAttribute('href')) ?? '').split('/').at(-1) ?? '';
      await new Promise(resolve => setTimeout(resolve, 500));
      await page.goto(address);
    }
    throw new Error('the account was not opened');
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
