import type { AppError } from '#kernel/index.ts';
import { z } from 'zod';
import { deliveryFailed, undeliverable } from '../errors.ts';
import type { SmsChannel, SmsMessage } from './channel.ts';
import { basic, type SmsAddress } from './sms-url.ts';

/** Well below the claim of a delivery. */
const TIMEOUT_MS = 5_000;
/** More than a gateway needs to say why it refuses. */
const MAX_REFUSAL_BYTES = 16 * 1024;

/**
 * Text messages by HTTP: a gateway that takes `POST {to, text, sender?}` as JSON, or Twilio's Messages API. Any 2xx
 * is taken: "sent" means that the gateway has the message, not that somebody received it. 429, 5xx, a redirection and
 * silence are `notify.delivery_failed` (tried again), another 4xx is `undeliverable`.
 * `timeoutMs`: how long an answer may take.
 */
export function createSmsChannel(options: {
  readonly address: SmsAddress;
  /** Shown as the sender by a gateway; Twilio's is in its address. */
  readonly sender?: string | undefined;
  readonly timeoutMs?: number;
  /** Where Twilio says what has become of a delivery. */
  readonly receiptAddress?: ((delivery: string) => string) | undefined;
}): SmsChannel {
  const { address, sender, receiptAddress, timeoutMs = TIMEOUT_MS } = options;
  const request = address.kind === 'twilio' ? twilioRequest : gatewayRequest;
  return {
    async send(message) {
      const { url, ...init } = request(address as never, message, { sender, receiptAddress });
      let response: Response;
      let text: string;
      try {
        // SECURITY: a redirection would carry the message and the credentials elsewhere.
        const signal = AbortSignal.timeout(timeoutMs);
        response = await fetch(url, { method: 'POST', redirect: 'manual', signal, ...init });
        // What has accepted is believed at its first line: an answer without end is no reason to send again.
        text = response.ok ? '' : await beginningOf(response);
      } catch (error) {
        const isLate = error instanceof Error && error.name === 'TimeoutError';
        throw deliveryFailed(`SMS gateway: ${isLate ? 'no answer in time' : 'not reached'}`);
      }
      await response.body?.cancel().catch(() => undefined);
      if (!response.ok) throw refusal(response.status, text);
    },
  };
}

/** As much of the answer as is read at all; what comes after is left unread. */
async function beginningOf({ body }: Response): Promise<string> {
  if (body === null) return '';
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    size += chunk.byteLength;
    if (size >= MAX_REFUSAL_BYTES) break;
  }
  return Buffer.concat(chunks).toString('utf8', 0, MAX_REFUSAL_BYTES);
}

interface Shown {
  readonly sender: string | undefined;
  readonly receiptAddress: ((delivery: string) => string) | undefined;
}

interface HttpRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

function gatewayRequest(
  { url, authorization }: Extract<SmsAddress, { kind: 'gateway' }>,
  { id, to, text }: SmsMessage,
  { sender }: Shown,
): HttpRequest {
  return {
    url,
    headers: {
      'content-type': 'application/json',
      // The same at every attempt, so that a gateway may drop the second copy.
      'idempotency-key': id,
      ...(authorization !== undefined && { authorization }),
    },
    body: JSON.stringify({ to, text, ...(sender !== undefined && { sender }) }),
  };
}

/** SPEC: https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource */
function twilioRequest(
  { origin, accountSid, token, from }: Extract<SmsAddress, { kind: 'twilio' }>,
  { id, to, text }: SmsMessage,
  { receiptAddress }: Shown,
): HttpRequest {
  const receipt = receiptAddress && { StatusCallback: receiptAddress(id) };
  const sender = /^MG[0-9a-f]{32}$/u.test(from) ? { MessagingServiceSid: from } : { From: from };
  return {
    url: `${origin}/2010-04-01/Accounts/${accountSid}/Messages.json`,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      authorization: basic(accountSid, token),
    },
    body: new URLSearchParams({ To: to, ...sender, Body: text, ...receipt }).toString(),
  };
}

/** Twilio's number for what it refuses; gateways may have the same field. */
const ErrorForm = z.object({ code: z.number().int() });

/** SECURITY: only codes are kept: the text of a gateway repeats the number, and sometimes the message. */
function refusal(status: number, text: string): AppError {
  const code = ErrorForm.safeParse(parseJson(text)).data?.code;
  const detail = `SMS gateway: ${status}${code === undefined ? '' : ` ${code}`}`;
  const isPermanent = status >= 400 && status < 500 && status !== 429;
  return isPermanent ? undeliverable(detail) : deliveryFailed(detail);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
