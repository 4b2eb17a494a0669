import { AppError } from '#kernel/index.ts';

/** What a handler or channel throws when no retry can help: the delivery is given up at once. Code `notify.undeliverable`. */
export function undeliverable(detail: string): AppError {
  return new AppError({
    code: 'notify.undeliverable',
    status: 502,
    publicMessage: 'Le message ne peut pas être remis.',
    detail,
  });
}

/** A failure that may pass: the delivery is tried again. Code `notify.delivery_failed`. */
export function deliveryFailed(detail: string): AppError {
  return new AppError({
    code: 'notify.delivery_failed',
    status: 502,
    publicMessage: 'Le message n’a pas encore pu être remis.',
    detail,
  });
}

/** The recipient is no plain address (`notify.bad_address`, 400). SECURITY: the address itself is not repeated. */
export function badAddress(): AppError {
  return new AppError({
    code: 'notify.bad_address',
    status: 400,
    publicMessage: 'L’adresse de messagerie n’est pas valable.',
    detail: 'not one plain address',
  });
}

/** A text for a template is too long or holds control characters (`notify.bad_text`, 400). */
export function badText(field: string): AppError {
  return new AppError({
    code: 'notify.bad_text',
    status: 400,
    publicMessage: 'Le contenu du message n’est pas valable.',
    detail: `field ${field}: one line of at most 500 characters without control characters`,
  });
}
