import { createHmac } from 'node:crypto';
import { equalsInConstantTime } from '#kernel/index.ts';

/**
 * Verifies that Twilio sent a form to `url`, the whole address as it was given to Twilio, query included. Does not look
 * at when: the same request is accepted again.
 * SPEC: https://www.twilio.com/docs/usage/security#validating-requests: HMAC-SHA1, keyed by the token of the account, over
 * the address and every field and its value, in the order of the names.
 */
export function isFromTwilio(
  { url, fields, signature }: { url: string; fields: URLSearchParams; signature: string },
  token: string,
): boolean {
  const sorted = [...fields].toSorted(([a], [b]) => (a < b ? -1 : Number(a > b)));
  const signed = createHmac('sha1', token).update(url + sorted.map(field => field.join('')).join(''));
  return equalsInConstantTime(signature, signed.digest('base64'));
}
