import { expect } from 'chai';
import { readOutbox } from '../../scripts/interop/outbox.ts';
import { smsCode } from './means-hands.ts';
import { useDemo, type Visitor } from './support.ts';

const PHONES: Readonly<Record<string, string>> = {
  'marc.lefevre': '+33600000002',
  'nora.salmi': '+33600000006',
};
const REASON = 'Détresse respiratoire au service des urgences';

describe('the demo DCC shows each kind of refusal', () => {
  const demo = useDemo();

  /** Signs in, and passes what a first sign-in asks. */
  async function enter(login: string): Promise<Visitor> {
    const visitor = await demo.visitor({ shots: `dcc-refusal-${login.split('.')[0] ?? ''}` });
    await visitor.page.goto(`${demo.instance().dccUrl}/try`);
    await visitor.page.waitForSelector('form#identify');
    await visitor.type('#login', login);
    await visitor.type('#password', demo.instance().passwords[login] ?? '');
    await visitor.press('#continue');
    await visitor.page.waitForSelector('form#code');
    await visitor.enterCode(login);
    await visitor.page.waitForSelector('form#terms, form#situation, nav[aria-label="Pages"]');
    for (const [step, answer] of [
      ['form#situation', 'input[name=situation][value=chu]'],
      ['form#terms', '#accept'],
    ] as const)
      if ((await visitor.page.locator(step).count()) > 0) {
        await visitor.tick(answer);
        await visitor.press('#continue');
      }
    await visitor.see('nav[aria-label="Pages"]', 'try');
    return visitor;
  }

  const open = ({ page }: Visitor, path: string) => page.goto(demo.instance().dccUrl + path);
  const record = (number: string) => `/records/2026-${number}`;

  /** The refusal of that page: its sentence, and its code for the support. */
  async function refusal(visitor: Visitor, number: string, name: string) {
    await open(visitor, record(number));
    await visitor.see('#reason', name);
    const { page } = visitor;
    return { sentence: await page.textContent('#reason'), code: await page.textContent('[data-reason]') };
  }

  async function actFor(visitor: Visitor, sub: string): Promise<void> {
    await open(visitor, '/patients');
    await visitor.page.selectOption('#account', sub);
    await visitor.press('form#on-behalf-of button');
    await visitor.see(`[data-on-behalf-of="${sub}"]`, 'on-behalf-of');
  }

  it('to a physician: one sentence for all that depends on the patient, another for a network', async () => {
    const claire = await enter('claire.dupont');
    const answers = [];
    for (const [number, name] of [
      ['0102', 'not-named'],
      ['0103', 'withdrawn'],
      ['0104', 'opposed'],
      ['0106', 'no-consent'],
      ['0108', 'ended'],
      ['0109', 'not-informed'],
    ] as const)
      answers.push(await refusal(claire, number, name));
    expect(new Set(answers.map(({ sentence }) => sentence)).size).to.equal(1);
    expect(new Set(answers.map(({ code }) => code))).to.deep.equal(new Set(['record_closed']));
    expect((await refusal(claire, '0110', 'not-in-network')).code).to.equal('not_in_network');
    await open(claire, '/documents');
    await claire.see('[data-area="shut"]', 'documents');
    expect(await claire.page.locator('[data-area="open"]').count()).to.equal(1);
  });

  it('to profiles: who may not write, who may open nothing', async () => {
    const marc = await enter('marc.lefevre');
    await open(marc, record('0101'));
    await marc.see('[data-write="shut"]', 'may-not-write');
    expect(await marc.page.textContent('[data-write] [data-reason]')).to.equal('profile_lacks_action');
    const nadia = await enter('nadia.haddad');
    expect((await refusal(nadia, '0101', 'may-not-read')).code).to.equal('profile_lacks_action');
  });

  it('in an emergency: a profile that may not break the glass, and centre 15', async () => {
    for (const [login, selector, purpose] of [
      ['marc.lefevre', '[data-reason]', 'bris_de_glace'],
      ['nora.salmi', '[data-emergency="centre_15"]', 'centre_15'],
    ] as const) {
      const visitor = await enter(login);
      await open(visitor, `${record('0102')}/emergency`);
      await visitor.tick(`input[value="${purpose}"]`);
      await visitor.type('#reason', REASON);
      await visitor.press('form#emergency button');
      await visitor.see('[data-help="stronger-sign-in"]', 'too-weak');
      const seen = new Set((await readOutbox(demo.instance().outboxUrl)).map(({ id }) => id));
      await visitor.press('form#sign-in button');
      await visitor.page.waitForSelector('form#code');
      await visitor.type('#code input[name=code]', await smsCode(demo, PHONES[login] ?? '', seen));
      await visitor.press('#continue');
      await visitor.page.waitForSelector('form#emergency');
      await visitor.press('form#emergency button');
      await visitor.see(selector, purpose);
      if (purpose === 'bris_de_glace')
        expect(await visitor.page.textContent('[data-reason]')).to.equal('break_glass_not_allowed');
    }
  });

  it('to a secretary: in the name of a physician, without delegation, and against her own opposition', async () => {
    const sophie = await enter('sophie.martin');
    const alone = await refusal(sophie, '0105', 'alone');
    await actFor(sophie, 'acc-claire');
    await open(sophie, record('0105'));
    await sophie.see('#ground', 'on-behalf-of-open');
    expect((await refusal(sophie, '0104', 'delegator-opposed')).sentence).to.equal(alone.sentence);
    expect(await refusal(sophie, '0107', 'delegate-opposed')).to.deep.equal(alone);
    await actFor(sophie, 'acc-karim');
    expect((await refusal(sophie, '0105', 'no-delegation')).code).to.equal('delegation_missing');
  });

  it('in tumour boards: one that is open, one that is over, and a guest who only reads', async () => {
    const karim = await enter('karim.benali');
    await open(karim, record('0102'));
    await karim.see('form#note', 'board-open');
    expect((await refusal(karim, '0108', 'board-over')).code).to.equal('record_closed');
    const helene = await enter('helene.roy');
    await open(helene, record('0104'));
    await helene.see('[data-write="shut"]', 'board-guest');
    await open(helene, record('0110'));
    await helene.see('#ground', 'care-team');
  });
});
