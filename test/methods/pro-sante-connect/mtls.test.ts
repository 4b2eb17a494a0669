import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { expect } from 'chai';
import { createDirectory, type Directory } from '#directory/index.ts';
import { createShiftedClock, isAppError, randomId, type ShiftedClock } from '#kernel/index.ts';
import type { AttemptPlace, Method } from '#methods/index.ts';
import { createProviderMethod } from '../../../src/methods/pro-sante-connect/index.ts';
import { startHostileProvider, type HostileProvider } from '../../support/hostile-provider.ts';
import { openTestStore, type TestStore } from '../../support/store.ts';
import { createTestAuthority, type Identity, type TestAuthority } from './mtls-certificates.ts';

const CLIENT_NAME = 'trousseau.region.example';

describe('a provider that knows us by our certificate (RFC 8705)', () => {
  const trusted = getCACertificates('default');
  const providers: HostileProvider[] = [];
  let ours: TestAuthority;
  let stranger: TestAuthority;
  let server: Identity;
  let store: TestStore;
  let clock: ShiftedClock;
  let directory: Directory;

  before(async () => {
    [ours, stranger] = await Promise.all([
      createTestAuthority('AC of the test'),
      createTestAuthority('AC of the test'),
    ]);
    server = await ours.issue('127.0.0.1', 'server');
    // Of the providers: as in production, the machine's own authorities decide, with this one among them.
    setDefaultCACertificates([...trusted, ours.certificate]);
    clock = createShiftedClock();
    store = await openTestStore({ clock });
    directory = createDirectory({ store, clock });
    await directory.professionals.insert({
      id: 'acc-claire',
      status: 'active',
      givenName: 'Claire',
      familyName: 'Dupont',
      specialties: [],
      nationalIds: ['899700366240'],
      memberships: [{ network: 'cancerologie', organisation: 'chu', profile: 'utilisateur_cancerologie' }],
      delegations: [],
    });
  });
  after(async () => {
    setDefaultCACertificates(trusted);
    await Promise.all(providers.map(provider => provider.close()));
    await store.destroy();
  });

  async function start({ isStrict = false, own = server } = {}): Promise<HostileProvider> {
    const provider = await startHostileProvider({
      cert: own.certificate,
      key: own.key,
      clientAuthority: ours.certificate,
      clientName: CLIENT_NAME,
      isStrict,
    });
    providers.push(provider);
    return provider;
  }

  function methodOf({ upstream }: HostileProvider, { certificate, key }: Identity): Method {
    return createProviderMethod({
      upstream: { ...upstream, authentication: { kind: 'tls_client_auth', certificate, key } },
      issuer: 'https://connexion.region.example',
      store,
      clock,
      directory,
      accounts: { findByLogin: async () => null },
      endByOrigin: async () => 0,
      logger: { warn: () => undefined },
    });
  }

  /** The account that a whole sign-in names, or the code of its refusal. */
  async function signIn(provider: HostileProvider, identity: Identity): Promise<string | undefined> {
    const method = methodOf(provider, identity);
    const place: AttemptPlace = { interaction: randomId(), purpose: 'first' };
    try {
      const left = await method.begin?.(null, place, true, async () => true);
      const verdict = await method.verify(null, provider.signIn(left?.address ?? ''), place);
      return verdict.ok ? verdict.accountId : verdict.code;
    } catch (error) {
      if (isAppError(error)) return `${error.code} ${error.status}`;
      throw error;
    }
  }

  it('is given the certificate, and answers', async () => {
    const identity = await ours.issue(CLIENT_NAME, 'client');
    for (const isStrict of [false, true])
      expect(await signIn(await start({ isStrict }), identity)).to.equal('acc-claire');
  });

  it('is asked at the addresses that it names for certificates', async () => {
    const provider = await start();
    const { issuer, behaviour } = provider;
    Object.assign(behaviour.metadata, {
      token_endpoint: `${issuer}/token-without-certificate`,
      mtls_endpoint_aliases: { token_endpoint: `${issuer}/token` },
    });
    expect(await signIn(provider, await ours.issue(CLIENT_NAME, 'client'))).to.equal('acc-claire');
    expect(provider.asked.token).to.equal(1);
  });

  const WRONG: Readonly<Record<string, () => Promise<Identity>>> = {
    'of another client': () => ours.issue('another.example', 'client'),
    'of another authority of the same name': () => stranger.issue(CLIENT_NAME, 'client'),
  };
  for (const [which, issue] of Object.entries(WRONG))
    it(`refuses a certificate ${which}: an outage of that means alone`, async () => {
      const provider = await start();
      expect(await signIn(provider, await issue())).to.equal('psc.unavailable 503');
      expect(provider.asked).to.include({ token: 1, userinfo: 0 });
    });

  it('may end the handshake already', async () => {
    const identity = await stranger.issue(CLIENT_NAME, 'client');
    expect(await signIn(await start({ isStrict: true }), identity)).to.equal('psc.unavailable 503');
  });

  it('is not believed when its own certificate is of nobody whom we trust: ours is not shown to it', async () => {
    const identity = await ours.issue(CLIENT_NAME, 'client');
    const provider = await start({ own: await stranger.issue('127.0.0.1', 'server') });
    expect(await signIn(provider, identity)).to.equal('psc.unavailable 503');
    expect(provider.asked).to.deep.equal({ discovery: 0, token: 0, jwks: 0, userinfo: 0 });
  });
});
