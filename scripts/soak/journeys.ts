import { createApplicant, PDF } from '../../test/enrolment/applicant.ts';
import type { OurServer } from '../bench/harness/ours.ts';
import { introspect, refresh, signIn, singleSignOn, userinfo } from '../bench/harness/flows.ts';
import { NETWORK, PATIENT_KEY } from '../bench/harness/region.ts';
import { CLIENT, PASSWORD } from '../bench/harness/subject.ts';
import { createVisitor } from '../bench/harness/visitor.ts';
import { createBrowserless, type Browserless } from '../interop/browserless.ts';

/** What one kind of caller does again and again; throws on any answer but the right one. */
export interface Journey {
  readonly name: string;
  /** How many callers do it side by side. */
  readonly callers: number;
  /** Between the end of one turn and the next. */
  readonly pauseMs: number;
  act(caller: number, turn: number): Promise<void>;
}

const SCOPE = 'openid profile offline_access';
const PEOPLE = 4;
/** A scan as people send them; what it holds does not matter. */
const SCAN = Buffer.concat([PDF, Buffer.alloc(512 * 1024, 0x20)]);

/** Accounts that the journeys need: the administrator, then who signs in. */
export const ACCOUNTS = 1 + PEOPLE;

export function journeysOn(server: OurServer): readonly Journey[] {
  let desk: Browserless | undefined;
  const asClient = `Basic ${Buffer.from(`${CLIENT.id}:${CLIENT.secret}`).toString('base64')}`;
  return [
    {
      name: 'sign-in, single sign-on, refresh, introspection',
      callers: PEOPLE,
      pauseMs: 2_000,
      async act(caller) {
        const account = server.accounts[1 + caller];
        if (!account) throw new RangeError('fewer accounts than callers');
        const visitor = createVisitor(server.wire);
        const first = await signIn(server, visitor, account, { scope: SCOPE });
        await singleSignOn(server, visitor);
        const { accessToken } = await refresh(server, first.refreshToken ?? '');
        await userinfo(server, accessToken);
        await introspect(server, accessToken);
      },
    },
    {
      name: 'decision',
      callers: 4,
      pauseMs: 100,
      async act(caller) {
        const answer = await server.wire.ask('/access/v1/evaluation', {
          method: 'POST',
          headers: { authorization: asClient, 'content-type': 'application/json' },
          body: JSON.stringify({
            subject: { type: 'account', id: server.accounts[caller]?.sub },
            action: { name: 'read' },
            resource: { type: 'patient_record', id: PATIENT_KEY, properties: { network: NETWORK } },
          }),
        });
        expectStatus('a decision', 200, answer.status);
      },
    },
    {
      name: 'search by an administrator',
      callers: 1,
      pauseMs: 1_000,
      async act(_caller, turn) {
        desk ??= await openDesk(server);
        const { status, url } = await desk.get(
          `${server.wire.origin}/admin/people?text=nom${turn % ACCOUNTS}`,
        );
        if (url.pathname === '/admin/people') return expectStatus('a search', 200, status);
        // The session has ended: the next turn signs in anew.
        desk = undefined;
      },
    },
    {
      name: 'request for an account with documents',
      callers: 1,
      pauseMs: 5_000,
      async act(_caller, turn) {
        const address = `demande.${turn}@bench.example`;
        const applicant = createApplicant({
          issuer: server.wire.origin,
          mailTo: async to => `  ${await server.mailbox.read(to)}`,
        });
        await applicant.begin();
        await applicant.fillIdentity({ familyName: `Nom${turn}` });
        server.mailbox.open(address);
        await applicant.proveAddress(address);
        await applicant.fill('interests', { networks: [NETWORK] });
        await applicant.upload('signed_request', SCAN);
        const { status } = await applicant.upload('identity_card', SCAN);
        expectStatus('a document', 200, status);
      },
    },
    {
      name: 'figures read',
      callers: 1,
      pauseMs: 15_000,
      async act() {
        const headers = { authorization: `Bearer ${server.metricsToken}` };
        expectStatus('the figures', 200, (await server.wire.ask('/metrics', { headers })).status);
      },
    },
  ];
}

/** Signs the administrator in, as a browser without scripts does. */
async function openDesk(server: OurServer): Promise<Browserless> {
  const [account] = server.accounts;
  if (!account) throw new RangeError('there is no administrator');
  const browser = createBrowserless();
  const first = await browser.get(`${server.wire.origin}/admin/people`);
  server.mailbox.open(account.email);
  const second = await browser.submit(first, 'identify', { login: account.login, password: PASSWORD });
  await browser.submit(second, 'code', { code: await server.mailbox.read(account.email) });
  return browser;
}

function expectStatus(what: string, expected: number, status: number): void {
  if (status !== expected) throw new Error(`${what} was answered with ${status}`);
}
