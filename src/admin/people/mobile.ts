import { hasUnprovenPhone, type Professional } from '#directory/index.ts';

/*
 * Whose word stands for a mobile: nobody's, once an administrator wrote it, until a code came back from it or the
 * administrator vouches for it (ADR 0015).
 */

/** What an act says of a mobile. */
interface Said {
  /** An empty text takes the number away. */
  readonly phone?: string | undefined;
  readonly phone_verified?: boolean | undefined;
}

/** SECURITY: a number that an administrator wrote is not its owner's by that: it waits for a code, unless they vouch for it. */
export function unprovenPhoneOf(
  phone: string | undefined,
  { phone_verified: isVerified }: Said,
  before?: Professional,
): Pick<Professional, 'unprovenPhone'> {
  if (phone === undefined || isVerified === true) return {};
  if (phone !== before?.phone) return { unprovenPhone: { number: phone } };
  return hasUnprovenPhone(before) && before.unprovenPhone ? { unprovenPhone: before.unprovenPhone } : {};
}

/** True when the act takes somebody's word for a number that no code and nobody's word stood for. */
export function vouches({ phone, phone_verified: isVerified }: Said, before?: Professional): boolean {
  const number = phone ?? before?.phone;
  if (isVerified !== true || number === undefined || number === '') return false;
  return number !== before?.phone || hasUnprovenPhone(before);
}

/** How a service asks people to prove their mobile. */
export interface MobileCheck {
  readonly policy: 'off' | 'offered' | 'required';
  readonly hasSms: boolean;
}

/**
 * What is to be said beside a mobile: nothing of one that is proven; else whether its owner is asked at the next sign-in,
 * has put it off, or is not asked at all.
 */
export function mobileStateOf(
  person: Professional,
  { policy, hasSms }: MobileCheck,
): 'proven' | 'asked' | 'postponed' | 'not_asked' {
  if (!hasUnprovenPhone(person)) return 'proven';
  if (policy === 'off' || !hasSms) return 'not_asked';
  return policy === 'offered' && person.unprovenPhone?.isPostponed ? 'postponed' : 'asked';
}
