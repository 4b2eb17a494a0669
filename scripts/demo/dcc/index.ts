/**
 * A demo DCC (Dossier Communicant de Cancérologie): a complete relying party of Trousseau, on `openid-client` and
 * Koa. It owns fictional patients and its own sessions. It owns no password and no access rule, and imports
 * nothing of Trousseau: it speaks OpenID Connect and AuthZEN over HTTP, as any application of the region does.
 * Read in this order: relying-party.ts, sign-in.ts, decisions.ts, records.ts, logout-token.ts.
 */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import Koa from 'koa';
import { createDecisions } from './decisions.ts';
import { createDelegationRoutes } from './delegations.ts';
import { createDocumentRoutes } from './documents.ts';
import { createDoor } from './door.ts';
import { createEmergencyRoutes } from './emergencies.ts';
import defaultRecords from './patients.json' with { type: 'json' };
import { createRecordRoutes } from './records.ts';
import { createRelyingParty } from './relying-party.ts';
import { createSessions } from './sessions.ts';
import { createSignInRoutes } from './sign-in.ts';
import { createTrialRoutes } from './trials.ts';
import type { DccLogger, DccSettings, DemoPatient } from './settings.ts';
import { errorPages, securityHeaders } from './web.ts';

export interface DemoDccOptions {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** The public address, which its registered URIs begin with; made of host and port when absent. */
  readonly url?: string;
  readonly logger: DccLogger;
  /** The fictional patients; the demo region's when absent. */
  readonly records?: readonly DemoPatient[];
  /** `urn:trousseau:acr:code` when absent. */
  readonly minimumAcr?: string;
  /** `openid profile` when absent. */
  readonly scope?: string;
  /** Epoch milliseconds; the machine's clock when absent. */
  readonly now?: () => number;
}

/** Starts the demo DCC. Resolves when it listens; the provider need not be up yet. */
export async function startDemoDcc(
  options: DemoDccOptions,
): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port, options.host, resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  const settings: DccSettings = {
    issuer: options.issuer,
    clientId: options.clientId,
    clientSecret: options.clientSecret,
    url: (options.url ?? `http://${options.host}:${port}`).replace(/\/$/u, ''),
    minimumAcr: options.minimumAcr ?? 'urn:trousseau:acr:code',
    scope: options.scope ?? 'openid profile',
    now: options.now ?? Date.now,
    logger: options.logger,
  };
  const app = await createApp(settings, options.records ?? defaultRecords.map(readPatient));
  const handle = app.callback();
  server.on('request', (request, response) => void handle(request, response));
  return {
    url: settings.url,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function createApp(settings: DccSettings, patients: readonly DemoPatient[]): Promise<Koa> {
  const css = await readFile(new URL('style.css', import.meta.url), 'utf8');
  const sessions = createSessions({ secure: settings.url.startsWith('https:'), now: settings.now });
  const party = createRelyingParty(settings);
  const app = new Koa();
  app.use(securityHeaders(new URL(settings.issuer).origin));
  app.use(errorPages(settings.logger));
  app.use(async (ctx, next) => {
    if (ctx.path !== '/style.css') return next();
    ctx.type = 'text/css';
    ctx.set('cache-control', 'public, max-age=300');
    ctx.body = css;
  });
  app.use(createSignInRoutes(settings, party, sessions).routes());
  const byNumber = new Map(patients.map(patient => [patient.number, patient]));
  const decisions = createDecisions(settings);
  const door = createDoor(sessions);
  app.use(createRecordRoutes(byNumber, decisions, door, settings).routes());
  app.use(createDelegationRoutes(door).routes());
  app.use(createDocumentRoutes(decisions, door).routes());
  app.use(createTrialRoutes(door).routes());
  app.use(createEmergencyRoutes(byNumber, decisions, door, settings).routes());
  return app;
}

/** JSON knows no literal types: `sex` is narrowed here. */
function readPatient(patient: (typeof defaultRecords)[number]): DemoPatient {
  return { ...patient, sex: patient.sex === 'F' ? 'F' : 'M' };
}
