import { z } from 'zod';
import { instant, windowFields } from '../records/instants.ts';
import { holdsIns, noticeReader, patientKeySchema } from '../records/keys.ts';
import { traitsSchema } from '../records/traits.ts';
import { RCP_ROLES } from '../vocabulary.ts';

/** The bodies of the consent endpoints (contract §7). Strict: a misspelt member is refused, not forgotten. */

export const idSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,128}$/u, 'Attendu : 1 à 128 caractères parmi A-Z, a-z, 0-9, _ et -.');

/** The name of a session is the application's own. SECURITY: it is kept and logged, so an INS is refused. */
export const sessionIdSchema = idSchema.refine(id => !holdsIns(id), 'Attendu : un identifiant, pas un INS.');

/** What somebody writes of a proof or of a witness. SECURITY: sealed in the store, and given back; never with an INS. */
const written = (most: number) =>
  z
    .string()
    .max(most, `Attendu : ${most} caractères au plus.`)
    .refine(text => !holdsIns(text), 'Attendu : un texte sans INS.');

const METHODS = ['papier', 'oral', 'en_ligne', 'carte_vitale'] as const;

const collected = {
  /** The account that collected it. */
  by: idSchema,
  method: z.enum(METHODS),
  at: instant,
  /** Where the proof is kept. */
  document: written(500).optional(),
  /** The person's sign-in, when the application knows it. */
  sid: z.string().min(1).max(256).optional(),
  acr: z.string().min(1).max(256).optional(),
  network: idSchema.optional(),
};

/** Of an act on a record, which may have been said before somebody. */
const act = {
  ...collected,
  witness: written(200).min(1, 'Attendu : un texte non vide.').optional(),
};

const isOralIfWitnessed = ({ method, witness }: { method: string; witness?: string | undefined }) =>
  witness === undefined || method === 'oral';

const oralIfWitnessed = {
  path: ['witness'],
  message: 'Attendu : un témoin pour un recueil oral seulement.',
};

/** From when, else from the act on. */
const isOrdered = ({ from, to, at }: { from?: number | undefined; to?: number | undefined; at?: number }) =>
  to === undefined || to > (from ?? at ?? -Infinity);

const ordered = { path: ['to'], message: 'Attendu : un instant après « from », ou après « at » sans lui.' };

export const actBody = z.strictObject(act).refine(isOralIfWitnessed, oralIfWitnessed);

export const informationBody = z
  .strictObject({
    ...act,
    /** The version of the notice that was given. */
    notice: noticeReader({
      form: 'Attendu : le nom d’une version, une ligne de 1 à 128 caractères.',
      ins: 'Attendu : le nom d’une version, pas un INS.',
    }).optional(),
  })
  .refine(isOralIfWitnessed, oralIfWitnessed);

/** `by`, `method` and `at` default to the creator, on line, now: the act is the application's own. */
export const creatorBody = z
  .strictObject({
    ...act,
    account: idSchema,
    by: idSchema.optional(),
    method: z.enum(METHODS).default('en_ligne'),
    at: instant.optional(),
  })
  .refine(isOralIfWitnessed, oralIfWitnessed);

export const entryBody = z
  .strictObject({ ...act, ...windowFields })
  .refine(isOrdered, ordered)
  .refine(isOralIfWitnessed, oralIfWitnessed);

const target = { account: idSchema.optional(), organisation: idSchema.optional() };

const isOneTarget = ({
  account,
  organisation,
}: {
  account?: string | undefined;
  organisation?: string | undefined;
}) => account === undefined || organisation === undefined;

const oneTarget = 'Attendu : « account », « organisation », ou aucun des deux.';

/** Neither account nor organisation: everybody. */
export const oppositionBody = z
  .strictObject({
    ...act,
    ...target,
    emergency: z.boolean().default(false),
    ...windowFields,
  })
  .refine(isOrdered, ordered)
  .refine(isOneTarget, oneTarget)
  .refine(isOralIfWitnessed, oralIfWitnessed);

/** The opposition of that id, or those of that target. */
export const liftBody = z
  .strictObject({ ...act, ...target, id: idSchema.optional() })
  .refine(isOneTarget, oneTarget)
  .refine(isOralIfWitnessed, oralIfWitnessed);

export const rcpSessionBody = z
  .strictObject({
    ...collected,
    ...windowFields,
    patients: z.array(patientKeySchema).max(1000, 'Attendu : 1 000 patients au plus.'),
    participants: z
      .array(z.strictObject({ account: idSchema, role: z.enum(RCP_ROLES) }))
      .max(1000, 'Attendu : 1 000 participants au plus.'),
    /** Who may enter patients in it, where the network leaves that to the 3C (`rcp_registration`). */
    registrants: z.array(idSchema).max(1000, 'Attendu : 1 000 comptes au plus.').optional(),
  })
  .refine(({ from, to }) => isOrdered({ from, to }), ordered);

const { network: _network, ...removal } = collected;

export const removalBody = z.strictObject(removal);

/** SECURITY: what stands here names a patient; it is hashed at once, and no message ever quotes it. */
export const patientKeyBody = z
  .strictObject({
    ins: z.strictObject({ value: z.string().max(64), oid: z.string().max(64) }).optional(),
    traits: traitsSchema.optional(),
  })
  .transform(({ ins, traits }, { addIssue }) => {
    if (ins !== undefined && traits === undefined) return { ins };
    if (traits !== undefined && ins === undefined) return { traits };
    addIssue({ code: 'custom', message: 'Attendu : « ins » ou « traits », l’un des deux.' });
    return z.NEVER;
  });

export const linkBody = z.strictObject({
  ...collected,
  keys: z.array(patientKeySchema).length(2, 'Attendu : deux clés.'),
});
