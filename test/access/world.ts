import type { Context } from 'koa';
import {
  createAccess,
  type Access,
  type AccountFacts,
  type ApiCallers,
  type Caller,
  type SignClaims,
} from '#access/index.ts';
import { createAudit, type AuditLog } from '#audit/index.ts';
import { createDirectory, type Directory, type RegionContext } from '#directory/index.ts';
import { AppError, createShiftedClock, hashToken, type ShiftedClock } from '#kernel/index.ts';
import { createTestShell, type Answer, type TestShell } from '../support/shell.ts';
import { createTestSealer, openTestStore, type TestStore } from '../support/store.ts';

/** What the tests write of a region, in the words of the region file. */
export interface TestRegion {
  readonly networks: readonly {
    id: string;
    name?: string;
    regime: 'consentement' | 'information_opposition';
    minimum_acr?: Record<string, string>;
  }[];
  readonly organisations: readonly { id: string; name?: string; networks?: readonly string[] }[];
  readonly accounts: readonly {
    sub: string;
    status?: 'active' | 'suspended' | 'closed';
    given_name?: string;
    family_name?: string;
    applications?: readonly string[];
    memberships?: readonly {
      network: string;
      organisation?: string;
      profile: string;
      from?: string;
      to?: string;
    }[];
    delegations?: readonly { delegate: string; from?: string; to?: string }[];
  }[];
  readonly applications: readonly {
    client_id: string;
    network?: string;
    scopes: readonly string[];
    asserts_acr?: boolean;
    can_simulate?: boolean;
  }[];
  readonly records?: readonly unknown[];
  readonly rcp_sessions?: readonly unknown[];
}

export interface TestWorld {
  readonly access: Access;
  readonly store: TestStore;
  readonly audit: AuditLog;
  readonly directory: Directory;
  readonly clock: ShiftedClock;
  readonly log: readonly Record<string, unknown>[];
  /** Live sessions by sid, and the uids that were touched. */
  readonly sessions: Map<string, { uid: string; accountId: string; acr: string }>;
  readonly touched: string[];
  readonly shell: TestShell;
  caller(clientId: string): Caller;
  send(
    method: string,
    path: string,
    body?: unknown,
    options?: { client?: string; headers?: Record<string, string> },
  ): Promise<Answer & { json: Record<string, unknown> }>;
  close(): Promise<void>;
}

export interface WorldOptions {
  readonly policies?: string;
  readonly load?: boolean;
  readonly mode?: 'demo' | 'production';
  readonly accounts?: AccountFacts;
  readonly audit?: (real: AuditLog) => AuditLog;
  readonly directory?: (real: Directory) => Directory;
  readonly patientKeysPerMinute?: number;
  /** Instead of `X-Client`. */
  readonly callers?: (deps: { store: TestStore; clock: ShiftedClock; directory: Directory }) => ApiCallers;
  readonly callFailuresPerClient?: number;
  readonly callFailuresPerSource?: number;
  readonly proxyHops?: number;
  readonly signMetadata?: SignClaims;
}

const window = ({ from, to }: { from?: string; to?: string }) => ({
  ...(from !== undefined && { fromMs: Date.parse(from) }),
  ...(to !== undefined && { toMs: Date.parse(to) }),
});

/** The whole module on a real store, audit, directory and HTTP shell. Callers say who they are in `X-Client`. */
export async function createWorld(region: TestRegion, options: WorldOptions = {}): Promise<TestWorld> {
  const clock = createShiftedClock();
  const store = await openTestStore({ clock });
  const realAudit = createAudit({ store, clock });
  await realAudit.start();
  const audit = options.audit?.(realAudit) ?? realAudit;
  const realDirectory = createDirectory({ store, clock });
  const directory = options.directory?.(realDirectory) ?? realDirectory;
  const sessions: TestWorld['sessions'] = new Map();
  const touched: string[] = [];
  const log: Record<string, unknown>[] = [];
  const write = (fields: object, message: string) => void log.push({ ...fields, message });
  const caller = (clientId: string): Caller => {
    const row = region.applications.find(({ client_id: id }) => id === clientId);
    if (!row) throw new AppError({ code: 'access.unauthenticated', status: 401, publicMessage: 'Inconnu.' });
    return {
      clientId,
      scopes: new Set(row.scopes),
      application: {
        network: row.network,
        assertsAcr: row.asserts_acr ?? false,
        canSimulate: row.can_simulate ?? false,
      },
    };
  };
  const access = createAccess({
    store,
    clock,
    audit,
    sealer: createTestSealer(),
    directory,
    accounts: options.accounts ?? { exists: async () => true },
    sessions: {
      findBySid: async sid => sessions.get(sid) ?? null,
      touch: async uid => void touched.push(uid),
    },
    callers: options.callers?.({ store, clock, directory }) ?? {
      async authenticate(ctx: Context) {
        const name = ctx.get('X-Client');
        if (name === '') ctx.set('WWW-Authenticate', 'Basic realm="trousseau"');
        return caller(name);
      },
    },
    settings: {
      policies: options.policies ?? 'policies',
      breakGlassSeconds: 900,
      callFailuresPerClient: options.callFailuresPerClient ?? 1000,
      callFailuresPerSource: options.callFailuresPerSource ?? 10_000,
      patientKeysPerMinute: options.patientKeysPerMinute ?? 1000,
    },
    mode: options.mode ?? 'demo',
    issuer: 'http://idp.example',
    ...(options.signMetadata && { signMetadata: options.signMetadata }),
    logger: { info: write, error: write },
  });
  await fill(realDirectory, region);
  await importRecords(access, region, clock);
  if (options.load !== false) await access.load();
  const shell = await createTestShell({ proxyHops: options.proxyHops ?? 0 });
  shell.http.use(access.requestIds);
  shell.http.use(access.routes);
  await shell.start();
  return {
    access,
    store,
    audit,
    directory,
    clock,
    log,
    sessions,
    touched,
    shell,
    caller,
    async send(method, path, body, { client = 'dcc', headers = {} } = {}) {
      const answer = await shell.send({
        method,
        path,
        headers: {
          ...(client !== '' && { 'X-Client': client }),
          ...(body !== undefined && { 'Content-Type': 'application/json' }),
          ...(body !== undefined && { 'Content-Length': String(Buffer.byteLength(textOf(body))) }),
          ...headers,
        },
        ...(body !== undefined && { body: textOf(body) }),
      });
      const isJson = String(answer.headers['content-type'] ?? '').includes('json');
      return { ...answer, json: isJson ? (JSON.parse(answer.text) as Record<string, unknown>) : {} };
    },
    async close() {
      await shell.close();
      await realAudit.close();
      await store.destroy();
    },
  };
}

/** What an application of the tests proves itself with. */
export const secretOf = (clientId: string): string => `secret of ${clientId}`;

const textOf = (body: unknown): string => (typeof body === 'string' ? body : JSON.stringify(body));

async function fill(directory: Directory, region: TestRegion): Promise<void> {
  for (const { id, name = id, regime, minimum_acr: minimumAcr = {} } of region.networks)
    await directory.networks.insert({ id, name, regime, minimumAcr });
  for (const { id, name = id, networks = [] } of region.organisations)
    await directory.organisations.insert({ id, name, networks });
  for (const row of region.applications)
    await directory.applications.insert({
      id: row.client_id,
      name: row.client_id,
      redirectUris: [],
      postLogoutRedirectUris: [],
      grantTypes: ['client_credentials'],
      scopes: row.scopes,
      assertsAcr: row.asserts_acr ?? false,
      canSimulate: row.can_simulate ?? false,
      requirePkce: true,
      clientSecretHash: hashToken(secretOf(row.client_id)),
      ...(row.network !== undefined && { network: row.network }),
    });
  for (const row of region.accounts)
    await directory.professionals.insert({
      id: row.sub,
      status: row.status ?? 'active',
      givenName: row.given_name ?? 'Prénom',
      familyName: row.family_name ?? 'Nom',
      specialties: [],
      nationalIds: [],
      memberships: (row.memberships ?? []).map(({ network, organisation, profile, ...span }) => ({
        network,
        profile,
        ...(organisation !== undefined && { organisation }),
        ...window(span),
      })),
      delegations: (row.delegations ?? []).map(({ delegate, ...span }) => ({ delegate, ...window(span) })),
      ...(row.applications && { applications: row.applications }),
    });
}

/** What `region/` does with our sections, in short: a row is read, planned and applied. */
export async function importRecords(
  access: Access,
  region: Pick<TestRegion, 'networks' | 'organisations' | 'accounts' | 'records' | 'rcp_sessions'>,
  clock: ShiftedClock,
): Promise<string[]> {
  const ids: Record<string, Set<string>> = {
    networks: new Set(region.networks.map(({ id }) => id)),
    organisations: new Set(region.organisations.map(({ id }) => id)),
    accounts: new Set(region.accounts.map(({ sub }) => sub)),
  };
  const context: RegionContext = {
    rowOf: () => undefined,
    knows: async (section, id) => ids[section]?.has(id) ?? false,
    readText: async () => '',
    isDemo: true,
    isTraining: false,
    nowMs: clock.nowMs(),
  };
  const outcomes: string[] = [];
  for (const section of access.regionSections) {
    const rows = { records: region.records, rcp_sessions: region.rcp_sessions }[section.key] ?? [];
    for (const row of rows) {
      const plan = await section.plan(section.schema.parse(row), context);
      outcomes.push(plan.outcome);
      await plan.apply?.();
    }
  }
  return outcomes;
}

interface FieldError {
  readonly path: string;
  readonly code: string;
}

/** Paths of the fields that an answer refuses. */
export const pathsOf = (json: Record<string, unknown>): string[] =>
  ((json['errors'] ?? []) as FieldError[]).map(({ path }) => path);

/** The same with their codes. */
export const fieldCodesOf = (json: Record<string, unknown>): Record<string, string> =>
  Object.fromEntries(((json['errors'] ?? []) as FieldError[]).map(({ path, code }) => [path, code]));
