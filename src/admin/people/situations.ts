import type { Accounts } from '#accounts/index.ts';
import type { CatalogueEntry } from './catalogue.ts';

/** Lists of people who need a look. The value stands in addresses. */
export const SITUATIONS = [
  { value: 'leaver', label: 'Partis : plus aucun profil, le dernier terminé depuis moins de 90 jours' },
  { value: 'dormant-90', label: 'Comptes sans connexion depuis 90 jours' },
  { value: 'dormant-180', label: 'Comptes sans connexion depuis 180 jours' },
  { value: 'dormant-365', label: 'Comptes sans connexion depuis un an' },
  { value: 'no-account', label: 'Sans compte de connexion' },
] as const;

const DAY_MS = 86_400_000;
const LEAVER_MS = 90 * DAY_MS;

/** Who is in that situation now; `undefined` for none asked for, and for an unknown one. */
export async function situationOf(
  situation: string | undefined,
  { accounts, nowMs }: { readonly accounts: Accounts; readonly nowMs: number },
): Promise<((entry: CatalogueEntry) => boolean) | undefined> {
  if (situation === 'leaver') return entry => hasLeft(entry, nowMs);
  if (situation === 'no-account') return ({ login, status }) => login === null && status !== 'closed';
  const days = Number(/^dormant-(90|180|365)$/u.exec(situation ?? '')?.[1] ?? 0);
  return days === 0 ? undefined : dormant({ accounts, nowMs, days });
}

/** An open account whose every profile is over, the last of them for 90 days at most. */
function hasLeft({ status, memberships }: CatalogueEntry, nowMs: number): boolean {
  if (status !== 'active' || memberships.length === 0) return false;
  const lastMs = Math.max(...memberships.map(({ toMs }) => toMs ?? Infinity));
  return lastMs <= nowMs && lastMs > nowMs - LEAVER_MS;
}

/** An active account, opened before that time and not signed in to since. */
export async function dormant({
  accounts,
  nowMs,
  days,
}: {
  readonly accounts: Accounts;
  readonly nowMs: number;
  readonly days: number;
}): Promise<(entry: CatalogueEntry) => boolean> {
  const active = await accounts.activity.activeSince(days);
  const beforeMs = nowMs - days * DAY_MS;
  return ({ sub, status, openedAtMs }) =>
    status === 'active' && openedAtMs !== undefined && openedAtMs < beforeMs && !active.has(sub);
}
