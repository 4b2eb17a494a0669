import type { AuditLine } from '#audit/index.ts';
import { changesIn } from '../trail/changes.ts';
import { placeOfWord } from '../people/membership-acts.ts';

/** Kinds of events that are told outside, and how an administrator reads them. Names are stable: receivers rely on them. */
export const WEBHOOK_KINDS = {
  'account.opened': 'Compte ouvert',
  'account.suspended': 'Compte suspendu',
  'account.reactivated': 'Compte réactivé',
  'account.closed': 'Compte fermé',
  'membership.given': 'Profil donné',
  'membership.changed': 'Dates d’un profil modifiées',
  'membership.removed': 'Profil retiré',
  'password.changed': 'Mot de passe changé',
  'password.reset': 'Mot de passe réinitialisé',
  'means.added': 'Moyen de connexion ajouté',
  'means.removed': 'Moyen de connexion retiré',
  'means.reset': 'Moyens de connexion mis de côté après une perte',
  'session.ended': 'Session fermée',
  'terms.accepted': 'Règlement accepté',
  'terms.published': 'Version du règlement publiée',
} as const;

export type WebhookKind = keyof typeof WEBHOOK_KINDS;

/** Sent by hand from the page; never subscribed to. */
export const TEST_KIND = 'webhook.test';

const KIND_OF: Readonly<Record<string, WebhookKind>> = {
  // Whoever opened it: a page, a file, the API, SCIM or the region file.
  'accounts.account.created': 'account.opened',
  'accounts.account.suspended': 'account.suspended',
  'admin.account.suspended': 'account.suspended',
  'admin.account.reactivated': 'account.reactivated',
  'admin.account.closed': 'account.closed',
  'portal.account.left': 'account.closed',
  'admin.membership.given': 'membership.given',
  'admin.membership.attached': 'membership.given',
  'admin.membership.changed': 'membership.changed',
  'admin.membership.removed': 'membership.removed',
  'accounts.password.changed': 'password.changed',
  'admin.password.reset': 'password.reset',
  'methods.factor.added': 'means.added',
  'methods.factor.removed': 'means.removed',
  'admin.factors.reset': 'means.reset',
  'oidc.session.ended': 'session.ended',
  'accounts.terms.accepted': 'terms.accepted',
  'accounts.terms.published': 'terms.published',
};

/** What happened, as it is told. SECURITY: opaque ids and codes only; no name, no address, no text that was typed. */
export interface WebhookEvent {
  /** The same each time that this event is sent. */
  readonly id: string;
  readonly kind: WebhookKind;
  /** ISO 8601. */
  readonly at: string;
  readonly data: Readonly<Record<string, string>>;
}

/** An event on its way, or one that only tries the receiver. */
export interface Told extends Omit<WebhookEvent, 'kind'> {
  readonly kind: WebhookKind | typeof TEST_KIND;
}

/** The event that a line of the trail stands for; `null` for what is not told outside, or did not happen. */
export function eventOf(line: AuditLine): WebhookEvent | null {
  const kind = KIND_OF[line.type];
  if (kind === undefined || line.outcome !== 'success') return null;
  const { version, reason, method } = line.data ?? {};
  const data: Record<string, string | undefined> = {
    account: line.account,
    actor: line.actor,
    ...(kind.startsWith('terms.') && { version: textOf(version) }),
    ...((kind === 'session.ended' || kind === 'password.changed') && { reason: codeOf(reason) }),
    ...((kind === 'means.added' || kind === 'means.removed') && { method: textOf(method) }),
    ...(kind.startsWith('membership.') && membershipOf(line)),
  };
  const known = Object.entries(data).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { id: `${line.chain}.${line.seq}`, kind, at: line.at, data: Object.fromEntries(known) };
}

/** As it is afterwards; for one that was taken away, as it was. */
function membershipOf(line: AuditLine) {
  const pair = changesIn(line)?.['membership'];
  const [before, after]: unknown[] = Array.isArray(pair) ? pair : [];
  return placeOfWord(after) ?? placeOfWord(before) ?? {};
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : undefined);
/** Why, in a word of ours; a reason that a person typed is not told. */
const codeOf = (value: unknown) =>
  typeof value === 'string' && /^[a-z][a-z_]{0,60}$/u.test(value) ? value : undefined;
