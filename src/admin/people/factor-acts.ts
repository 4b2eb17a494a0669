import type { Accounts } from '#accounts/index.ts';
import type { Directory } from '#directory/index.ts';
import type { FactorOffice, FactorReset } from '#methods/index.ts';
import { z } from 'zod';
import { actorOf, defineActEvent, type Act } from '../acts/act.ts';
import { conflict, notFound } from '../acts/refusals.ts';
import { idField } from './fields.ts';

const whom = z.strictObject({ sub: idField });

export interface FactorActs {
  /**
   * Notes the loss of what somebody enrolled: it stops proving anything at once, and what is enrolled next counts after
   * the cool-down. The person is told by mail now and at the end, and may take it back meanwhile.
   */
  readonly reset: Act<z.output<typeof whom>, FactorReset>;
}

export function createFactorActs(deps: {
  readonly directory: Directory;
  readonly accounts: Accounts;
  readonly office: FactorOffice;
  readonly endSessions: (sub: string, reason: string) => Promise<number>;
}): FactorActs {
  const { directory, accounts, office, endSessions } = deps;
  return {
    reset: {
      name: 'account.reset_factors',
      type: 'account',
      action: 'reset',
      title: 'Noter la perte des moyens de connexion',
      event: defineActEvent('admin.factors.reset', 'Perte des moyens de connexion notée'),
      schema: whom,
      about: ({ sub }) => ({ id: sub }),
      async plan({ sub }, { administrator }) {
        const person = await directory.professionals.get(sub);
        if (!person) throw notFound();
        if ((await accounts.loginOf(sub)) === null) throw withoutAccount();
        // SECURITY: without a mail nobody could take back what a false call to the support has obtained.
        if (person.email === undefined) throw withoutEmail();
        return {
          account: sub,
          changes: { factors: ['en vigueur', 'mis de côté'] },
          async apply() {
            const reset = await office.beginReset(person, actorOf(administrator));
            // ORDER: from then on no lost device opens a session; then those that it may have opened end.
            await endSessions(sub, 'factors_reset');
            return reset;
          },
        };
      },
    },
  };
}

function withoutAccount() {
  return conflict('admin.no_account', {
    publicMessage: 'Cette personne n’a pas de compte de connexion.',
    hint: 'Ouvrez-lui d’abord un compte.',
  });
}

function withoutEmail() {
  return conflict('admin.email_missing', {
    publicMessage: 'Cette personne n’a pas d’adresse électronique : elle ne pourrait pas être prévenue.',
    hint: 'Ajoutez d’abord son adresse.',
  });
}
