/** The ladder of levels, lowest first (contract §6). A level is compared by rank, never as text. */
export const ACR = {
  pwd: 'urn:trousseau:acr:pwd',
  code: 'urn:trousseau:acr:code',
  mfa: 'urn:trousseau:acr:mfa',
  card: 'urn:trousseau:acr:card',
} as const;

export type Acr = (typeof ACR)[keyof typeof ACR];

/** Lowest first. */
export const ACR_LADDER: readonly Acr[] = [ACR.pwd, ACR.code, ACR.mfa, ACR.card];

/** Pro Santé Connect's name for its level: the same as a card here. */
const ALIASES: Readonly<Record<string, Acr>> = { eidas1: ACR.card };

/** The ladder's own name of a level, or `undefined` for a level nobody knows. */
export function normaliseAcr(acr: string | undefined): Acr | undefined {
  if (acr === undefined) return undefined;
  return Object.hasOwn(ALIASES, acr) ? ALIASES[acr] : ACR_LADDER.find(known => known === acr);
}

/** 1 (password) to 4 (card); 0 for none and for unknown, so that an unknown level never satisfies anything. */
export function acrRank(acr: string | undefined): number {
  const normal = normaliseAcr(acr);
  return normal === undefined ? 0 : ACR_LADDER.indexOf(normal) + 1;
}
