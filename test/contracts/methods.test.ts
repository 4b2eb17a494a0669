import { expect } from 'chai';
import { acrRank, createShiftedClock, type ShiftedClock } from '#kernel/index.ts';
import type { AttemptPlace, Challenge, Method, Person } from '#methods/index.ts';
import { generateSync } from 'otplib';
import { confirm } from '../methods/card/card-client.ts';
import { createAuthenticator, type Authenticator } from '../support/authenticator.ts';
import { exampleRegion, PASSWORD, startTestApp, type TestApp } from '../support/app.ts';
import { prepareCards, type TestCards } from '../support/cards.ts';

const PHONE = '+33600000001';

/** How the contract makes a right and a wrong answer for each means. A new means adds one line here. */
const answers: Readonly<
  Record<
    string,
    {
      right(app: TestApp, begun: Challenge | undefined): Promise<string>;
      wrong(right: string): string;
      /** What the right answer gets after too many wrong ones; that of its form unless said otherwise. */
      readonly exhausted?: string;
    }
  >
> = {
  password: { right: async () => PASSWORD, wrong: () => 'Faux-2026!' },
  code: {
    right: async app => /\b(\d{6})\b/u.exec(await app.mailTo('claire.dupont@chu.example'))?.[1] ?? '',
    wrong: right => (right === '000000' ? '111111' : '000000'),
  },
  sms: {
    right: async app => /\b(\d{6})\b/u.exec(await app.mailTo(PHONE))?.[1] ?? '',
    wrong: right => (right === '000000' ? '111111' : '000000'),
  },
  totp: {
    // Each code serves once: the next answer is one of a later moment.
    async right({ clock }) {
      clock.advance(90);
      return generateSync({ secret: enrolled.totp, epoch: clock.now() });
    },
    wrong: right => (right === '000000' ? '111111' : '000000'),
  },
  card: {
    // Claire's, shown on the card host; what comes back with the browser is the answer.
    async right(_app, begun) {
      const { pathname, search } = new URL(begun?.address ?? '');
      const claires = await cards.igc.issue('cps');
      const { headers } = await confirm(cards.port, pathname + search, claires);
      return new URL(headers.location ?? '').search;
    },
    wrong: () => '?ticket=AAAAAAAAAAAAAAAAAAAAAA',
  },
  passkey: {
    right: async (_app, begun) => enrolled.passkey.assert(begun?.options),
    // One that was made for another page. Any answer spends its challenge.
    wrong: () => enrolled.passkey.assert({ challenge: 'AAAA', rpId: 'localhost' }),
    exhausted: 'passkey.challenge',
  },
  recovery: {
    right: async () => enrolled.recovery.pop() ?? '',
    wrong: () => 'AAAA-BBBB-CCCC-DDDD',
  },
};

/** What Claire has enrolled. */
const enrolled = { totp: '', recovery: [] as string[], passkey: undefined as unknown as Authenticator };
let cards: TestCards;

const NOBODY: Person = null;
const always = async (): Promise<boolean> => true;
let places = 0;
const place = (purpose: AttemptPlace['purpose'] = 'second'): AttemptPlace => ({
  interaction: `i-${places++}`,
  purpose,
});

describe('the contract of every means of signing in', () => {
  let app: TestApp;
  let clock: ShiftedClock;
  let claire: NonNullable<Person>;
  before(async function () {
    // Keys of cards on a busy machine.
    this.timeout(60_000);
    clock = createShiftedClock();
    cards = await prepareCards({ clock });
    const region = exampleRegion();
    const phones: Readonly<Record<string, string>> = { 'acc-claire': PHONE, 'acc-marc': '+33600000002' };
    const accounts = region.accounts.map(account => ({ ...account, phone: phones[account.sub] }));
    app = await startTestApp({ clock, region: { ...region, accounts }, env: cards.env });
    const account = await app.services.accounts.get('acc-claire');
    const professional = await app.services.directory.professionals.get('acc-claire');
    if (!account || !professional) throw new Error('the example region has changed');
    claire = { account, professional };
    const terms = { name: 'Essai', countsAt: clock.now() };
    const adding = (id: string) => app.methods.find(method => method.id === id)?.enrolment;
    const { key = '' } = (await adding('totp')?.begin(claire, 'here')) ?? {};
    enrolled.totp = key.replaceAll(' ', '');
    const first = generateSync({ secret: enrolled.totp, epoch: clock.now() });
    await adding('totp')?.confirm(claire, 'here', first, terms);
    enrolled.passkey = createAuthenticator(app.issuer);
    const { options } = (await adding('passkey')?.begin(claire, 'here')) ?? {};
    await adding('passkey')?.confirm(claire, 'here', enrolled.passkey.attest(options), terms);
    const { codes = [] } = (await adding('recovery')?.begin(claire, 'here')) ?? {};
    enrolled.recovery = [...codes];
    await adding('recovery')?.confirm(claire, 'here', 'noted', terms);
  });
  after(async () => {
    await app.destroy();
    await cards.destroy();
  });

  it('covers exactly the means of the service', () => {
    expect(app.methods.map(({ id }) => id)).to.have.members(Object.keys(answers));
  });

  for (const id of Object.keys(answers)) {
    describe(id, () => {
      let method: Method;
      const answer = answers[id];
      before(() => {
        const found = app.methods.find(candidate => candidate.id === id);
        if (!found) throw new Error(`no means ${id}`);
        method = found;
      });
      /** A right answer to a challenge that was just made at `where`. */
      async function challenge(where: AttemptPlace): Promise<string> {
        const begun = await method.begin?.(claire, where, false, always);
        return (await answer?.right(app, begun)) ?? '';
      }

      it('declares a factor, an RFC 8176 value and levels of the ladder', () => {
        expect(method.factor).to.be.oneOf(['knowledge', 'possession', 'inherence']);
        expect(method.amr).to.not.be.empty;
        for (const value of method.amr) expect(value).to.match(/^[a-z]+$/u);
        for (const acr of [method.acrAlone, method.acrAsSecond])
          if (acr !== null) expect(acrRank(acr)).to.be.greaterThan(0);
        expect(
          acrRank(method.acrAlone ?? undefined) + acrRank(method.acrAsSecond ?? undefined),
        ).to.be.greaterThan(0);
      });

      it('accepts the right proof', async () => {
        const where = place();
        const right = await challenge(where);
        const verdict = await method.verify(claire, right, where);
        // Who is named, and what the session came from, is told by a means that identifies, and by no other.
        if (method.identifies) expect(verdict).to.include({ ok: true, accountId: 'acc-claire' });
        else expect(verdict).to.deep.equal({ ok: true });
      });

      it('says by itself where its proof is made, exactly if it is made elsewhere', async () => {
        const begun = await method.begin?.(claire, place(), false, always);
        expect(begun?.address !== undefined).to.equal(method.elsewhere !== undefined);
      });

      it('names the holder of the proof, and not whoever is asked, exactly if it identifies', async () => {
        if (!method.identifies) return;
        const where = place('first');
        const verdict = await method.verify(NOBODY, await challenge(where), where);
        expect(verdict).to.include({ ok: true, accountId: 'acc-claire' });
      });

      it('refuses a wrong, an empty and a monstrous proof with a code and never with an exception', async () => {
        const where = place();
        const right = await challenge(where);
        for (const input of [answer?.wrong(right) ?? '', '', 'x'.repeat(4096), '\u0000', '💥']) {
          const verdict = await method.verify(claire, input, where);
          expect(verdict.ok).to.equal(false);
          if (!verdict.ok) expect(verdict.code).to.match(/^[a-z_]+\.[a-z_]+$/u);
        }
      });

      it('answers nobody as it answers a wrong proof', async () => {
        const [theirs, nobodys] = [place('first'), place('first')];
        const right = await challenge(theirs);
        const shown = await method.begin?.(NOBODY, nobodys, false, always);
        expect(shown?.destination).to.equal(undefined);
        const wrong = await method.verify(claire, answer?.wrong(right) ?? '', theirs);
        expect(await method.verify(NOBODY, answer?.wrong(right) ?? '', nobodys)).to.deep.equal(wrong);
      });

      it('never takes one challenge for another interaction or purpose', async () => {
        if (!method.begin) return;
        const first = place();
        const right = await challenge(first);
        const elsewhere: AttemptPlace[] = [place(), { interaction: first.interaction, purpose: 'first' }];
        for (const where of elsewhere) {
          const verdict = await method.verify(claire, right, where);
          expect(verdict.ok, JSON.stringify(where)).to.equal(false);
        }
      });

      it('never takes one person’s challenge for another’s', async () => {
        // Of a means that identifies, the flow compares whom it names with whom it asked (`signin.another_person`).
        if (!method.begin || method.identifies) return;
        const where = place('first');
        const right = await challenge(where);
        const marc = await app.services.accounts.get('acc-marc');
        const professional = await app.services.directory.professionals.get('acc-marc');
        const other = marc && professional && { account: marc, professional };
        expect((await method.verify(other, right, where)).ok).to.equal(false);
        await method.begin(other, where, false, always);
        expect((await method.verify(other, right, where)).ok).to.equal(false);
      });

      it('accepts so many answers to one challenge and no more, the right one included', async () => {
        // What comes back from elsewhere cannot be guessed.
        if (!method.begin || method.elsewhere) return;
        const where = place();
        const right = await challenge(where);
        const wrong = answer?.wrong(right) ?? '';
        await Promise.all(Array.from({ length: 50 }, () => method.verify(claire, wrong, where)));
        expect(await method.verify(claire, right, where)).to.deep.equal({
          ok: false,
          code: answer?.exhausted ?? `signin.${method.form ?? id}_exhausted`,
        });
      });

      it('accepts one challenge once, under 50 answers at the same time', async () => {
        if (!method.begin) return;
        const where = place();
        const right = await challenge(where);
        const verdicts = await Promise.all(
          Array.from({ length: 50 }, () => method.verify(claire, right, where)),
        );
        expect(verdicts.filter(({ ok }) => ok)).to.have.length(1);
      });

      it('lets a challenge lapse', async () => {
        if (!method.begin) return;
        const where = place();
        const right = await challenge(where);
        clock.advance(3600);
        expect((await method.verify(claire, right, where)).ok).to.equal(false);
      });
    });
  }
});
