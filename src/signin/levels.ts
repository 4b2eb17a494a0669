import { ACR, ACR_LADDER, acrRank, type Acr } from '#kernel/index.ts';
import type { Method } from '#methods/index.ts';

/** The level that a set of means has earned together; `undefined` for none. */
export function levelOf(methods: readonly Method[]): Acr | undefined {
  const earned = methods.flatMap(method => {
    const follows = methods.some(other => other.factor !== method.factor && other.acrAlone !== null);
    return [method.acrAlone, follows ? method.acrAsSecond : null];
  });
  const rank = Math.max(0, ...earned.map(acr => acrRank(acr ?? undefined)));
  return ACR_LADDER[rank - 1];
}

/**
 * RFC 8176 values of a set of means, each once. `mfa` stands only where the level is one: a password and a code by
 * e-mail are two steps and not two factors (CNIL 2025, domain §3), and a relying party may look at `amr` alone.
 */
export function amrOf(methods: readonly Method[]): readonly string[] {
  const isMultiFactor =
    acrRank(levelOf(methods)) >= acrRank(ACR.mfa) && new Set(methods.map(({ factor }) => factor)).size > 1;
  return [...new Set([...methods.flatMap(({ amr }) => amr), ...(isMultiFactor ? ['mfa'] : [])])];
}

/** The means that, added to `used`, reach `required`: what a step-up may ask for, the least of them first. */
export function meansTowards(
  required: Acr,
  used: readonly Method[],
  all: readonly Method[],
): readonly Method[] {
  const rankWith = (method: Method) => acrRank(levelOf([...used, method]));
  return all
    .filter(method => !used.includes(method) && rankWith(method) >= acrRank(required))
    .toSorted((a, b) => rankWith(a) - rankWith(b));
}
