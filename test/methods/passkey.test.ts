import { expect } from 'chai';
import fc from 'fast-check';
import type { Directory } from '#directory/index.ts';
import { createShiftedClock, type ShiftedClock } from '#kernel/index.ts';
import {
  createFactors,
  type AttemptPlace,
  type EnrolmentVerdict,
  type Factors,
  type Holder,
  type Method,
  type Verdict,
} from '#methods/index.ts';
import { createPasskeyMethod } from '../../src/methods/passkey/index.ts';
import { createAuthenticator, encode, type Authenticator, type Lie } from '../support/authenticator.ts';
import { openTestStore, type TestStore } from '../support/store.ts';

const ORIGIN = 'https://connexion.example';
const FIRST = { interaction: 'i-1', purpose: 'first' } as const;
const SECOND = { interaction: 'i-1', purpose: 'second' } as const;
const always = async (): Promise<boolean> => true;
// Only what is looked at.
const holder = (id: string, login: string) =>
  ({
    account: { id, login },
    professional: { id, givenName: 'Claire', familyName: 'Dupont' },
  }) as unknown as Holder;
const claire = holder('acc-claire', 'claire.dupont');
const marc = holder('acc-marc', 'marc.lefevre');
const directory = { region: async () => ({ name: 'Région d’essai', support: '' }) } as unknown as Directory;

interface KeyOptions {
  readonly challenge: string;
  readonly rpId: string;
  readonly userVerification: string;
  readonly allowCredentials: readonly { readonly id: string }[];
}

describe('passkeys', () => {
  let store: TestStore;
  let clock: ShiftedClock;
  let factors: Factors;
  let method: Method;
  beforeEach(async () => {
    clock = createShiftedClock();
    store = await openTestStore({ clock });
    factors = createFactors({ store, clock, settings: { coolDownSeconds: 3600, windowSeconds: 3600 } });
    method = createPasskeyMethod({ store, clock, factors, directory, issuer: ORIGIN });
  });
  afterEach(() => store.destroy());

  const fifty = <T>(act: () => Promise<T>) => Promise.all(Array.from({ length: 50 }, act));
  const codeOf = (verdict: Verdict | EnrolmentVerdict | undefined) =>
    verdict === undefined || verdict.ok ? 'ok' : verdict.code;

  const offer = async (who = claire, place = 'session') => {
    const offered = await method.enrolment?.begin(who, place);
    return offered?.options as Record<string, unknown> & { readonly excludeCredentials: readonly object[] };
  };
  const confirm = async (input: string, who = claire, place = 'session') =>
    method.enrolment?.confirm(who, place, input, { name: 'Téléphone', countsAt: clock.now() });
  const enrol = async (key: Authenticator, who = claire, lie: Lie = {}) =>
    confirm(key.attest(await offer(who), lie), who);
  const begin = async (place: AttemptPlace, who: Holder | null = null, renew = false) =>
    (await method.begin?.(who, place, renew, always))?.options as unknown as KeyOptions;
  const signIn = async (key: Authenticator, lie: Lie = {}) =>
    method.verify(null, key.assert(await begin(FIRST), lie), FIRST);

  async function enrolled(made: Parameters<typeof createAuthenticator>[1] = {}): Promise<Authenticator> {
    const key = createAuthenticator(ORIGIN, made);
    expect(codeOf(await enrol(key))).to.equal('ok');
    return key;
  }

  describe('enrolment', () => {
    it('asks for a discoverable key of three algorithms, with verification and without attestation', async () => {
      const options = await offer();
      expect(options).to.deep.include({
        rp: { id: 'connexion.example', name: 'Région d’essai' },
        attestation: 'none',
        excludeCredentials: [],
        timeout: 300_000,
      });
      expect(options['authenticatorSelection']).to.include({
        residentKey: 'required',
        userVerification: 'required',
      });
      expect(JSON.stringify(options['pubKeyCredParams'])).to.match(/-7.*-8.*-257/u);
      const { id } = options['user'] as { id: string };
      expect(Buffer.from(id, 'base64url')).to.have.length(32);
      expect(await offer(), 'a page loaded twice').to.deep.equal(options);
    });

    for (const algorithm of [-7, -8, -257] as const) {
      it(`keeps a key of algorithm ${algorithm}, which then signs in`, async () => {
        const key = await enrolled({ algorithm });
        expect(await signIn(key)).to.deep.equal({ ok: true, accountId: 'acc-claire' });
      });
    }

    it('takes the attestation of the key by itself, which proves no more than none', async () => {
      expect(codeOf(await enrol(createAuthenticator(ORIGIN), claire, { attestsItself: true }))).to.equal(
        'ok',
      );
      const forged = new Map<string, number | Buffer>([
        ['alg', -7],
        ['sig', Buffer.from('sig')],
      ]);
      const lie = { format: 'packed', statement: forged };
      expect(codeOf(await enrol(createAuthenticator(ORIGIN), claire, lie))).to.equal('passkey.refused');
    });

    it('keeps several, named, with where they are backed up, and excludes them from the next', async () => {
      await enrolled({ isSyncable: true });
      await enrolled();
      const kept = await factors.list('acc-claire');
      expect(kept).to.have.length(2);
      expect(kept[0]).to.deep.include({ name: 'Téléphone', method: 'passkey' });
      expect(kept.map(({ data }) => data)).to.have.deep.nested.property('0.isBackedUp', true);
      expect(kept[1]?.data).to.include({ isSyncable: false, isBackedUp: false, counter: 1 });
      expect(kept[1]?.data).to.have.property('aaguid', '00000000-0000-0000-0000-000000000000');
      expect((await offer()).excludeCredentials).to.have.length(2);
      const notes = kept.map(factor => method.enrolment?.noteOf?.(factor)?.text);
      expect(new Set(notes)).to.have.length(2);
    });

    it('refuses a key twice, to the same person and to another', async () => {
      const key = await enrolled();
      expect(codeOf(await enrol(key))).to.equal('passkey.duplicate');
      expect(codeOf(await enrol(key, marc))).to.equal('passkey.duplicate');
      expect(await signIn(key), 'it stays whose it was').to.include({ ok: false, code: 'passkey.refused' });
      expect(await factors.list('acc-marc')).to.deep.equal([]);
    });

    it('makes one factor under 50 confirmations at the same time', async () => {
      const input = createAuthenticator(ORIGIN).attest(await offer());
      const codes = (await fifty(async () => confirm(input))).map(codeOf);
      expect(codes.filter(code => code === 'ok')).to.have.length(1);
      expect(new Set(codes)).to.deep.equal(new Set(['ok', 'passkey.challenge']));
      expect(await factors.list('acc-claire')).to.have.length(1);
    });

    it('takes so many and no more', async () => {
      for (let keys = 0; keys < 10; keys++) await enrolled();
      expect(codeOf(await enrol(createAuthenticator(ORIGIN)))).to.equal('factors.full');
    });

    const lies: readonly (readonly [string, Lie, string])[] = [
      ['made at another address', { origin: 'https://connexion.example.evil' }, 'passkey.origin'],
      ['made in a frame of another site', { crossOrigin: true }, 'passkey.origin'],
      ['made for another site', { rpId: 'evil.example' }, 'passkey.origin'],
      ['of another ceremony', { type: 'webauthn.get' }, 'passkey.refused'],
      ['of another challenge', { challenge: 'AAAA' }, 'passkey.challenge'],
      ['of somebody who was not verified', { isVerified: false }, 'passkey.unverified'],
      ['of nobody present', { isPresent: false }, 'passkey.unverified'],
      ['backed up though it cannot be', { isSyncable: false, isBackedUp: true }, 'passkey.refused'],
      ['under another id than the one that was made', { id: 'AAAA' }, 'passkey.refused'],
      [
        'with a certificate',
        { format: 'packed', statement: statementWithCertificate() },
        'passkey.attestation',
      ],
      ['in a format with certificates', { format: 'android-key' }, 'passkey.attestation'],
    ];
    for (const [title, lie, code] of lies) {
      it(`refuses an answer ${title} (${code})`, async () => {
        expect(codeOf(await enrol(createAuthenticator(ORIGIN), claire, lie))).to.equal(code);
        expect(await factors.list('acc-claire')).to.deep.equal([]);
      });
    }

    it('refuses the answer of another session, of another person and of five minutes ago', async () => {
      const key = createAuthenticator(ORIGIN);
      const input = key.attest(await offer());
      expect(codeOf(await confirm(input, claire, 'elsewhere'))).to.equal('passkey.challenge');
      expect(codeOf(await confirm(input, marc))).to.equal('passkey.challenge');
      clock.advance(301);
      expect(codeOf(await confirm(input))).to.equal('passkey.challenge');
    });
  });

  describe('sign-in', () => {
    let key: Authenticator;
    beforeEach(async () => {
      key = await enrolled();
    });

    it('names nobody before the proof, and asks for verification', async () => {
      expect(await begin(FIRST)).to.include({ rpId: 'connexion.example', userVerification: 'required' });
      expect((await begin(FIRST)).allowCredentials).to.deep.equal([]);
    });

    it('as second step names the keys of the person, and takes one that does not say whose it is', async () => {
      const options = await begin(SECOND, claire);
      expect(options.allowCredentials.map(({ id }) => id)).to.deep.equal([key.id]);
      const verdict = await method.verify(claire, key.assert(options, { userHandle: null }), SECOND);
      expect(verdict).to.deep.equal({ ok: true, accountId: 'acc-claire' });
    });

    it('takes one answer once, under 50 at the same time', async () => {
      const input = key.assert(await begin(FIRST));
      const codes = (await fifty(() => method.verify(null, input, FIRST))).map(codeOf);
      expect(codes.filter(code => code === 'ok')).to.have.length(1);
      expect(new Set(codes)).to.deep.equal(new Set(['ok', 'passkey.challenge']));
    });

    const lies: readonly (readonly [string, Lie, string])[] = [
      ['made at another address', { origin: 'http://connexion.example' }, 'passkey.origin'],
      ['made in a frame of another site', { crossOrigin: true }, 'passkey.origin'],
      ['made for another site', { rpId: 'example' }, 'passkey.origin'],
      ['of another ceremony', { type: 'webauthn.create' }, 'passkey.refused'],
      ['of another challenge', { challenge: 'AAAA' }, 'passkey.challenge'],
      ['of somebody who was not verified', { isVerified: false }, 'passkey.unverified'],
      ['of nobody present', { isPresent: false }, 'passkey.unverified'],
      ['of a key that nobody has', { id: 'AAAA' }, 'passkey.unknown'],
      ['that names somebody else', { userHandle: 'AAAA' }, 'passkey.refused'],
      ['that names nobody', { userHandle: null }, 'passkey.refused'],
      ['of a key that can suddenly be copied', { isSyncable: true }, 'passkey.backup'],
      ['whose counter stands still', { counter: 1 }, 'passkey.counter'],
      ['whose counter went back to nothing', { counter: 0 }, 'passkey.counter'],
    ];
    for (const [title, lie, code] of lies) {
      it(`refuses an answer ${title} (${code}), and offers a new try`, async () => {
        expect(codeOf(await signIn(key, lie))).to.equal(code);
        expect(await signIn(key)).to.include({ ok: true });
      });
    }

    it('refuses the signature of another key', async () => {
      const input = JSON.parse(key.assert(await begin(FIRST)));
      const other = createAuthenticator(ORIGIN);
      other.attest(await offer());
      const { signature } = JSON.parse(other.assert(await begin(FIRST))).response;
      const forged = { ...input, response: { ...input.response, signature } };
      expect(codeOf(await method.verify(null, JSON.stringify(forged), FIRST))).to.equal('passkey.refused');
    });

    it('refuses the answer of another interaction, of another purpose and of five minutes ago', async () => {
      const input = key.assert(await begin(FIRST));
      const elsewhere = { interaction: 'i-2', purpose: 'first' } as const;
      await begin(elsewhere);
      await begin(SECOND, claire);
      expect(codeOf(await method.verify(null, input, elsewhere))).to.equal('passkey.challenge');
      expect(codeOf(await method.verify(claire, input, SECOND))).to.equal('passkey.challenge');
      clock.advance(301);
      expect(codeOf(await method.verify(null, input, FIRST))).to.equal('passkey.challenge');
    });

    it('refuses the key of a colleague as second step, and the challenge of another person', async () => {
      const theirs = createAuthenticator(ORIGIN);
      expect(codeOf(await enrol(theirs, marc))).to.equal('ok');
      const input = theirs.assert(await begin(SECOND, claire));
      expect(codeOf(await method.verify(marc, input, SECOND))).to.equal('passkey.challenge');
      expect(codeOf(await method.verify(claire, input, SECOND))).to.equal('passkey.another');
    });

    it('warns the owner of a key that was copied', async () => {
      await signIn(key, { counter: 40 });
      expect(codeOf(await signIn(key, { counter: 2 }))).to.equal('passkey.counter');
      const [kept] = await factors.list('acc-claire');
      if (!kept) throw new Error('it is gone');
      expect(method.enrolment?.noteOf?.(kept)?.isWarning).to.equal(true);
      expect(kept.data).to.include({ counter: 40 });
    });

    it('follows where the key is backed up, and takes authenticators that do not count', async () => {
      const synced = await enrolled({ isSyncable: true, counts: false });
      for (const isBackedUp of [false, true, true]) {
        expect(codeOf(await signIn(synced, { isBackedUp }))).to.equal('ok');
        expect((await factors.list('acc-claire'))[1]?.data).to.include({ isBackedUp, counter: 0 });
      }
    });

    it('takes no key that was removed, that waits for its cool-down or that a loss has set aside', async () => {
      const waiting = createAuthenticator(ORIGIN);
      const input = waiting.attest(await offer());
      await method.enrolment?.confirm(claire, 'session', input, { name: 'Neuf', countsAt: clock.now() + 60 });
      expect(codeOf(await signIn(waiting))).to.equal('passkey.unknown');
      clock.advance(61);
      expect(codeOf(await signIn(waiting))).to.equal('ok');
      await factors.resets.begin('acc-claire', 'acc-admin');
      expect(codeOf(await signIn(key))).to.equal('passkey.unknown');
      await factors.resets.cancel('acc-claire');
      const [kept] = await factors.list('acc-claire');
      await factors.remove('acc-claire', kept?.ref ?? '');
      expect(codeOf(await signIn(key))).to.equal('passkey.unknown');
    });
  });

  describe('hostile input', () => {
    it('refuses what is no answer without spending the challenge', async () => {
      const key = await enrolled();
      const good = key.assert(await begin(FIRST));
      const padded = { ...JSON.parse(good), padding: 'x'.repeat(4096) };
      for (const input of ['', '{', 'null', '[]', '{"id":1}', JSON.stringify(padded)]) {
        expect(method.isWellFormed?.(input), input.slice(0, 20)).to.equal(false);
        expect(codeOf(await method.verify(null, input, FIRST))).to.equal('signin.passkey_malformed');
      }
      expect(await method.verify(null, good, FIRST)).to.include({ ok: true });
    });

    it('answers any bytes with a code, and never with an exception', async () => {
      const key = await enrolled();
      const field = fc
        .uint8Array({ minLength: 1, maxLength: 200 })
        .map(bytes => Buffer.from(bytes).toString('base64url'));
      await fc.assert(
        fc.asyncProperty(field, field, fc.boolean(), async (one, two, keepsClient) => {
          const assertion = JSON.parse(key.assert(await begin(FIRST)));
          const { clientDataJSON } = assertion.response;
          Object.assign(assertion.response, {
            clientDataJSON: keepsClient ? clientDataJSON : two,
            authenticatorData: one,
            signature: two,
          });
          expect((await method.verify(null, JSON.stringify(assertion), FIRST)).ok).to.equal(false);
          const attestation = JSON.parse(createAuthenticator(ORIGIN).attest(await offer()));
          attestation.response.attestationObject = one;
          expect((await confirm(JSON.stringify(attestation)))?.ok).to.equal(false);
        }),
        { numRuns: 30 },
      );
    });

    it('answers true CBOR of a wrong shape with a code', async () => {
      const shapes = [
        encode(1),
        encode('none'),
        encode(new Map()),
        encode(
          new Map<string, string>([
            ['fmt', 'none'],
            ['attStmt', ''],
            ['authData', 'text'],
          ]),
        ),
        encode(
          new Map<string, string | Buffer>([
            ['fmt', 'none'],
            ['attStmt', ''],
            ['authData', Buffer.alloc(37)],
          ]),
        ),
        Buffer.from('9b7fffffffffffffff', 'hex'),
        Buffer.from('81'.repeat(2000), 'hex'),
      ];
      for (const shape of shapes) {
        const attestation = JSON.parse(createAuthenticator(ORIGIN).attest(await offer()));
        attestation.response.attestationObject = shape.toString('base64url');
        expect(codeOf(await confirm(JSON.stringify(attestation)))).to.match(/^(?:passkey|signin)\./u);
      }
      expect(await factors.list('acc-claire')).to.deep.equal([]);
    });
  });
});

function statementWithCertificate() {
  return new Map<string, number | Buffer>([
    ['alg', -7],
    ['sig', Buffer.from('sig')],
    ['x5c', Buffer.from('certificate')],
  ]);
}
