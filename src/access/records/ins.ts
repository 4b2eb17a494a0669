import { AppError, checkIns } from '#kernel/index.ts';
import { malformed } from '../malformed.ts';

export interface Ins {
  readonly value: string;
  readonly oid: string;
}

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
