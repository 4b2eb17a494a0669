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

/** The recipient is no telephone number in international form, or of no country that is served (`notify.bad_number`, 400). SECURITY: the number itself is not repeated. */
export function badNumber(): AppError {
  return new AppError({
    code: 'notify.bad_number',
    status: 400,
    publicMessage: 'Le numéro de téléphone n’est pas valable.',
    detail: 'not a number in international form of a country that is served',
  });
}

/** Nothing carries text messages here (`notify.sms_off`, 503). */
export function smsOff(): AppError {
  return new AppError({
    code: 'notify.sms_off',
    status: 503,
    publicMessage: 'Les SMS ne sont pas disponibles.',
    detail: 'no TROUSSEAU_SMS_URL',
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
