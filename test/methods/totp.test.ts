import { expect } from 'chai';
import type { Directory } from '#directory/index.ts';
import { createShiftedClock, type ShiftedClock } from '#kernel/index.ts';
import { createFactors, type Factors, type Holder, type Method } from '#methods/index.ts';
import { generateSync } from 'otplib';
import { createRecoveryMethod } from '../../src/methods/recovery/index.ts';
import { createTotpMethod } from '../../src/methods/totp/index.ts';
import { openTestStore, type TestStore } from '../support/store.ts';

const STEP = 30;
const WHERE = { interaction: 'i-1', purpose: 'second' } as const;
// Only its id and login are looked at.
const claire = {
  account: { id: 'acc-claire', login: 'claire.dupont' },
  professional: { id: 'acc-claire' },
} as unknown as Holder;
const directory = { region: async () => ({ name: 'Région : essai', support: '' }) } as unknown as Directory;

describe('means that a person enrols', () => {
  let store: TestStore;
  let clock: ShiftedClock;
  let factors: Factors;
  beforeEach(async () => {
    clock = createShiftedClock();
    store = await openTestStore({ clock });
    clock.setMs(Date.UTC(2026, 10, 3, 9, 0, 10));
    factors = createFactors({ store, clock, settings: { coolDownSeconds: 3600, windowSeconds: 3600 } });
  });
  afterEach(() => store.destroy());

  const fifty = <T>(act: () => Promise<T>) => Promise.all(Array.from({ length: 50 }, act));
  const terms = () => ({ name: 'Essai', countsAt: clock.now() });

  describe('an application of codes', () => {
    let method: Method;
    let secret: string;
    beforeEach(async () => {
      method = createTotpMethod({ clock, factors, directory });
      const { key = '' } = (await method.enrolment?.begin(claire, 'here')) ?? {};
      secret = key.replaceAll(' ', '');
    });
    const codeAt = (shift = 0) => generateSync({ secret, epoch: clock.now() + shift });
    const confirm = (code: string, place = 'here') => method.enrolment?.confirm(claire, place, code, terms());
    const verify = (code: string) => method.verify(claire, code, WHERE);
    async function enrolled() {
      expect(await confirm(codeAt())).to.include({ ok: true });
      clock.advance(2 * STEP);
    }

    it('is offered with a key of 160 bits as a picture and in groups, the same at every look', async () => {
      const offer = await method.enrolment?.begin(claire, 'here');
      expect(offer?.picture).to.match(/^<svg /u);
      expect(offer?.key).to.match(/^(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}$/u);
      expect(offer?.key?.replaceAll(' ', '')).to.equal(secret);
      expect((await method.enrolment?.begin(claire, 'elsewhere'))?.key).not.to.equal(offer?.key);
    });

    it('proves nothing before its first code, and nothing at another place', async () => {
      expect(await method.isAvailableTo(claire)).to.equal(false);
      expect(await confirm(codeAt(), 'elsewhere')).to.include({ ok: false, code: 'signin.form_outdated' });
      expect(await confirm(codeAt(-600))).to.include({ ok: false });
      expect(await method.isAvailableTo(claire)).to.equal(false);
    });

    it('is enrolled once by 50 confirmations at the same time', async () => {
      const code = codeAt();
      const confirmed = await fifty(async () => confirm(code));
      expect(confirmed.filter(verdict => verdict?.ok)).to.have.length(1);
      expect(await factors.list('acc-claire')).to.have.length(1);
    });

    it('takes the code of now, of the step before and of the step after, and no further', async () => {
      await enrolled();
      expect((await verify(codeAt(-STEP))).ok).to.equal(true);
      expect((await verify(codeAt())).ok).to.equal(true);
      expect((await verify(codeAt(STEP))).ok).to.equal(true);
      clock.advance(600);
      expect((await verify(codeAt(-2 * STEP))).ok).to.equal(false);
      expect((await verify(codeAt(2 * STEP))).ok).to.equal(false);
    });

    it('does not take the code that confirmed it', async () => {
      const code = codeAt();
      await confirm(code);
      expect(await verify(code)).to.include({ ok: false, code: 'signin.totp_replayed' });
    });

    it('RFC 6238 §5.2: takes one code once, under 50 answers at the same time', async () => {
      await enrolled();
      const code = codeAt();
      const verdicts = await fifty(() => verify(code));
      expect(verdicts.filter(({ ok }) => ok)).to.have.length(1);
    });

    it('does not take an earlier code after a later one', async () => {
      await enrolled();
      await verify(codeAt(STEP));
      expect(await verify(codeAt())).to.include({ ok: false, code: 'signin.totp_replayed' });
    });

    it('tells whose clock is wrong, and never takes the code that it told about', async () => {
      await enrolled();
      const ahead = codeAt(300);
      const verdict = await verify(ahead);
      expect(verdict).to.include({ ok: false, code: 'signin.totp_clock' });
      expect('sentence' in verdict && verdict.sentence?.message).to.include('avance');
      clock.advance(300);
      expect(await verify(ahead)).to.include({ ok: false, code: 'signin.totp_replayed' });
      const late = await verify(codeAt(-300));
      expect('sentence' in late && late.sentence?.message).to.include('retarde');
      expect(await verify(codeAt(3600))).to.include({ ok: false, code: 'signin.totp_wrong' });
    });
  });

  describe('recovery codes', () => {
    let method: Method;
    beforeEach(() => {
      method = createRecoveryMethod({ factors });
    });
    async function sheet(): Promise<readonly string[]> {
      const { codes = [] } = (await method.enrolment?.begin(claire, 'here')) ?? {};
      await method.enrolment?.confirm(claire, 'here', 'noted', terms());
      return codes;
    }

    it('count once they were noted, and are shown no more', async () => {
      const { codes = [] } = (await method.enrolment?.begin(claire, 'here')) ?? {};
      expect(new Set(codes).size).to.equal(10);
      expect(await method.isAvailableTo(claire)).to.equal(false);
      expect(await method.enrolment?.confirm(claire, 'here', '', terms())).to.include({ ok: false });
      expect((await method.enrolment?.begin(claire, 'here'))?.codes).to.deep.equal(codes);
      expect(await method.enrolment?.confirm(claire, 'here', 'noted', terms())).to.include({ ok: true });
      expect(await method.isAvailableTo(claire)).to.equal(true);
      expect((await method.enrolment?.begin(claire, 'here'))?.codes).not.to.deep.equal(codes);
      expect(JSON.stringify(await factors.list('acc-claire'))).not.to.include(codes[0]);
    });

    it('serve once each, under 50 answers at the same time, however they are typed', async () => {
      const [first = '', second = ''] = await sheet();
      const verdicts = await fifty(() => method.verify(claire, first, WHERE));
      expect(verdicts.filter(({ ok }) => ok)).to.have.length(1);
      expect(
        (await method.verify(claire, ` ${second.toLowerCase().replaceAll('-', ' ')}`, WHERE)).ok,
      ).to.equal(true);
    });

    it('give way to a new sheet', async () => {
      const [former = ''] = await sheet();
      const [fresh = ''] = await sheet();
      expect(await factors.list('acc-claire')).to.have.length(1);
      expect((await method.verify(claire, former, WHERE)).ok).to.equal(false);
      expect((await method.verify(claire, fresh, WHERE)).ok).to.equal(true);
    });

    it('say how many are left, and warn at three', async () => {
      const codes = await sheet();
      const note = async () => {
        const [factor] = await factors.list('acc-claire');
        return factor && method.enrolment?.noteOf?.(factor);
      };
      expect((await note())?.isWarning).to.equal(false);
      for (const code of codes.slice(0, 7)) await method.verify(claire, code, WHERE);
      expect(await note()).to.include({ isWarning: true });
      for (const code of codes.slice(7)) await method.verify(claire, code, WHERE);
      expect(await method.isAvailableTo(claire)).to.equal(false);
    });
  });
});
