import type { Accounts } from '#accounts/index.ts';
import type { Directory } from '#directory/index.ts';
import type { FactorOffice, Holder, Seed, Tokens } from '#methods/index.ts';
import { z } from 'zod';
import { defineActEvent, type Act } from '../acts/act.ts';
import { conflict, invalidFields, notFound } from '../acts/refusals.ts';
import { idField } from '../people/fields.ts';

/** More than a box of them. */
export const MOST_SEEDS = 5_000;

const serialField = z.string().trim().min(1).max(40);
const importInput = z.strictObject({ seeds: z.array(z.custom<Seed>()).min(1).max(MOST_SEEDS) });
const handedInput = z.strictObject({ sub: idField, serial: serialField });

type Handed = z.output<typeof handedInput>;

export interface TokenActs {
  readonly import: Act<z.output<typeof importInput>, { readonly added: number }>;
  readonly give: Act<Handed, void>;
  readonly takeBack: Act<Handed, void>;
}

/** The calculettes of the region. SECURITY: a seed is in no trace, no page and no answer. */
export function createTokenActs(deps: {
  readonly tokens: Tokens;
  readonly office: FactorOffice;
  readonly accounts: Accounts;
  readonly directory: Directory;
}): TokenActs {
  const { tokens, office, accounts, directory } = deps;

  async function holderOf(sub: string): Promise<Holder> {
    const [account, professional] = await Promise.all([accounts.get(sub), directory.professionals.get(sub)]);
    if (!account || !professional) throw notFound();
    return { account, professional };
  }

  return {
    import: {
      name: 'tokens.import',
      type: 'means',
      action: 'update',
      title: 'Importer des calculettes',
      event: defineActEvent('admin.tokens.imported', 'Calculettes importées'),
      schema: importInput,
      about: () => ({ id: 'totp' }),
      async plan({ seeds }) {
        return {
          changes: { tokens: [null, `${seeds.length} dans le fichier`] },
          apply: async () => ({ added: await tokens.add(seeds) }),
        };
      },
    },

    give: {
      name: 'tokens.give',
      type: 'account',
      action: 'reset',
      title: 'Remettre une calculette',
      event: defineActEvent('admin.token.given', 'Calculette remise'),
      schema: handedInput,
      about: ({ sub }) => ({ id: sub }),
      async plan({ sub, serial }, { actor, source = '' }) {
        const holder = await holderOf(sub);
        const token = await tokens.get(serial);
        if (!token) throw invalidFields({ serial: 'Aucune calculette de ce numéro n’est en stock.' });
        if (token.account !== null) throw given();
        return {
          account: sub,
          changes: { token: [null, serial] },
          async apply() {
            // Handed over in person, whoever had it before: no cool-down but that of a loss under way.
            const factor = await tokens.give(serial, sub, await office.countsAt(holder, true));
            if (!factor) throw given();
            await office.added({ holder, source, actor }, factor);
          },
        };
      },
    },

    takeBack: {
      name: 'tokens.take_back',
      type: 'account',
      action: 'reset',
      title: 'Reprendre une calculette',
      event: defineActEvent('admin.token.taken_back', 'Calculette reprise'),
      schema: handedInput,
      about: ({ sub }) => ({ id: sub }),
      async plan({ sub, serial }) {
        const token = await tokens.get(serial);
        if (token?.account !== sub) throw notFound();
        return {
          account: sub,
          changes: { token: [serial, null] },
          apply: async () => void (await tokens.takeBack(serial)),
        };
      },
    },
  };
}

function given() {
  return conflict('admin.token_given', {
    publicMessage: 'Cette calculette est déjà remise à quelqu’un, ou la personne en a déjà trop.',
    hint: 'Reprenez-la d’abord, ou choisissez-en une autre.',
  });
}
