import { isLoopback } from '#config/index.ts';

/** Where text messages are handed over. */
export type SmsAddress =
  | {
      readonly kind: 'gateway';
      readonly url: string;
      /** The `Authorization` header. */
      readonly authorization?: string;
    }
  | {
      readonly kind: 'twilio';
      /** Origin of the Messages API. */
      readonly origin: string;
      readonly accountSid: string;
      readonly token: string;
      /** A number, an alphanumeric sender, or a messaging service (`MG…`). */
      readonly from: string;
    };

const TWILIO_HOST = 'api.twilio.com';

/**
 * Reads `https://user:password@host/path` (Basic), `https://:token@host/path` (bearer) or
 * `twilio://SID:TOKEN@/?from=+33…`. `undefined` for anything else. SECURITY: in clear (`http:`, `twilio+http:`) only
 * to this machine, for tests and a gateway beside us.
 */
export function readSmsUrl(text: string): SmsAddress | undefined {
  return text.startsWith('twilio') ? readTwilio(text) : readGateway(text);
}

function readGateway(text: string): SmsAddress | undefined {
  const url = parse(text);
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname));
  if (!url || !isSafe || url.hash !== '') return undefined;
  const [user, password] = [decode(url.username), decode(url.password)];
  if (user === undefined || password === undefined) return undefined;
  url.username = '';
  url.password = '';
  const bare = { kind: 'gateway', url: url.href } as const;
  if (user === '' && password === '') return bare;
  return { ...bare, authorization: user === '' ? `Bearer ${password}` : basic(user, password) };
}

function readTwilio(text: string): SmsAddress | undefined {
  // `twilio://SID:TOKEN@/` names Twilio itself; `+` before a number is a plus and no space.
  const url = parse(text.replace('@/', `@${TWILIO_HOST}/`).replaceAll('=+', '=%2B'));
  const isSafe =
    (url?.protocol === 'twilio:' && url.host === TWILIO_HOST) ||
    (url?.protocol === 'twilio+http:' && isLoopback(url.hostname));
  if (!url || !isSafe || url.pathname !== '/' || url.hash !== '') return undefined;
  const from = url.searchParams.get('from') ?? '';
  const token = decode(url.password);
  const isWhole =
    /^[A-Za-z0-9]{1,64}$/u.test(url.username) && /^(?:\+\d{6,15}|[A-Za-z0-9 ]{1,34})$/u.test(from);
  if (!isWhole || !token || [...url.searchParams].length !== 1) return undefined;
  const origin = url.protocol === 'twilio:' ? `https://${url.host}` : `http://${url.host}`;
  return { kind: 'twilio', origin, accountSid: url.username, token, from };
}

/** SPEC: RFC 7617. */
export function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

const parse = (text: string): URL | undefined => (URL.canParse(text) ? new URL(text) : undefined);

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
