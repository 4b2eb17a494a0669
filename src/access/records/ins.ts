import { AppError, checkIns, INS_OIDS } from '#kernel/index.ts';
import { malformed } from '../malformed.ts';

export interface Ins {
  readonly value: string;
  readonly oid: string;
}

/** True for what somebody typed as an INS, right or wrong, with or without its key: it is no patient key then. */
export const isTypedIns = (text: string): boolean =>
  /^[1-8]\d{4}(?:\d{2}|2[AB])\d{6}(?:\d{2})?$/iu.test(compact(text));

const compact = (text: string): string => text.replaceAll(/[\s._-]/gu, '');

/** The INS under each OID that is taken here, for somebody who types it without one. Throws as `canonicalIns`. */
export const canonicalInsOfAnyKind = (text: string, mode: 'demo' | 'production'): readonly string[] =>
  Object.entries(INS_OIDS)
    .filter(([, kind]) => mode === 'demo' || kind === 'nir' || kind === 'nia')
    .map(([oid]) => canonicalIns({ value: compact(text), oid }, mode));

/**
 * One same text for one same INS, however it was typed. SECURITY: for the keyed hash only; no error quotes it. Throws
 * `access.malformed_request` (400) for an INS that fails its checks, `access.test_ins_refused` (400) in production.
 */
export function canonicalIns({ value, oid }: Ins, mode: 'demo' | 'production'): string {
  const checked = checkIns(value, oid);
  if (!checked.ok) {
    const isOid = checked.problem === 'oid_unknown';
    throw isOid
      ? malformed('ins.oid', 'invalid_value', 'Attendu : un OID de l’INS.')
      : malformed('ins.value', 'invalid_format', 'Attendu : un INS, clé comprise.');
  }
  const { id: ins } = checked;
  if (mode === 'production' && (ins.kind === 'test' || ins.kind === 'demo'))
    throw new AppError({
      code: 'access.test_ins_refused',
      status: 400,
      publicMessage: 'Un INS de test ou de démonstration n’est pas accepté en production.',
      errors: [{ path: 'ins.oid', code: 'invalid_value', message: 'Attendu : un OID de production.' }],
    });
  return `${ins.oid}\n${ins.value}`;
}
