import {
  patientKeyReader,
  PURPOSES,
  RECORD_ACTIONS,
  type Authority,
  type ExplanationRequest,
} from '#access/index.ts';
import type { Accounts } from '#accounts/index.ts';
import type { Directory, Professional } from '#directory/index.ts';
import { ACR_LADDER } from '#kernel/index.ts';
import { z } from 'zod';
import { invalidFields, readInput } from '../acts/refusals.ts';
import { instantOfParis } from '../paris-time.ts';
import { idField, lineField } from '../people/fields.ts';

export const QUESTION_FIELDS = [
  'account',
  'network',
  'action',
  'purpose',
  'reason',
  'acr',
  'on_behalf_of',
  'at',
  'patient_key',
] as const;

export type TypedQuestion = Partial<Record<(typeof QUESTION_FIELDS)[number], string>>;

const input = z.strictObject({
  /** A login or a `sub`. */
  account: lineField(128),
  network: idField,
  action: z.enum(RECORD_ACTIONS, 'Choisissez une action de la liste.'),
  purpose: z.enum(PURPOSES, 'Choisissez un motif de la liste.').default('normal'),
  reason: lineField(500).optional(),
  acr: z.enum(ACR_LADDER, 'Choisissez un niveau de la liste.').optional(),
  on_behalf_of: lineField(128).optional(),
  /** As typed, in Paris time. */
  at: z.string().transform(instantOfParis).pipe(z.iso.datetime('Écrivez une date et une heure.')).optional(),
  patient_key: patientKeyReader({
    form: 'Écrivez la clé opaque du patient : lettres, chiffres, tirets.',
    ins: 'Ceci est un INS : écrivez la clé opaque du patient.',
  }).optional(),
});

const NOBODY = 'Personne de votre branche n’a cet identifiant.';

/**
 * Reads a typed question. Throws `admin.invalid` (422). SECURITY: who is of another branch is refused as who does not
 * exist, the delegator too; an INS in the place of a key is refused.
 */
export async function readQuestion(
  typed: TypedQuestion,
  authority: Authority,
  deps: { readonly accounts: Accounts; readonly directory: Directory },
): Promise<{ readonly person: Professional; readonly request: ExplanationRequest }> {
  const read = readInput(input, typed);

  async function personOf(field: 'account' | 'on_behalf_of', text: string): Promise<Professional> {
    const account = await deps.accounts.findByLogin(text);
    const person = await deps.directory.professionals.get(account?.id ?? text);
    if (!person || !authority.reaches('decision', 'read', person)) throw invalidFields({ [field]: NOBODY });
    return person;
  }

  const person = await personOf('account', read.account);
  const delegator =
    read.on_behalf_of === undefined ? undefined : await personOf('on_behalf_of', read.on_behalf_of);
  return {
    person,
    request: {
      account: person.id,
      action: read.action,
      network: read.network,
      purpose: read.purpose,
      reason: read.reason,
      acr: read.acr,
      onBehalfOf: delegator?.id,
      atMs: read.at === undefined ? undefined : Date.parse(read.at),
      patientKey: read.patient_key,
    },
  };
}
