import { duration, flag, oneOf, reader, wholeNumber } from '#config/index.ts';

/** One list: whose it is (common name or SHA-256 fingerprint of the CA) and where it comes from. */
export interface ListSetting {
  readonly ca: string;
  /** `http:`, `https:` or a path. */
  readonly from: string;
}

const LISTS =
  '`NAME=ADDRESS` pairs separated by commas: common name (or SHA-256 fingerprint) of the CA, then an http(s) address or a path';

function lists() {
  return reader<readonly ListSetting[]>(LISTS, text => {
    const found = text.split(',').map(parseList);
    const names = new Set(found.map(list => list?.ca));
    return found.every(list => list !== undefined) && names.size === found.length ? found : undefined;
  });
}

function parseList(pair: string): ListSetting | undefined {
  const [, ca = '', from = ''] = /^\s*([^=]+?)\s*=\s*(\S.*?)\s*$/u.exec(pair) ?? [];
  if (ca === '' || from === '') return undefined;
  const isAddress = /^[a-z][a-z0-9+.-]*:\/\//iu.test(from);
  if (isAddress && !(URL.canParse(from) && /^https?:$/u.test(new URL(from).protocol))) return undefined;
  return { ca, from };
}

function httpAddress() {
  return reader('an http(s) address', text =>
    URL.canParse(text) && /^https?:$/u.test(new URL(text).protocol) ? text : undefined,
  );
}

/** Revocation of cards: part of the section of the card (`../section.ts`). */
export const revocationSettings = {
  crls: {
    env: 'TROUSSEAU_CARD_CRLS',
    schema: lists().optional(),
    description:
      'The list of revoked certificates (CRL, DER) of each CA that issues cards. Fetched in the background; the addresses in the certificates themselves are never used.',
    example:
      'AC IGC-SANTE FORT PERSONNES=http://igc-sante.esante.gouv.fr/CRL/ACI-FO-PP.crl, AC IGC-SANTE STANDARD PERSONNES=http://igc-sante.esante.gouv.fr/CRL/ACI-ST-PP.crl',
  },
  crlGraceSeconds: {
    env: 'TROUSSEAU_CARD_CRL_GRACE',
    schema: duration('0', '7d'),
    default: '24h',
    description:
      'How long a list is still believed after its own end when no newer one can be had. After it, cards of that CA are refused (or OCSP is asked).',
  },
  crlAlarmSeconds: {
    env: 'TROUSSEAU_CARD_CRL_ALARM',
    schema: duration('0', '30d'),
    default: '24h',
    description: 'How long before the end of a list the alarm is raised (log, metrics, administration).',
  },
  crlRefreshSeconds: {
    env: 'TROUSSEAU_CARD_CRL_REFRESH',
    schema: duration('1min', '24h'),
    default: '1h',
    description: 'How often each instance asks for newer lists; sooner after a failure.',
  },
  crlTimeoutSeconds: {
    env: 'TROUSSEAU_CARD_CRL_TIMEOUT',
    schema: duration('1s', '30min'),
    default: '2min',
    description: 'How long the transfer of one list may take.',
  },
  crlMaxMiB: {
    env: 'TROUSSEAU_CARD_CRL_MAX_MIB',
    schema: wholeNumber(1, 1024),
    default: '128',
    description: 'The size beyond which a list is refused, in MiB (a million entries take about 50).',
  },
  ocspUrl: {
    env: 'TROUSSEAU_CARD_OCSP_URL',
    schema: httpAddress().optional(),
    description: 'The OCSP responder for all these CAs.',
    example: 'http://ocsp.esante.gouv.fr',
  },
  ocspUse: {
    env: 'TROUSSEAU_CARD_OCSP_USE',
    schema: oneOf('fallback', 'always'),
    default: 'fallback',
    description:
      '`fallback`: the responder is asked when no list is believed. `always`: at each sign-in too, so that an opposition counts before the next list; a list still answers when the responder is silent.',
  },
  ocspNonce: {
    env: 'TROUSSEAU_CARD_OCSP_NONCE',
    schema: flag(),
    default: 'on',
    description:
      'Whether a nonce is sent and must come back. `off` only for a responder that prepares its answers: one of them could then be played again until its end.',
  },
} as const;
