import type { Seed, TotpKey } from '#methods/index.ts';
import { readCsv } from '../files/sheets/csv-reader.ts';

/** The seeds of a file, or why a line is none: nothing of it is quoted, since the secrets stand there. */
export type SeedFile =
  { readonly ok: true; readonly seeds: readonly Seed[] } | { readonly ok: false; readonly message: string };

/** In any order, by the first line; `digits`, `period` and `algorithm` may be missing. */
const COLUMNS: Readonly<Record<string, string>> = {
  serial: 'serial',
  'serial number': 'serial',
  'numero de serie': 'serial',
  numero: 'serial',
  seed: 'seed',
  secret: 'seed',
  'secret key': 'seed',
  cle: 'seed',
  digits: 'digits',
  chiffres: 'digits',
  period: 'period',
  timestep: 'period',
  'time interval': 'period',
  periode: 'period',
  algorithm: 'algorithm',
  algorithme: 'algorithm',
};

/** RFC 4226 §4 R6 asks for 128 bits at least; no maker gives more than 512. */
const MIN_BYTES = 16;
const MAX_BYTES = 64;
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Reads the file that the maker of calculettes gives with a batch: CSV, seeds in hexadecimal or base 32. */
export function readSeedFile(content: Buffer): SeedFile {
  const rows = readCsv(content);
  if (typeof rows === 'string') return refuse('Ce fichier n’est pas un texte CSV, ou il est trop grand.');
  const [head, ...lines] = rows;
  const columns = (head?.cells ?? []).map(cell => COLUMNS[plain(cell)] ?? '');
  if (!columns.includes('serial') || !columns.includes('seed'))
    return refuse('La première ligne nomme les colonnes : « serial » et « seed » y sont nécessaires.');
  const seeds: Seed[] = [];
  for (const { number, cells } of lines) {
    const value = (column: string) => cells[columns.indexOf(column)] ?? '';
    const serial = value('serial');
    const key = keyOf(value);
    if (!/^[\w./-]{1,40}$/u.test(serial))
      return refuse(`Ligne ${number} : le numéro de série ne convient pas.`);
    if (typeof key === 'string') return refuse(`Ligne ${number} : ${key}`);
    seeds.push({ serial, key });
  }
  return seeds.length === 0 ? refuse('Ce fichier ne contient aucune calculette.') : { ok: true, seeds };
}

function keyOf(value: (column: string) => string): TotpKey | string {
  const secret = toBase32(value('seed').replace(/[\s-]+/gu, ''));
  if (secret === null) return 'la clé n’est ni en hexadécimal ni en base 32, de 128 à 512 bits.';
  const digits = Number(value('digits') || 6);
  if (digits !== 6 && digits !== 7 && digits !== 8) return 'un code a de 6 à 8 chiffres.';
  const period = Number(value('period') || 30);
  if (period !== 30 && period !== 60) return 'un code dure 30 ou 60 secondes.';
  const algorithm = (value('algorithm') || 'sha1').toLowerCase().replaceAll('-', '').replace('hmac', '');
  if (algorithm !== 'sha1' && algorithm !== 'sha256' && algorithm !== 'sha512')
    return 'l’algorithme est SHA1, SHA256 ou SHA512.';
  return { secret, digits, period, algorithm };
}

/** A seed as it is kept. Thirty-two hexadecimal digits are never the base 32 of a random key, but for one in 10¹³. */
function toBase32(seed: string): string | null {
  if (/^(?:[\da-f]{2})+$/iu.test(seed)) {
    const bytes = Buffer.from(seed, 'hex');
    return isLong(bytes.length) ? base32Of(bytes) : null;
  }
  const text = seed.toUpperCase().replace(/=+$/u, '');
  return /^[A-Z2-7]+$/u.test(text) && isLong(Math.floor((text.length * 5) / 8)) ? text : null;
}

const isLong = (bytes: number) => bytes >= MIN_BYTES && bytes <= MAX_BYTES;

function base32Of(bytes: Buffer): string {
  const bits = [...bytes].map(byte => byte.toString(2).padStart(8, '0')).join('');
  const fives = bits.match(/.{1,5}/gu) ?? [];
  return fives.map(five => BASE32.charAt(Number.parseInt(five.padEnd(5, '0'), 2))).join('');
}

/** A heading without case, accents or punctuation. */
function plain(heading: string): string {
  return heading
    .normalize('NFD')
    .replace(/\p{Diacritic}/gu, '')
    .toLowerCase()
    .replace(/[_-]+/gu, ' ')
    .trim();
}

function refuse(message: string): SeedFile {
  return { ok: false, message };
}
