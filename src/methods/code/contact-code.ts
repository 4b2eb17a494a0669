import type { SectionValues } from '#config/index.ts';
import type { Clock, Sealer } from '#kernel/index.ts';
import type { Notify } from '#notify/index.ts';
import type { Store } from '#store/index.ts';
import type { Method } from '../method.ts';
import { createCodeMethod } from './index.ts';
import { maskEmail, maskPhone } from './mask.ts';
import type { codeSection } from './section.ts';

/** How people are reached, as far as they may see to it themselves. */
export type ContactField = 'email' | 'phone';

export interface ContactCodeDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly sealer: Sealer;
  readonly notify: Notify;
  readonly settings: SectionValues<typeof codeSection>;
}

/**
 * The code that proves an address or a number: that of sign-in, sent to what was typed instead of what is known, so
 * behind the same guard and bounds. It is no means of signing in, and stands in no registry.
 */
export function createContactCode(
  field: ContactField,
  deps: ContactCodeDeps & {
    /** What waits to be proven, by its owner. */
    readonly pending: (sub: string) => Promise<string | null>;
  },
): Method {
  const { notify, settings, pending } = deps;
  const channel = field === 'email' ? ('email' as const) : ('sms' as const);
  return createCodeMethod({
    ...deps,
    channel: {
      id: `contact-${field}`,
      title: field === 'email' ? 'Nouvelle adresse' : 'Nouveau numéro',
      amr: [],
      acrAsSecond: null,
      button: { label: '', icon: field === 'email' ? 'mail' : 'message' },
      maxPerDay: general => (field === 'email' ? general : Math.min(general, settings.maxSmsPerDay)),
      destinationOf: async person => person && pending(person.account.id),
      isFailing: () => notify.isFailing(channel),
      mask: field === 'email' ? maskEmail : maskPhone,
      async send(to, { code, minutes, givenName, notAfterAt, id }) {
        if (to === null) return;
        await (channel === 'email'
          ? notify.send({
              channel,
              to,
              template: 'contact-code',
              data: { givenName, code, minutes },
              notAfterAt,
              id,
            })
          : notify.send({ channel, to, template: 'contact-code', data: { code, minutes }, notAfterAt, id }));
      },
    },
  });
}
