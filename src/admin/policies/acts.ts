import { PURPOSES, type PolicyOffice } from '#access/index.ts';
import type { Accounts } from '#accounts/index.ts';
import { ACR_LADDER, isAppError } from '#kernel/index.ts';
import { z } from 'zod';
import { defineActEvent, type Act } from '../acts/act.ts';
import { conflict, invalidFields } from '../acts/refusals.ts';
import { lineField } from '../people/fields.ts';

const reloadInput = z.strictObject({
  /** The version that was shown: what has changed in the folder since is not put in force unseen. */
  version: z.string().max(64).optional(),
});

/** Resource types whose decisions depend on more than the branch. */
export const TESTED_TYPES = ['patient_record', 'document_area', 'application'] as const;

const explainInput = z.strictObject({
  /** A login or a `sub`. */
  account: lineField(128),
  type: z.enum(TESTED_TYPES, 'Choisissez une ressource de la liste.'),
  id: lineField(128),
  action: lineField(64),
  network: lineField(128).optional(),
  acr: z.enum(ACR_LADDER, 'Choisissez un niveau de la liste.').optional(),
  purpose: z.enum(PURPOSES, 'Choisissez un motif de la liste.').optional(),
  reason: lineField(500).optional(),
});

type Explain = z.output<typeof explainInput>;

export interface PolicyActs {
  /** Puts the rules of the folder in force, if they pass their own decision table. */
  readonly reload: Act<z.output<typeof reloadInput>, { readonly version: string }>;
  /** What would be decided now, and why. It tells of a patient’s consents, so it leaves a trace. */
  readonly explain: Act<Explain, { readonly text: string }>;
}

export function createPolicyActs(deps: {
  readonly policyOffice: PolicyOffice;
  readonly accounts: Accounts;
}): PolicyActs {
  const { policyOffice, accounts } = deps;

  async function subOf(typed: string): Promise<string> {
    if ((await accounts.loginOf(typed)) !== null) return typed;
    const account = await accounts.findByLogin(typed);
    if (!account) throw invalidFields({ account: 'Aucun compte ne porte cet identifiant.' });
    return account.id;
  }

  return {
    reload: {
      name: 'policy.reload',
      type: 'policy',
      action: 'reload',
      title: 'Recharger les règles d’accès',
      event: defineActEvent('admin.policy.reloaded', 'Règles d’accès rechargées'),
      schema: reloadInput,
      about: () => ({ id: '*' }),
      async plan({ version: seen }, { actor }) {
        const before = policyOffice.current().version;
        const { version } = await policyOffice.candidate().catch(refusePolicy);
        if (seen !== undefined && seen !== version)
          throw conflict('admin.changed_meanwhile', {
            publicMessage: 'Les fichiers ont changé depuis que vous les avez vus.',
            hint: 'Rouvrez la page pour voir ce qui changerait maintenant.',
          });
        return {
          target: version,
          changes: before === version ? {} : { version: [before, version] },
          async apply() {
            if (before === version) return { version };
            const policy = await policyOffice.load(actor).catch(refusePolicy);
            return { version: policy.version };
          },
        };
      },
    },

    explain: {
      name: 'policy.explain',
      type: 'policy',
      action: 'test',
      title: 'Essayer une décision',
      event: defineActEvent('admin.policy.decision_tried', 'Décision essayée'),
      schema: explainInput,
      about: () => ({ id: '*' }),
      async plan({ account, type, id, action, network, ...context }) {
        const sub = await subOf(account);
        const request = {
          subject: { type: 'account', id: sub },
          action: { name: action },
          resource: { type, id, ...(network !== undefined && { properties: { network } }) },
          context,
        };
        const text = await policyOffice.explain(request).catch((error: unknown) => {
          if (!isAppError(error, 'access.malformed_request')) throw error;
          // SECURITY: what was typed is not repeated: it may be an identity that has no place here.
          throw invalidFields({ id: 'Écrivez la clé opaque du patient, ou l’identifiant de l’application.' });
        });
        return {
          account: sub,
          target: `${type} ${id}`,
          changes: { tried: [null, action] },
          apply: async () => ({ text }),
        };
      },
    },
  };
}

/** INVARIANT: a folder that cannot be loaded changes nothing: the rules in force stay. */
function refusePolicy(error: unknown): never {
  if (!isAppError(error, 'access.policy_invalid')) throw error;
  throw conflict('admin.policy_invalid', {
    publicMessage: 'Les règles du dossier contiennent des erreurs : celles en vigueur restent.',
    hint: 'Essayez les règles du dossier pour lire chaque erreur.',
  });
}
