import type { ProfessionalStatus } from '#directory/index.ts';
import { createShiftedClock } from '#kernel/index.ts';
import { expect } from 'chai';
import type { IssuedCard, OcspResponder, OcspStatus } from '../../scripts/demo/igc/index.ts';
import { startDemoPsc, type PscClient } from '../../scripts/demo/psc/index.ts';
import type { Page } from '../../scripts/interop/browserless.ts';
import { confirm } from '../methods/card/card-client.ts';
import { exampleRegion, PASSWORD, REDIRECT_URI, startTestApp, type TestApp } from '../support/app.ts';
import { freePort } from '../support/ports.ts';
import { prepareCards, type TestCards } from '../support/cards.ts';
import { listenForLogout, type LogoutListener } from '../support/logout-listener.ts';
import { codeSentTo, createVisitor, payloadOf, postAsClient, redeem } from '../support/relying-party.ts';
import type { TokenAnswer, Visitor } from '../support/relying-party.ts';

const SCOPES = { scope: 'openid offline_access' };
const STOP = { stopAt: REDIRECT_URI };
const MINUTE = 60;
const HOUR = 3600;
const CHOSEN = 'Ornithorynque-7-violet!';
const PSC_SECRET = 'secret-of-the-simulated-provider';

interface Open {
  readonly visitor: Visitor;
  readonly body: TokenAnswer['body'];
  readonly login: string;
}

describe('every end of a session', () => {
  let app: TestApp;
  let party: LogoutListener;
  let cards: TestCards;
  let ocsp: OcspResponder;
  let psc: Awaited<ReturnType<typeof startDemoPsc>>;
  const clock = createShiftedClock();
  const statuses = new Map<string, OcspStatus>();
  before(async function () {
    // Keys of 2048 bits on a busy machine.
    this.timeout(60_000);
    party = await listenForLogout();
    cards = await prepareCards({ clock });
    ocsp = await cards.igc.startOcsp('fort', serial => statuses.get(serial) ?? 'good');
    const issuer = `http://localhost:${await freePort()}/auth/realms/esante-wallet`;
    const clients: PscClient[] = [];
    const at = { host: '127.0.0.1', port: Number(new URL(issuer).port) };
    const logger = { warn: () => undefined };
    psc = await startDemoPsc({ issuer, ...at, clients, logger, now: () => clock.nowMs() });
    const region = exampleRegion();
    Object.assign(region.applications[0] ?? {}, { backchannel_logout_uri: party.url });
    const claire = region.accounts.find(({ sub }) => sub === 'acc-claire');
    for (const name of ['suspendue', 'fermee', 'changee'])
      region.accounts.push({
        ...claire,
        sub: `acc-${name}`,
        login: `une.${name}`,
        email: `une.${name}@chu.example`,
        national_ids: undefined,
      } as never);
    app = await startTestApp({
      clock,
      region,
      env: {
        ...cards.env,
        TROUSSEAU_CARD_OCSP_URL: ocsp.url,
        TROUSSEAU_CARD_OCSP_USE: 'always',
        TROUSSEAU_PSC_CLIENT_ID: 'trousseau',
        TROUSSEAU_PSC_CLIENT_SECRET: PSC_SECRET,
        TROUSSEAU_PSC_ISSUER: issuer,
      },
    });
    clients.push({
      id: 'trousseau',
      secret: PSC_SECRET,
      redirectUris: [`${app.issuer}/arrival/pro-sante-connect`],
      postLogoutRedirectUris: [`${app.issuer}/departure/pro-sante-connect`],
      backchannelLogoutUri: `${app.issuer}/backchannel-logout/pro-sante-connect`,
    });
  });
  after(async () => {
    await app.destroy();
    await Promise.all([party.close(), psc.close(), ocsp.close()]);
    await cards.destroy();
  });

  /** Signs in as the first page is filled in, with a code by e-mail after it. */
  async function open(login: string, first: Readonly<Record<string, string>>): Promise<Open> {
    const visitor = createVisitor(app);
    const started = await visitor.authorize(SCOPES);
    let page: Page = await visitor.browser.submit(started.page, 'identify', { login, ...first }, STOP);
    page = await visitor.browser.submit(
      page,
      'code',
      { code: await codeSentTo(app, `${login}@chu.example`) },
      STOP,
    );
    const { body } = await redeem(app, { ...started, page, callback: page.url.searchParams });
    return { visitor, body, login };
  }
  const byPassword = (login: string) => open(login, { password: PASSWORD });

  /** Chooses a means whose proof is made elsewhere; resolves to the page there. */
  async function leave(method: string, stopAt: string) {
    const visitor = createVisitor(app);
    const started = await visitor.authorize(SCOPES);
    const chosen = { login: '', method };
    return {
      visitor,
      started,
      page: await visitor.browser.submit(started.page, 'identify', chosen, { stopAt }),
    };
  }

  let card: IssuedCard;
  async function byCard(): Promise<Open> {
    card = await cards.igc.issue('cps');
    const { visitor, started, page: asked } = await leave('card', cards.url);
    const { headers } = await confirm(cards.port, asked.url.pathname + asked.url.search, card);
    const page = await visitor.browser.get(headers.location ?? '', STOP);
    const { body } = await redeem(app, { ...started, page, callback: page.url.searchParams });
    return { visitor, body, login: 'claire.dupont' };
  }

  async function byProSanteConnect(): Promise<Open> {
    const { visitor, started, page: people } = await leave('pro-sante-connect', REDIRECT_URI);
    const asked = await visitor.browser.submit(people, 'person', { person: 'claire' }, STOP);
    const page = await visitor.browser.submit(asked, 'situation', { situation: 'chu' }, STOP);
    const { body } = await redeem(app, { ...started, page, callback: page.url.searchParams });
    return { visitor, body, login: 'claire.dupont' };
  }

  const refresh = (token: unknown) =>
    postAsClient(app, '/oidc/token', { grant_type: 'refresh_token', refresh_token: String(token) });
  const later = async (seconds: number): Promise<void> => {
    app.clock.advance(seconds);
    await app.jobs.runNow('oidc.over-sessions');
  };

  async function become(sub: string, status: ProfessionalStatus): Promise<void> {
    await app.services.directory.professionals.update(sub, before => ({ ...before, status }));
    await app.jobs.runNow('oidc.revoked-sessions');
  }

  async function stayActive({ body }: Open, seconds: number): Promise<TokenAnswer['body']> {
    let newest = body;
    for (let spent = 0; spent < seconds; spent += 3 * HOUR) {
      app.clock.advance(3 * HOUR);
      const { status, body: renewed } = await refresh(newest.refresh_token);
      expect(status).to.equal(200);
      newest = { ...renewed, id_token: body.id_token ?? '' };
    }
    return newest;
  }

  async function signOut({ visitor, body }: Open): Promise<void> {
    const asked = new URLSearchParams({ id_token_hint: String(body.id_token) });
    const page = await visitor.browser.get(`${app.issuer}/logout?${asked}`);
    const form = page.forms.find(({ fields }) => fields['xsrf'] !== undefined);
    await visitor.browser.submit(page, form?.id ?? '', { logout: 'yes' });
  }

  async function changePasswordElsewhere({ login }: Open): Promise<void> {
    const { visitor } = await byPassword(login);
    const page = await visitor.browser.get(`${app.issuer}/account/password`);
    const form = page.forms.find(({ fields }) => 'new_password' in fields)?.id ?? '';
    const chosen = { new_password: CHOSEN, new_password_repeat: CHOSEN };
    const done = await visitor.browser.submit(page, form, { password: PASSWORD, ...chosen });
    expect(done.url.pathname).to.equal('/account');
  }

  async function closeElsewhere({ login }: Open): Promise<void> {
    const { visitor } = await byPassword(login);
    const page = await visitor.browser.get(`${app.issuer}/account/sessions`);
    const form = page.forms.find(({ fields }) => 'others' in fields)?.id ?? '';
    await visitor.browser.submit(page, form, { others: '1' });
  }

  async function opposeCard(): Promise<void> {
    statuses.set(card.certificate.serial, 'revoked');
    // Answers of the responder are remembered for some minutes.
    app.clock.advance(15 * MINUTE);
    await app.jobs.runNow('card.revoked-sessions');
  }

  /** There, with the very browser: Pro Santé Connect tells us behind its back. */
  async function endAtProSanteConnect({ visitor }: Open): Promise<void> {
    const sessions = await visitor.browser.get(psc.url);
    const sid = sessions.forms.map(({ fields }) => fields['sid']).find(name => name !== undefined) ?? '';
    await visitor.browser.post(new URL('/sessions/end', psc.url), new URLSearchParams({ sid }));
  }

  /** A line: how the session is opened, and what ends it; it may resolve to newer tokens. */
  const ENDS: readonly {
    readonly name: string;
    readonly reason: string;
    readonly open: () => Promise<Open>;
    readonly end: (open: Open) => Promise<TokenAnswer['body'] | void>;
  }[] = [
    {
      name: 'four hours without activity',
      reason: 'idle',
      open: () => byPassword('claire.dupont'),
      end: () => later(4 * HOUR + 1),
    },
    {
      name: 'fifteen minutes without activity on a shared workstation',
      reason: 'idle',
      open: () => open('claire.dupont', { password: PASSWORD, shared_workstation: 'yes' }),
      end: () => later(15 * MINUTE + 1),
    },
    {
      name: 'twelve hours, whatever is done',
      reason: 'max_age',
      open: () => byPassword('claire.dupont'),
      async end(session) {
        const newest = await stayActive(session, 9 * HOUR);
        await later(3 * HOUR + 1);
        return newest;
      },
    },
    {
      name: 'the hour of a code alone',
      reason: 'max_age',
      open: () => open('claire.dupont', { method: 'code' }),
      end: () => later(HOUR + 1),
    },
    { name: 'signing out', reason: 'signed_out', open: () => byPassword('claire.dupont'), end: signOut },
    {
      name: 'the page of sessions, elsewhere',
      reason: 'ended_by_owner',
      open: () => byPassword('claire.dupont'),
      end: closeElsewhere,
    },
    {
      name: 'a suspended account',
      reason: 'account_inactive',
      open: () => byPassword('une.suspendue'),
      end: () => become('acc-suspendue', 'suspended'),
    },
    {
      name: 'a closed account',
      reason: 'account_inactive',
      open: () => byPassword('une.fermee'),
      end: () => become('acc-fermee', 'closed'),
    },
    {
      name: 'a password changed elsewhere',
      reason: 'password_changed',
      open: () => byPassword('une.changee'),
      end: changePasswordElsewhere,
    },
    { name: 'a card that was opposed', reason: 'card_revoked', open: byCard, end: opposeCard },
    {
      name: 'the end of the session at Pro Santé Connect',
      reason: 'provider_signed_out',
      open: byProSanteConnect,
      end: endAtProSanteConnect,
    },
  ];

  for (const line of ENDS) {
    it(`${line.name}: revokes the tokens, and tells the application until it has heard`, async () => {
      const session = await line.open();
      const { sid, sub } = payloadOf(session.body.id_token);
      const toldOf = () => party.tokens.map(payloadOf).filter(token => token['sid'] === sid);
      party.status = 503;
      const { access_token: access, refresh_token: renewal } = (await line.end(session)) ?? session.body;

      const bearer = { headers: { Authorization: `Bearer ${access}` } };
      expect((await fetch(`${app.issuer}/oidc/userinfo`, bearer)).status).to.equal(401);
      expect(
        (await postAsClient(app, '/oidc/introspect', { token: String(access) })).body['active'],
      ).to.equal(false);
      expect((await refresh(renewal)).body.error).to.equal('invalid_grant');
      expect(await app.oidc.sessions.findBySid(String(sid))).to.equal(null);
      expect((await session.visitor.authorize(SCOPES)).page.forms[0]?.id).to.equal('identify');

      await app.outbox.drain();
      expect(toldOf()).to.have.lengthOf(1);
      party.status = 200;
      app.clock.advance(5 * MINUTE);
      await app.outbox.drain();
      expect(toldOf()).to.have.lengthOf(2);
      expect(toldOf()[1]).to.include({ sub, sid, aud: 'dcc' });
      app.clock.advance(HOUR);
      await app.jobs.runNow('oidc.over-sessions');
      await app.outbox.drain();
      expect(toldOf(), 'once it has heard').to.have.lengthOf(2);

      const [ended] = await app.services.audit.newest({
        account: String(sub),
        type: 'oidc.session.ended',
        limit: 1,
        months: 1,
      });
      expect(ended?.data).to.include({ reason: line.reason });
    });
  }

  it('is not noted for who never signed in, and leaves nothing behind', async () => {
    await createVisitor(app).authorize();
    app.clock.advance(48 * HOUR);
    await app.jobs.runNow('oidc.over-sessions');
    expect(await app.oidc.sessions.list('acc-claire')).to.deep.equal([]);
  });

  it('of a code alone is shown with its time, as one that nothing moves', async () => {
    const { visitor } = await open('claire.dupont', { method: 'code' });
    const { body } = await visitor.browser.get(`${app.issuer}/account`);
    const at = new Date((app.clock.now() + HOUR) * 1000).toISOString().slice(0, 13);
    expect(body).to.include('Même si vous travaillez encore').and.include(`datetime="${at}`);
  });
});
