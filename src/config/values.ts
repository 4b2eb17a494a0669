import { isIP } from 'node:net';
import type { SealingKey } from '#kernel/index.ts';
import { z } from 'zod';

/*
 * How the text of a setting becomes a value. Each reader describes what it expects in one phrase, which the
 * report of problems and the documentation both show, and never quotes what it was given.
 */

/** A reader made of one function: `undefined` means that the text is not what `expected` says. */
export function reader<T>(expected: string, read: (text: string) => T | undefined) {
  return z
    .string()
    .transform((text, context): T => {
      const value = read(text);
      if (value !== undefined) return value;
      context.addIssue({ code: 'custom', message: expected });
      return z.NEVER;
    })
    .describe(expected);
}

/** A text of `min` to `max` characters on one line. */
export function line(min = 1, max = 500) {
  return reader(`one line of ${min} to ${max} characters`, text =>
    text.length >= min && text.length <= max && !/[\u0000-\u001f\u007f]/u.test(text) ? text : undefined,
  );
}

/** One of the given words. */
export function oneOf<const W extends string>(...words: readonly W[]) {
  return reader<W>(`one of ${words.map(word => `\`${word}\``).join(', ')}`, text =>
    words.find(word => word === text),
  );
}

/** `on` or `off`. */
export function flag() {
  return reader<boolean>('`on` or `off`', text =>
    text === 'on' ? true : text === 'off' ? false : undefined,
  );
}

/** A whole number, bounds included. */
export function wholeNumber(min: number, max: number) {
  return reader(`a whole number from ${min} to ${max}`, text => {
    const value = /^\d{1,15}$/u.test(text) ? Number(text) : Number.NaN;
    return value >= min && value <= max ? value : undefined;
  });
}

/** A TCP port. */
export function port() {
  return wholeNumber(1, 65_535);
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, min: 60, h: 3600, d: 86_400 };

/** Seconds of `90s`, `15min`, `4h`, `120d`; `0` alone needs no unit; `undefined` for anything else. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  const [, amount = '', unit = ''] = /^(\d{1,9}) ?(s|min|h|d)$/u.exec(text) ?? [];
  const seconds = UNIT_SECONDS[unit];
  return seconds === undefined ? undefined : Number(amount) * seconds;
}

/** A duration, in seconds, between two durations (bounds included). */
export function duration(min: string, max: string) {
  const [low, high] = [parseDuration(min), parseDuration(max)];
  if (low === undefined || high === undefined) throw new TypeError(`${min} to ${max} are no durations`);
  return reader(`a duration from ${min} to ${max}, such as \`90s\`, \`15min\`, \`4h\`, \`120d\``, text => {
    const seconds = parseDuration(text);
    return seconds !== undefined && seconds >= low && seconds <= high ? seconds : undefined;
  });
}

/** Words separated by commas, spaces dropped, at least one. */
export function list(expected = 'values separated by commas') {
  return reader<readonly string[]>(expected, text => {
    const words = text.split(',').map(word => word.trim());
    return words.every(word => word !== '') ? words : undefined;
  });
}

/** An http(s) origin: scheme, host and port only; a final slash is dropped. */
export function origin() {
  return reader(
    'an http(s) address of scheme, host and port only, such as `https://connexion.region.example`',
    text => {
      const url = URL.canParse(text) ? new URL(text) : undefined;
      const isOrigin =
        url && /^https?:$/u.test(url.protocol) && (text === url.origin || text === `${url.origin}/`);
      return isOrigin ? url.origin : undefined;
    },
  );
}

/** Where the data lives; what follows the scheme is the store's to judge. */
export function storeUrl() {
  return reader('`sqlite:PATH` or `mongodb://…`', text =>
    /^(sqlite:.|mongodb(\+srv)?:\/\/.)\S*$/u.test(text) ? text : undefined,
  );
}

/** True for this machine's own names and addresses: what a demonstration may listen on and be called. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/u, '$1').toLowerCase();
  if (bare === 'localhost' || bare.endsWith('.localhost') || bare === '::1') return true;
  return isIP(bare) === 4 && bare.startsWith('127.');
}

/** `id:key,…`: each key is 32 random bytes in base64url. */
export function sealKeys() {
  return reader<readonly SealingKey[]>(
    '`id:key` pairs separated by commas, id of [a-z0-9-], key of 32 random bytes in base64url (43 characters)',
    text => {
      const keys = text.split(',').map(parseSealKey);
      const ids = new Set(keys.map(key => key?.id));
      return keys.every(key => key !== undefined) && ids.size === keys.length ? keys : undefined;
    },
  );
}

function parseSealKey(pair: string): SealingKey | undefined {
  const [, id = '', encoded = ''] = /^\s*([a-z0-9-]{1,32}):([A-Za-z0-9_-]{43})=?\s*$/u.exec(pair) ?? [];
  const key = Buffer.from(encoded, 'base64url');
  // 32 random bytes hold 30 distinct values on average; fewer than 16 never happens by chance.
  return key.byteLength === 32 && new Set(key).size >= 16 ? { id, key } : undefined;
}
