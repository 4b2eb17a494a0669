/** One plain address. SECURITY: nothing that could end a header, add a recipient or a display name. */
const ADDRESS = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[\p{L}\d](?:[\p{L}\d.-]{0,251}[\p{L}\d])?$/u;

/** True for one plain address that a mail may be sent to. */
export function isMailAddress(text: string): boolean {
  return text.length <= 254 && ADDRESS.test(text) && !text.includes('..');
}

/** The same as people give it: with a domain that has a dot in it. */
export function isCompleteAddress(text: string): boolean {
  return isMailAddress(text) && text.includes('.', text.indexOf('@'));
}

/** SPEC: French numbering plan, and numbers of elsewhere in E.164. Resolves to the international form, or `null`. */
export function readPhone(text: string): string | null {
  const digits = text.replace(/[\s().-]/gu, '').replace(/^00/u, '+');
  if (/^0[1-9]\d{8}$/u.test(digits)) return `+33${digits.slice(1)}`;
  return /^\+[1-9]\d{7,14}$/u.test(digits) ? digits : null;
}

/** A number as people write it: the ten digits of a French one in pairs, any other in its international form. */
export function writePhone(number: string): string {
  const [, national] = /^\+33([1-9]\d{8})$/u.exec(number) ?? [];
  return national === undefined ? number : `0${national}`.replace(/\d{2}(?=\d)/gu, '$& ');
}
