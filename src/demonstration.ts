import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createReference } from '#admin/index.ts';
import { coreSection, type Config } from '#config/index.ts';
import type { Logger } from 'pino';
import { proSanteConnectSection } from '#methods/index.ts';
import { startDemoDcc } from '../scripts/demo/dcc/index.ts';
import { prepareDemoCards, type DemoCard } from '../scripts/demo/igc/demo-cards.ts';
import { startDemoPsc } from '../scripts/demo/psc/index.ts';
import type { App } from './app.ts';

/** The parts of a region document that a demonstration shows openly. */
interface DemoDocument {
  readonly accounts?: readonly {
    sub: string;
    login?: string;
    given_name: string;
    family_name: string;
    password?: string;
    profession?: string;
    national_ids?: readonly string[];
  }[];
  readonly organisations?: readonly { name: string; finess?: string }[];
  readonly applications?: readonly {
    client_id: string;
    name: string;
    client_secret?: string;
  }[];
  readonly records?: readonly { patient_key: string; network: string }[];
}

export interface Demonstration {
  /** Where to go and as whom, for the terminal. */
  readonly welcome: string;
  close(): Promise<void>;
}

const DCC_ID = 'dcc';
const DCC_DEFAULT_ORIGIN = 'http://localhost:3001';

/** Where the cards of a demonstration and the authorities that issued them lie, within the data folder. */
const CARD_FOLDER = 'igc';

/** What surrounds the service, and is there before it: it asks the provider as soon as it starts. */
export interface Surroundings {
  readonly cards: readonly DemoCard[];
  readonly psc: Awaited<ReturnType<typeof startPsc>>;
  close(): Promise<void>;
}

/** The authorities that the service trusts, the cards that they issued, and the provider that stands for Pro Santé Connect. */
export async function prepareDemonstration(config: Config, logger: Logger): Promise<Surroundings> {
  const core = config.of(coreSection);
  // What is wrong with a region file is for its import to say, which comes next.
  const document = core.regionFile === undefined ? {} : await readDocument(core.regionFile).catch(() => null);
  const { accounts = [], organisations = [] } = document ?? {};
  const folder = path.join(core.dataDir, CARD_FOLDER);
  const cards = document === null ? [] : await prepareDemoCards({ folder, holders: accounts, organisations });
  const psc = await startPsc(config, logger);
  return { cards, psc, close: async () => psc?.close() };
}

/** What only a demonstration has once the service runs: the demo record, and the list of who and what can be tried. */
export async function startDemonstration(
  app: App,
  { cards, psc }: Surroundings,
  logger: Logger,
): Promise<Demonstration> {
  const core = app.services.config.of(coreSection);
  const document = core.regionFile === undefined ? {} : await readDocument(core.regionFile);
  await importRegister(app, logger);
  const dcc = core.demoDcc ? await startDcc(app, document, logger) : undefined;
  await writeList(app, document, cards);
  return {
    welcome: welcomeText(app, document, { dcc: dcc?.url, psc: psc?.url }),
    close: async () => dcc?.close(),
  };
}

/** Beside the region file of a demonstration: the lines of the FINESS extract about its establishments, for their towns. */
const REGISTER_FILE = 'finess.csv';

/** Once: what an operator has imported since is left as it is. */
async function importRegister(app: App, logger: Logger): Promise<void> {
  const { regionFile } = app.services.config.of(coreSection);
  const reference = createReference(app.services);
  if (regionFile === undefined || (await reference.state('finess')) !== null) return;
  const file = path.join(path.dirname(regionFile), REGISTER_FILE);
  try {
    await reference.importFile('finess', file);
  } catch (error) {
    // Another region than the demonstration's own need not have one.
    logger.info({ file, err: error }, 'the demonstration has no register of establishments');
  }
}

async function readDocument(file: string): Promise<DemoDocument> {
  return JSON.parse(await readFile(file, 'utf8')) as DemoDocument;
}

/** `data/demo.json` (contract §4): for scripts. Fictional people only, and readable by the owner only all the same. */
async function writeList(
  app: App,
  { accounts = [], applications = [], records = [] }: DemoDocument,
  cards: readonly DemoCard[],
): Promise<void> {
  const core = app.services.config.of(coreSection);
  const list = {
    issuer: core.issuer,
    outbox: `${core.issuer}/demo/outbox`,
    accounts: accounts.map(({ sub, login, given_name, family_name, password }) => ({
      sub,
      login,
      given_name,
      family_name,
      password,
    })),
    clients: await Promise.all(
      applications.map(async ({ client_id, name, client_secret }) => ({
        client_id,
        name,
        client_secret,
        // As registered now: the demo DCC may have moved to another port.
        redirect_uris: (await app.services.directory.applications.get(client_id))?.redirectUris ?? [],
      })),
    ),
    // `null` where a means does not count that way.
    means: (await app.means.inForce({})).map(({ id, title, acrAlone, acrAsSecond, amr, enrolment }) => ({
      method: id,
      title,
      acr_alone: acrAlone,
      acr_after_password: acrAsSecond,
      amr,
      // Where a person adds it; of the others nothing is to be added.
      add_at: enrolment ? `${core.issuer}/account/factors/add/${id}` : null,
    })),
    cards: cards.map(card => ({ ...card, file: path.join(core.dataDir, CARD_FOLDER, card.file) })),
    patients: records.map(({ patient_key, network }) => ({ patient_key, network })),
  };
  await writeFile(path.join(core.dataDir, 'demo.json'), `${JSON.stringify(list, null, 2)}\n`, {
    mode: 0o600,
  });
}

/** The simulated Pro Santé Connect, unless the demonstration speaks to another one. */
async function startPsc(config: Config, logger: Logger) {
  const { demo, demoPort, issuer, clientId, clientSecret } = config.of(proSanteConnectSection);
  if (!demo || clientId === undefined || clientSecret === undefined) return undefined;
  const ours = config.of(coreSection).issuer;
  return startDemoPsc({
    issuer,
    host: '127.0.0.1',
    port: demoPort,
    clients: [
      {
        id: clientId,
        secret: clientSecret,
        redirectUris: [`${ours}/arrival/pro-sante-connect`],
        postLogoutRedirectUris: [`${ours}/departure/pro-sante-connect`],
        backchannelLogoutUri: `${ours}/backchannel-logout/pro-sante-connect`,
      },
    ],
    logger,
  });
}

async function startDcc(app: App, { applications = [] }: DemoDocument, logger: Logger) {
  const core = app.services.config.of(coreSection);
  const secret = applications.find(({ client_id }) => client_id === DCC_ID)?.client_secret;
  if (secret === undefined) {
    logger.warn('the demonstration record is not started: the region has no application `dcc` with a secret');
    return undefined;
  }
  const origin = `http://localhost:${core.demoDccPort}`;
  await app.services.directory.applications.update(DCC_ID, application => moveOrigin(application, origin));
  return startDemoDcc({
    issuer: core.issuer,
    clientId: DCC_ID,
    clientSecret: secret,
    host: '127.0.0.1',
    port: core.demoDccPort,
    url: origin,
    scope: 'openid profile',
    logger,
  });
}

/** The demo region names the usual port; a demonstration on another one registers the addresses that it really has. */
function moveOrigin<
  T extends {
    redirectUris: readonly string[];
    postLogoutRedirectUris: readonly string[];
    backchannelLogoutUri?: string;
    kiosk?: { url: string };
  },
>(application: T, origin: string): T {
  const text = JSON.stringify(application);
  const moved = text.replaceAll(/http:\/\/localhost:\d+/gu, found =>
    found === DCC_DEFAULT_ORIGIN || isOurs(application, found) ? origin : found,
  );
  return moved === text ? application : (JSON.parse(moved) as T);
}

function isOurs(application: { kiosk?: { url: string } }, found: string): boolean {
  return application.kiosk?.url.startsWith(`${found}/`) === true;
}

function welcomeText(
  app: App,
  { accounts = [] }: DemoDocument,
  { dcc, psc }: { readonly dcc: string | undefined; readonly psc: string | undefined },
): string {
  const { issuer, dataDir, cardUrl } = app.services.config.of(coreSection);
  const people = accounts
    .filter(({ login, password }) => login !== undefined && password !== undefined)
    .slice(0, 12);
  return [
    '',
    `  Trousseau, demonstration      ${issuer}`,
    ...(dcc === undefined ? [] : [`  The demo DCC                  ${dcc}`]),
    ...(psc === undefined ? [] : [`  Pro Santé Connect, simulated  ${psc}`]),
    ...(cardUrl === undefined ? [] : [`  Sign-in by card               ${cardUrl}`]),
    `  Mail that it sends            ${issuer}/demo/outbox`,
    '',
    '  Sign in as                    with the password',
    ...people.map(({ login, password }) => `    ${(login ?? '').padEnd(28)}${password ?? ''}`),
    '',
    `  Ctrl-C stops it; ${path.relative('.', dataDir) || '.'} keeps what was done.`,
    '',
  ].join('\n');
}
