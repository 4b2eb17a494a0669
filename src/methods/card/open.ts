import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Audit } from '#audit/index.ts';
import { ConfigError, type Mode, type SectionValues } from '#config/index.ts';
import type { Directory } from '#directory/index.ts';
import type { HttpLogger, PageFrame } from '#http/index.ts';
import type { Clock, Sealer } from '#kernel/index.ts';
import type { Store } from '#store/index.ts';
import type { Method, MethodService } from '../method.ts';
import { createCardAcceptance } from './acceptance.ts';
import { readAnchors, type Issuer } from './anchors.ts';
import { createHandOff } from './host/hand-off.ts';
import { createCardHost, type Entrance } from './host/index.ts';
import { createCardMethod } from './index.ts';
import { createCardJudge } from './judge.ts';
import { anchorExpectations } from './messages.ts';
import { createRevocation, findListProblem, type Revocation } from './revocation/index.ts';
import type { cardSection } from './section.ts';
import { createCardUses } from './uses.ts';

/** What the means needs beyond what every means has. */
export interface CardSite {
  readonly mode: Mode;
  /** The public address of the card host; without it there is none. */
  readonly url: string | undefined;
  readonly addresses: readonly string[];
  readonly port: number;
  readonly dataDir: string;
  readonly viewsFolder: string;
  readonly frame: PageFrame;
}

export interface OpenCardDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly sealer: Sealer;
  readonly audit: Audit;
  readonly directory: Directory;
  readonly logger: HttpLogger;
  readonly endByOrigin: (origin: string, reason: string) => Promise<number>;
  /** The address of the main host. */
  readonly issuer: string;
  readonly card: CardSite;
  readonly settings: { readonly card: SectionValues<typeof cardSection> };
}

/** What the files that the configuration names hold. */
interface CardFiles {
  readonly issuers: readonly Issuer[];
  readonly entrance: Entrance;
}

/**
 * Reads the authorities, and certificate and key of the card host; `undefined` where there is no sign-in by card. Throws
 * `config.invalid` for what cannot be read or is not what it should be. Verifies no list of revoked cards.
 */
export function readCardFiles(
  settings: SectionValues<typeof cardSection>,
  { mode, url }: Pick<CardSite, 'mode' | 'url'>,
): CardFiles | undefined {
  if (settings.anchors === undefined || url === undefined) return undefined;
  if (mode === 'demo' && !existsSync(settings.anchors)) return undefined;
  const issuers = trustedIssuers(settings.anchors, mode);
  return { issuers, entrance: entranceOf(settings, issuers) };
}

/**
 * Sign-in by card as it is configured: none without authorities to trust, which a demonstration has only after its own
 * were made. Throws `config.invalid` for files that cannot be read or are not what they should be.
 */
export function openCardMeans(deps: OpenCardDeps): readonly Method[] {
  const { directory, card } = deps;
  const files = readCardFiles(deps.settings.card, card);
  if (files === undefined || card.url === undefined) return [];
  const { issuers, entrance } = files;
  const revocation = openRevocation(deps, issuers);
  const { codes } = directory;
  const judge = createCardJudge({
    acceptance: createCardAcceptance({
      issuers,
      mode: card.mode,
      clock: deps.clock,
      professionOf: label => codes.professions().find(entry => entry.label === label)?.code,
    }),
    revocation,
  });
  const handOff = createHandOff(deps);
  const host = createCardHost({
    ...deps,
    ...card,
    url: card.url,
    entrance,
    judge,
    handOff,
    professionLabel: code => codes.profession(code).label,
  });
  const uses = createCardUses({
    ...deps,
    revocation,
    issuers: new Map(issuers.map(({ certificate }) => [certificate.fingerprint256, certificate])),
  });
  return [
    createCardMethod({
      directory,
      handOff,
      uses,
      url: card.url,
      revocation,
      service: together(revocation, host),
    }),
  ];
}

function trustedIssuers(file: string, mode: Mode): readonly Issuer[] {
  const anchors = readAnchors(readPem('TROUSSEAU_CARD_ANCHORS', file), mode);
  if (anchors.ok) return anchors.issuers;
  const given = anchors.name === undefined ? 'another file' : `a file with \`${anchors.name}\``;
  throw wrong('TROUSSEAU_CARD_ANCHORS', given, anchorExpectations[anchors.problem]);
}

function openRevocation(deps: OpenCardDeps, issuers: readonly Issuer[]): Revocation {
  const settings = deps.settings.card;
  const certificates = issuers.map(({ certificate }) => certificate);
  const problem = findListProblem(settings, certificates);
  if (problem !== undefined)
    throw wrong('TROUSSEAU_CARD_CRLS', `a list ${problem}`, 'one list for each authority that issues cards');
  const revocation = createRevocation({
    ...deps,
    settings,
    issuers: certificates,
    dataDir: deps.card.dataDir,
  });
  const [uncovered] = revocation.health().uncovered;
  if (uncovered !== undefined)
    throw wrong(
      'TROUSSEAU_CARD_CRLS',
      `no list of “${uncovered}”, and no TROUSSEAU_CARD_OCSP_URL`,
      'a way to know which cards are revoked, for each authority that issues them',
    );
  return revocation;
}

function entranceOf(settings: OpenCardDeps['settings']['card'], issuers: readonly Issuer[]): Entrance {
  const header = settings.proxyHeader;
  if (settings.proxy !== undefined)
    return { kind: 'proxy', peer: settings.proxy, header, secret: settings.proxySecret };
  const certificate = readPem('TROUSSEAU_CARD_TLS_CERTIFICATE', settings.certificate);
  const privateKey = readPem('TROUSSEAU_CARD_TLS_KEY', settings.privateKey);
  if (!isPair(certificate, privateKey))
    throw wrong('TROUSSEAU_CARD_TLS_KEY', 'another file', 'the key of TROUSSEAU_CARD_TLS_CERTIFICATE');
  return {
    kind: 'tls',
    header,
    certificate,
    privateKey,
    issuers: issuers.map(issuer => issuer.certificate.toString()),
    maxVersion: settings.maxTls,
    perNetwork: settings.perNetwork,
  };
}

function readPem(setting: string, file: string | undefined): string {
  try {
    return readFileSync(file ?? '', 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw wrong(setting, `a file that cannot be read (${code})`, 'a PEM file that the service may read');
  }
}

function isPair(certificate: string, privateKey: string): boolean {
  try {
    return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(privateKey));
  } catch {
    return false;
  }
}

function wrong(setting: string, given: string, expected: string): ConfigError {
  return new ConfigError([{ setting, given, expected }], 'sign-in by card cannot be opened');
}

/** How long the card host waits for the first lists; whoever comes before them is refused, and told why. */
const FIRST_LISTS_MS = 3_000;

/** ORDER: the lists are there before the first card is read, and go after the last one. */
function together(revocation: Revocation, host: MethodService): MethodService {
  return {
    async start() {
      await revocation.start();
      const late = new AbortController();
      const waited = delay(FIRST_LISTS_MS, undefined, { signal: late.signal }).catch(() => undefined);
      await Promise.race([revocation.refresh(), waited]);
      late.abort();
      await host.start();
    },
    async stop() {
      await host.stop();
      await revocation.stop();
    },
  };
}
