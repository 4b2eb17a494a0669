import type { Organisation } from './types.ts';

/** Deeper than any region: ends a circle of parents as well. */
const MAX_DEPTH = 20;

/**
 * The path of the logo to show for an organisation: its own, or the nearest above it (a service shows that of its
 * establishment). `undefined` without any.
 */
export async function logoPathFor(
  organisations: { get(id: string): Promise<Organisation | null> },
  id: string | undefined,
): Promise<string | undefined> {
  let at = id;
  for (let depth = 0; at !== undefined && depth < MAX_DEPTH; depth += 1) {
    const organisation: Organisation | null = await organisations.get(at);
    if (organisation?.logo !== undefined) return pathOfLogo(organisation.logo);
    at = organisation?.parent;
  }
  return undefined;
}

/** Where a logo is served, on our own site; `hash` as organisations name it. */
export function pathOfLogo(hash: string): string {
  return `/logos/${hash}.png`;
}
