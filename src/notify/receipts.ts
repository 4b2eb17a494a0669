import { readBody } from '#http/index.ts';
import { AppError } from '#kernel/index.ts';
import Router from '@koa/router';
import type { SmsAddress } from './channels/sms-url.ts';
import { isFromTwilio } from './channels/twilio-signature.ts';
import type { Receipt } from './outbox-store.ts';
import type { Outbox } from './outbox.ts';

const PATH = '/notify/twilio/status';
const MAX_BYTES = 16_384;

/** What Twilio says at the end of a message. Anything before (`queued`, `sent`) changes nothing here. */
const ENDS: Readonly<Record<string, Receipt['state']>> = {
  delivered: 'delivered',
  undelivered: 'undelivered',
  failed: 'failed',
};

/** Where Twilio tells what has become of a message; `undefined` when it could not reach it (a demonstration). */
export function receiptAddress(issuer: string, address: SmsAddress | undefined) {
  if (address?.kind !== 'twilio') return undefined;
  // Twilio refuses a message whose address it cannot call: in clear only to a gateway beside us, in tests.
  if (!issuer.startsWith('https:') && !address.origin.startsWith('http:')) return undefined;
  return (delivery: string) => `${issuer}${PATH}?${new URLSearchParams({ delivery })}`;
}

/**
 * `POST /notify/twilio/status?delivery=…`: what has become of a text message, noted on its delivery; one that reached
 * nobody stands among those given up, with Twilio's code. 204 also when the delivery is known no more, or the word came
 * before; 403 `notify.bad_signature` to whoever is not Twilio.
 */
export function createReceiptRoutes(deps: {
  readonly issuer: string;
  readonly address: SmsAddress | undefined;
  readonly outbox: Pick<Outbox, 'acknowledge'>;
}): Router {
  const { issuer, address, outbox } = deps;
  const routes = new Router();
  if (address?.kind !== 'twilio') return routes;
  routes.post(PATH, async ctx => {
    const fields = new URLSearchParams(await readBody(ctx, MAX_BYTES));
    const signature = ctx.get('X-Twilio-Signature');
    // SECURITY: the address that Twilio was given, never one that the request names by its headers.
    const url = `${issuer}${ctx.url}`;
    if (!isFromTwilio({ url, fields, signature }, address.token)) throw badSignature();
    const state = ENDS[fields.get('MessageStatus') ?? ''];
    const delivery = new URLSearchParams(ctx.querystring).get('delivery');
    const code = /^\d{1,6}$/u.exec(fields.get('ErrorCode') ?? '')?.[0];
    if (state && delivery)
      await outbox.acknowledge(delivery, { state, ...(code === undefined ? {} : { code }) });
    ctx.status = 204;
  });
  return routes;
}

function badSignature(): AppError {
  return new AppError({
    code: 'notify.bad_signature',
    status: 403,
    publicMessage: 'Cette demande n’est pas signée.',
  });
}
