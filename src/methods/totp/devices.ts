import type { FactorKind, Factors } from '../factors.ts';
import type { TotpData } from './codes.ts';

/** How many devices with codes one account has at most. */
export const MOST_TOTP = 5;

/** The factors of this means: what a person's application holds, and the calculettes that were given out. */
export function totpFactors(factors: Factors): FactorKind<TotpData> {
  return factors.kind<TotpData>('totp', MOST_TOTP);
}
