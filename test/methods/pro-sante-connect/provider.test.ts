import { createDirectory, type Directory } from '#directory/index.ts';
import { createShiftedClock, randomId, isAppError, type ShiftedClock } from '#kernel/index.ts';
import type { AttemptPlace, Method, Verdict } from '#methods/index.ts';
import { expect } from 'chai';
import { createProviderMethod, type Upstream } from '../../../src/methods/pro-sante-connect/index.ts';
import { startHostileProvider, type HostileProvider, type Trouble } from '../../support/hostile-provider.ts';
import { openTestStore, type TestStore } from '../../support/store.ts';

const ISSUER = 'https://connexion.region.example';

describe('a sign-in by the word of another provider', () => {
  let provider: HostileProvider;
  let store: TestStore;
  let clock: ShiftedClock;
  let directory: Directory;
  let method: Method;
  let log: string;

  const methodOf = (upstream: Upstream): Method =>
    createProviderMethod({
      upstream,
      issuer: ISSUER,
      store,
      clock,
      directory,
      accounts: {
        findByLogin: async login =>
          login === 'claire.dupont'
            ? {
                id: 'acc-claire',
                login,
                mustChangePassword: false,
                passwordHistory: [],
                termsAccepted: [],
                createdAt: 0,
              }
            : null,
      },
      endByOrigin: async () => 0,
      logger: { warn: (data, message) => void (log += JSON.stringify(data) + message) },
    });
  const newPlace = (): AttemptPlace => ({ interaction: randomId(), purpose: 'first' });

  async function depart(place: AttemptPlace, by: Method = method): Promise<string> {
    const challenge = await by.begin?.(null, place, true, async () => true);
    return challenge?.address ?? '';
  }
  async function signIn(by: Method = method): Promise<Verdict> {
    const place = newPlace();
    return by.verify(null, provider.signIn(await depart(place, by)), place);
  }
  async function codeOfSignIn(by: Method = method): Promise<string> {
    try {
      const verdict = await signIn(by);
      return verdict.ok ? 'ok' : verdict.code;
    } catch (error) {
      if (isAppError(error)) return `${error.code} ${error.status}`;
      throw error;
    }
  }

  before(async () => {
    provider = await startHostileProvider();
    clock = createShiftedClock();
    store = await openTestStore({ clock });
    directory = createDirectory({ store, clock });
    const person = (id: string, nationalIds: readonly string[], organisation = 'chu') =>
      directory.professionals.insert({
        id,
        status: 'active',
        givenName: 'Claire',
        familyName: 'Dupont',
        specialties: [],
        nationalIds,
        memberships: [{ network: 'cancerologie', organisation, profile: 'utilisateur_cancerologie' }],
        delegations: [],
      });
    await person('acc-claire', ['899700366240']);
    await person('acc-marc', ['899700367909']);
  });
  beforeEach(() => {
    provider.reset();
    log = '';
    method = methodOf(provider.upstream);
  });
  after(async () => {
    await provider.close();
    await store.destroy();
  });

  it('names the account that bears the national identifier, and leaves with PKCE, state, nonce and eidas1', async () => {
    const place = newPlace();
    const address = new URL(await depart(place));
    const asked = Object.fromEntries(address.searchParams);
    expect(asked).to.include({
      scope: 'openid scope_all',
      acr_values: 'eidas1',
      code_challenge_method: 'S256',
      redirect_uri: `${ISSUER}/arrival/pro-sante-connect`,
    });
    expect(asked['state']?.startsWith(`${place.interaction}.`)).to.equal(true);
    expect(asked['nonce']).to.have.length.greaterThan(20);
    const verdict = await method.verify(null, provider.signIn(address.href), place);
    expect(verdict).to.include({ ok: true, accountId: 'acc-claire' });
  });

  describe('from a hostile provider', () => {
    const cases: Readonly<Record<string, [() => void, string]>> = {
      'a wrong iss': [() => changing({ iss: 'https://elsewhere.example' }), 'psc.token_invalid'],
      'a token for another party': [() => changing({ aud: 'another' }), 'psc.token_invalid'],
      'a wrong nonce': [() => changing({ nonce: 'another' }), 'psc.token_invalid'],
      'no nonce': [() => changing({ nonce: undefined }), 'psc.token_invalid'],
      'another key': [() => (provider.behaviour.signature = 'another-key'), 'psc.token_invalid'],
      'alg none': [() => (provider.behaviour.signature = 'none'), 'psc.token_invalid'],
      'an HMAC made of the public key': [() => (provider.behaviour.signature = 'hs256'), 'psc.token_invalid'],
      'userinfo about another sub': [() => (provider.behaviour.userinfo = { sub: 'x' }), 'psc.token_invalid'],
      'no acr': [() => changing({ acr: undefined }), 'psc.acr_too_low'],
      'a lower acr': [() => changing({ acr: '1' }), 'psc.acr_too_low'],
      'an acr that is no text': [() => changing({ acr: ['eidas1'] }), 'psc.acr_too_low'],
      'an expired token': [() => changing({ exp: 1_000_000_000 }), 'psc.token_expired'],
      'no national identifier': [
        () => (provider.behaviour.userinfo = { given_name: 'Claire' }),
        'psc.identity_missing',
      ],
    };
    function changing(claims: Readonly<Record<string, unknown>>): void {
      provider.behaviour.claims = before => ({ ...before, ...claims });
    }
    for (const [title, [misbehave, code]] of Object.entries(cases)) {
      it(`refuses ${title}: ${code}`, async () => {
        misbehave();
        expect(await codeOfSignIn()).to.equal(code);
      });
    }

    it('never writes to the log what was said of the person', async () => {
      provider.behaviour.userinfo = { SubjectNameID: '899700218896', family_name: 'Secret-Family-Name' };
      expect(await codeOfSignIn()).to.equal('psc.unknown_person');
      provider.behaviour.claims = before => ({
        ...before,
        nonce: 'secret-nonce',
        iss: 'https://secret.example',
      });
      await codeOfSignIn();
      expect(log)
        .to.include('psc.token_invalid')
        .and.not.match(/secret|8997/iu);
    });
  });

  describe('from one that does not work', () => {
    const troubles: readonly Trouble[] = ['redirect', 'huge', 'html', 'failure', 'slow'];
    for (const endpoint of ['discovery', 'token', 'jwks', 'userinfo'] as const) {
      for (const trouble of troubles) {
        it(`says that it is unavailable when ${endpoint} is ${trouble}`, async () => {
          const hasty = methodOf({ ...provider.upstream, timeoutSeconds: 0.25 });
          provider.behaviour.trouble = { [endpoint]: trouble };
          expect(await codeOfSignIn(hasty)).to.equal('psc.unavailable 503');
        });
      }
    }

    it('says so when nobody listens, and does not make the next person wait', async () => {
      const { port } = new URL(provider.issuer);
      const discoveryUrl = provider.upstream.discoveryUrl.replace(port, '1');
      expect(await codeOfSignIn(methodOf({ ...provider.upstream, discoveryUrl }))).to.equal(
        'psc.unavailable 503',
      );
      const slow = methodOf({ ...provider.upstream, timeoutSeconds: 0.25 });
      provider.behaviour.trouble = { discovery: 'slow' };
      await codeOfSignIn(slow);
      const before = provider.asked.discovery;
      expect(await codeOfSignIn(slow)).to.equal('psc.unavailable 503');
      expect(provider.asked.discovery, 'no second call within seconds').to.equal(before);
    });

    it('refuses metadata of another issuer', async () => {
      provider.behaviour.metadata = { issuer: 'https://elsewhere.example' };
      expect(await codeOfSignIn()).to.equal('psc.unavailable 503');
    });

    it('goes on with the addresses that it knows while discovery fails', async () => {
      expect(await codeOfSignIn()).to.equal('ok');
      provider.behaviour.trouble = { discovery: 'failure' };
      expect(await codeOfSignIn()).to.equal('ok');
    });
  });

  it('finds a new key at once', async () => {
    expect(await codeOfSignIn()).to.equal('ok');
    await provider.rotateKey();
    expect(await codeOfSignIn()).to.equal('ok');
    const { jwks } = provider.asked;
    expect(await codeOfSignIn()).to.equal('ok');
    expect(provider.asked.jwks, 'keys are kept').to.equal(jwks);
  });

  it('takes one of fifty arrivals with the same answer, and none afterwards', async () => {
    const place = newPlace();
    const query = provider.signIn(await depart(place));
    const verdicts = await Promise.all(Array.from({ length: 50 }, () => method.verify(null, query, place)));
    expect(verdicts.filter(({ ok }) => ok)).to.have.lengthOf(1);
    const refused = verdicts.flatMap(verdict => (verdict.ok ? [] : verdict.code));
    expect(new Set(refused)).to.deep.equal(new Set(['psc.expired']));
  });

  it('refuses a code that was redeemed elsewhere', async () => {
    const [first, second] = [newPlace(), newPlace()];
    const query = new URLSearchParams(provider.signIn(await depart(first)));
    expect(await method.verify(null, query.toString(), first)).to.include({ ok: true });
    const { searchParams } = new URL(await depart(second));
    query.set('state', searchParams.get('state') ?? '');
    expect(await method.verify(null, query.toString(), second)).to.include({ code: 'psc.refused' });
  });

  it('refuses the answer of another browser, another purpose and another provider', async () => {
    const place = newPlace();
    const query = provider.signIn(await depart(place));
    expect(await method.verify(null, query, newPlace())).to.include({ code: 'psc.expired' });
    expect(await method.verify(null, query, { ...place, purpose: 'second' })).to.include({
      code: 'psc.expired',
    });
    const other = methodOf({ ...provider.upstream, id: 'federation-chu' });
    expect(await other.verify(null, query, place)).to.include({ code: 'psc.expired' });
    const mixed = `${query}&iss=${encodeURIComponent('https://elsewhere.example')}`;
    expect(await method.verify(null, mixed, place)).to.include({ code: 'psc.token_invalid' });
  });

  it('refuses an answer after ten minutes, and one of before a newer departure', async () => {
    const place = newPlace();
    const old = provider.signIn(await depart(place));
    const query = provider.signIn(await depart(place));
    expect(await method.verify(null, old, place)).to.include({ code: 'psc.expired' });
    clock.advance(601);
    expect(await method.verify(null, query, place)).to.include({ code: 'psc.expired' });
    clock.setMs(Date.now());
  });

  it('tells a person who went back from a provider in trouble', async () => {
    const answer = async (error: string) => {
      const place = newPlace();
      const { searchParams } = new URL(await depart(place));
      const query = new URLSearchParams({ error, state: searchParams.get('state') ?? '' });
      return method.verify(null, query.toString(), place).catch((failure: unknown) => failure);
    };
    expect(await answer('access_denied')).to.include({ code: 'psc.cancelled' });
    expect(await answer('login_required')).to.include({ code: 'psc.refused' });
    expect(await answer('server_error')).to.include({ code: 'psc.unavailable', status: 503 });
  });

  describe('of an establishment', () => {
    const federated = (change: Partial<Upstream>): Method =>
      methodOf({ ...provider.upstream, id: 'federation-chu', codes: 'federation', ...change });

    it('speaks by logins for the people of its own organisation only', async () => {
      provider.behaviour.userinfo = { uid: 'claire.dupont' };
      const binding = { kind: 'login', claim: 'uid' } as const;
      const own = federated({ binding: { ...binding, organisation: 'chu' } });
      const other = federated({ binding: { ...binding, organisation: 'clinique' } });
      expect(await codeOfSignIn(own)).to.equal('ok');
      expect(await codeOfSignIn(other)).to.equal('federation.unknown_person');
      provider.behaviour.userinfo = { uid: 'nobody' };
      expect(await codeOfSignIn(own)).to.equal('federation.unknown_person');
      provider.behaviour.userinfo = {};
      expect(await codeOfSignIn(own)).to.equal('federation.identity_missing');
    });

    it('is a way in for whom its answer could bind: bearers of a national identifier, or people of its organisation', async () => {
      const { professionals } = directory;
      const claire = await professionals.get('acc-claire');
      if (!claire) throw new TypeError('no account');
      const ofLogin = { kind: 'login', claim: 'uid', organisation: 'chu' } as const;
      const account = { id: 'acc-claire', login: 'claire.dupont', mustChangePassword: false } as const;
      const holder = { ...account, passwordHistory: [], termsAccepted: [], createdAt: 0 };
      const isFor = async (means: Method, change: Partial<typeof claire> = {}) =>
        means.isAvailableTo({ account: holder, professional: { ...claire, ...change } });
      const theirs = federated({ binding: ofLogin });
      expect(await method.isAvailableTo(null)).to.equal(true);
      expect(await isFor(method)).to.equal(true);
      expect(await isFor(method, { nationalIds: [] })).to.equal(false);
      expect(await isFor(theirs, { nationalIds: [] })).to.equal(true);
      const over = claire.memberships.map(each => ({ ...each, toMs: clock.nowMs() }));
      expect(await isFor(theirs, { memberships: over })).to.equal(false);
      expect(await isFor(theirs, { memberships: [] })).to.equal(false);
    });

    it('earns its level only with the factors that the region asks of it', async () => {
      const method = federated({ requiredAcrs: [], requiredAmrs: ['otp'] });
      expect(await codeOfSignIn(method)).to.equal('federation.acr_too_low');
      provider.behaviour.claims = claims => ({ ...claims, amr: ['pwd', 'otp'] });
      expect(await codeOfSignIn(method)).to.equal('ok');
    });
  });

  it('refuses identifiers of two accounts, unless the first of them is one', async () => {
    const otherIds = [{ identifiant: '899700366240' }, { identifiant: '899700367909' }];
    provider.behaviour.userinfo = { SubjectNameID: '899700218896', otherIds };
    expect(await codeOfSignIn()).to.equal('psc.several_accounts');
    provider.behaviour.userinfo = { SubjectNameID: '899700367909', otherIds };
    expect(await signIn()).to.include({ ok: true, accountId: 'acc-marc' });
  });

  it('has a sentence for every code', () => {
    for (const [code, { message, hint = '' }] of Object.entries(method.sentences ?? {})) {
      expect(code).to.match(/^psc\.[a-z_]+$/u);
      expect(message + hint)
        .to.include('Pro Santé Connect')
        .and.not.include('{');
    }
  });
});
