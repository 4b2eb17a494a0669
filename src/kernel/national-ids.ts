/**
 * National identifiers of French health: checks of form and of control digit, never a look-up in a register.
 * Persons and structures share prefix digits with different meanings, so they are two types here.
 */

/** What a check answers: the canonical identifier, or why it cannot be one. */
export type Checked<T> =
  | { readonly ok: true; readonly id: T; readonly warnings: readonly IdWarning[] }
  | { readonly ok: false; readonly problem: IdProblem };

/** `prefix_ended`: the prefix once existed (2, 9 for persons) and is no longer issued. */
export type IdProblem = 'format' | 'checksum' | 'prefix_unknown' | 'prefix_ended' | 'oid_unknown';

/** A doubt that does not refuse: FINESS numbers exist whose control digit is wrong (domain §6). */
export type IdWarning = 'finess_checksum';

export type PersonIdKind = 'adeli' | 'cabinet_adeli' | 'finess' | 'siret' | 'cabinet_rpps' | 'rpps';

/** A person's national identifier (`PS_IdNat`, a card's CN, Pro Santé Connect's `SubjectNameID`). */
export interface PersonId {
  readonly subject: 'person';
  readonly kind: PersonIdKind;
  /** With its prefix, in canonical form: what accounts are bound to. */
  readonly value: string;
  /** Without the prefix and the local part. */
  readonly number: string;
  /** The structure's own number of that person, for kinds that are local to a structure. */
  readonly local?: string;
}

export type StructureIdKind = 'cabinet_adeli' | 'finess' | 'siren' | 'siret' | 'cabinet_rpps';

/** A structure's national identifier (`Struct_IdNat`). */
export interface StructureId {
  readonly subject: 'structure';
  readonly kind: StructureIdKind;
  readonly value: string;
  readonly number: string;
}

interface PersonRule {
  readonly kind: PersonIdKind;
  readonly number: (text: string) => Checked<string>;
  readonly hasLocal: boolean;
}

const PERSON_RULES: Readonly<Record<string, PersonRule>> = {
  '0': { kind: 'adeli', number: checkAdeli, hasLocal: false },
  '1': { kind: 'cabinet_adeli', number: checkCabinetAdeli, hasLocal: true },
  '3': { kind: 'finess', number: checkFiness, hasLocal: true },
  '5': { kind: 'siret', number: checkSiret, hasLocal: true },
  '6': { kind: 'cabinet_rpps', number: checkRppsRang, hasLocal: true },
  '8': { kind: 'rpps', number: checkRpps, hasLocal: false },
};

const ENDED_PERSON_PREFIXES: ReadonlySet<string> = new Set(['2', '9']);

const STRUCTURE_RULES: Readonly<
  Record<string, Pick<PersonRule, 'number'> & { readonly kind: StructureIdKind }>
> = {
  '0': { kind: 'cabinet_adeli', number: checkCabinetAdeli },
  '1': { kind: 'finess', number: checkFiness },
  '2': { kind: 'siren', number: checkSiren },
  '3': { kind: 'siret', number: checkSiret },
  '4': { kind: 'cabinet_rpps', number: checkRppsRang },
};

/** A structure's own number of a person: printable, no space, at most 64 characters. The first `/` alone separates. */
const LOCAL_PART = /^[!-~]{1,64}$/u;

/**
 * Verifies the form of a person's national identifier, prefix included (`899700366240`, `3370000481/0042`).
 * Does not verify that the person exists. The local part of a structure is kept as it is written.
 */
export function checkPersonId(text: string): Checked<PersonId> {
  const trimmed = text.trim();
  const prefix = trimmed.slice(0, 1);
  if (ENDED_PERSON_PREFIXES.has(prefix)) return refuse('prefix_ended');
  const rule = ruleOf(PERSON_RULES, prefix);
  if (!rule) return refuse(/^\d/u.test(prefix) ? 'prefix_unknown' : 'format');
  const rest = trimmed.slice(1);
  const slash = rule.hasLocal ? rest.indexOf('/') : rest.length;
  if (slash < 0) return refuse('format');
  const number = rule.number(rest.slice(0, slash));
  if (!number.ok) return number;
  if (!rule.hasLocal) {
    return accept(
      { subject: 'person', kind: rule.kind, value: prefix + number.id, number: number.id },
      number.warnings,
    );
  }
  const local = rest.slice(slash + 1);
  if (!LOCAL_PART.test(local)) return refuse('format');
  const value = `${prefix}${number.id}/${local}`;
  return accept({ subject: 'person', kind: rule.kind, value, number: number.id, local }, number.warnings);
}

/** Verifies the form of a structure's national identifier, prefix included (`1370000481`). */
export function checkStructureId(text: string): Checked<StructureId> {
  const trimmed = text.trim();
  const prefix = trimmed.slice(0, 1);
  const rule = ruleOf(STRUCTURE_RULES, prefix);
  if (!rule) return refuse(/^\d/u.test(prefix) ? 'prefix_unknown' : 'format');
  const number = rule.number(trimmed.slice(1));
  if (!number.ok) return number;
  return accept(
    { subject: 'structure', kind: rule.kind, value: prefix + number.id, number: number.id },
    number.warnings,
  );
}

/** RPPS: 11 digits, Luhn over all 11. */
export function checkRpps(text: string): Checked<string> {
  return checkDigits(text, 11);
}

/** RPPS-rang (a practice): 14 digits, Luhn. */
export function checkRppsRang(text: string): Checked<string> {
  return checkDigits(text, 14);
}

/** ADELI: 9 letters and digits; the register has no control digit that can be relied on. */
export function checkAdeli(text: string): Checked<string> {
  return checkAlphanumerics(text, 9, 9);
}

/** An ADELI practice: the ADELI number, with or without its two-digit rank. */
function checkCabinetAdeli(text: string): Checked<string> {
  return checkAlphanumerics(text, 9, 11);
}

/**
 * FINESS: 9 characters, the department first (`2A` and `2B` in Corsica). A wrong control digit only warns,
 * and Corsican numbers are not checked: no published rule says which digit the letter stands for.
 */
export function checkFiness(text: string): Checked<string> {
  const value = text.trim().toUpperCase();
  if (!/^(?:\d{2}|2[AB])\d{7}$/u.test(value)) return refuse('format');
  return accept(value, /^\d+$/u.test(value) && !isLuhn(value) ? ['finess_checksum'] : []);
}

/** SIREN: 9 digits, Luhn. */
export function checkSiren(text: string): Checked<string> {
  return checkDigits(text, 9);
}

/** La Poste outgrew Luhn: INSEE gives its establishments numbers whose digits add up to a multiple of five. */
const LA_POSTE = '356000000';

/** SIRET: 14 digits, Luhn, La Poste's own rule included. */
export function checkSiret(text: string): Checked<string> {
  const value = text.trim();
  const luhn = checkDigits(value, 14);
  if (luhn.ok || luhn.problem !== 'checksum' || !value.startsWith(LA_POSTE)) return luhn;
  return sumOfDigits(value) % 5 === 0 ? accept(value) : luhn;
}

/** What an INS object identifier says of the number. `test` and `demo` numbers are refused in production. */
export type InsKind = 'nir' | 'nia' | 'test' | 'demo';

/** Every object identifier of the INS (domain §6). */
export const INS_OIDS: Readonly<Record<string, InsKind>> = {
  '1.2.250.1.213.1.4.8': 'nir',
  '1.2.250.1.213.1.4.9': 'nia',
  '1.2.250.1.213.1.4.10': 'test',
  '1.2.250.1.213.1.4.11': 'demo',
};

/** An INS that passed its checks. SECURITY: it identifies a patient; it is hashed with a key at once, never stored or logged. */
export interface Ins {
  readonly kind: InsKind;
  /** 15 characters, key included. */
  readonly value: string;
  readonly oid: string;
}

/** Verifies the form, the key and the OID of an INS (15 characters, spaces allowed). Does not ask the INSi service. */
export function checkIns(value: string, oid: string): Checked<Ins> {
  const kind = ruleOf(INS_OIDS, oid);
  if (!kind) return refuse('oid_unknown');
  const compact = value.replace(/\s+/gu, '').toUpperCase();
  const body = compact.slice(0, 13);
  const key = insKey(body);
  if (key === null || !/^\d{2}$/u.test(compact.slice(13))) return refuse('format');
  return compact.slice(13) === key ? accept({ kind, value: compact, oid }) : refuse('checksum');
}

/**
 * The two-digit key of a 13-character NIR, `97 − (N mod 97)`, or `null` when it is not of that form.
 * In Corsica 2A counts as 19 and 2B as 18, at characters 6 and 7 (domain §6).
 */
export function insKey(body: string): string | null {
  if (!/^[1-8]\d{4}(?:\d{2}|2[AB])\d{6}$/u.test(body)) return null;
  const department = { '2A': '19', '2B': '18' }[body.slice(5, 7)] ?? body.slice(5, 7);
  const number = BigInt(body.slice(0, 5) + department + body.slice(7));
  return String(97n - (number % 97n)).padStart(2, '0');
}

/** Luhn's check over all digits, the last being the control digit (ISO/IEC 7812-1 annex B). */
export function isLuhn(digits: string): boolean {
  let sum = 0;
  for (const [index, digit] of [...digits].reverse().entries()) {
    const weighted = Number(digit) * (index % 2 === 0 ? 1 : 2);
    sum += weighted > 9 ? weighted - 9 : weighted;
  }
  return digits.length > 0 && sum % 10 === 0;
}

function checkDigits(text: string, length: number): Checked<string> {
  const value = text.trim();
  // All zeros satisfy Luhn and name nobody.
  if (value.length !== length || !/^\d+$/u.test(value) || /^0+$/u.test(value)) return refuse('format');
  return isLuhn(value) ? accept(value) : refuse('checksum');
}

function checkAlphanumerics(text: string, shortest: number, longest: number): Checked<string> {
  const value = text.trim().toUpperCase();
  const fits = /^[0-9A-Z]+$/u.test(value) && value.length >= shortest && value.length <= longest;
  return fits ? accept(value) : refuse('format');
}

function sumOfDigits(digits: string): number {
  return [...digits].reduce((sum, digit) => sum + Number(digit), 0);
}

function ruleOf<T>(rules: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(rules, key) ? rules[key] : undefined;
}

function accept<T>(id: T, warnings: readonly IdWarning[] = []): Checked<T> {
  return { ok: true, id, warnings };
}

function refuse(problem: IdProblem): { readonly ok: false; readonly problem: IdProblem } {
  return { ok: false, problem };
}
