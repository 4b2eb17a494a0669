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

/** Means that together reach a level, none of them in vain, in the order in which they are asked for. */
export type Way = readonly Method[];

/**
 * The ways by which `required` is reached from `used`, nothing shown before asked for again: the shortest first, among
 * them the one of the least level. Empty when it is reached already, or cannot be.
 */
export function waysTowards(required: Acr, used: readonly Method[], all: readonly Method[]): readonly Way[] {
  const rankWith = (way: Way) => acrRank(levelOf([...used, ...way]));
  const isEnough = (way: Way) => rankWith(way) >= acrRank(required);
  if (isEnough([])) return [];
  const left = all.filter(method => !used.includes(method));
  const alone = left.filter(method => isEnough([method]));
  const others = left.filter(method => !alone.includes(method));
  // A level is that of one means, or of one that follows another: what two do not reach, three do not either.
  const pairs = others
    .flatMap((one, index) => others.slice(index + 1).map(other => [one, other].toSorted(followers)))
    .filter(isEnough);
  const leastFirst = (a: Way, b: Way) => rankWith(a) - rankWith(b);
  return [...alone.map(method => [method]).toSorted(leastFirst), ...pairs.toSorted(leastFirst)];
}

/** The means of which one is enough to reach `required` from `used`, the least first. */
export function meansTowards(
  required: Acr,
  used: readonly Method[],
  all: readonly Method[],
): readonly Method[] {
  return waysTowards(required, used, all).flatMap(way => (way.length === 1 ? way : []));
}

/** Whoever is followed comes before whoever follows: the password, then the code. */
function followers(a: Method, b: Method): number {
  return acrRank(a.acrAsSecond ?? undefined) - acrRank(b.acrAsSecond ?? undefined);
}
