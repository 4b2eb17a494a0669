import type { CopiedRow } from '#store/index.ts';

/**
 * Expiring documents that a backup holds all the same: what is kept for a time that the law says, work under way, and
 * what was noted as lost. All others open something once, or for a while. A collection whose documents expire because
 * they are old, and not because they are dangerous, belongs here.
 */
const KEPT_THOUGH_EXPIRING: ReadonlySet<string> = new Set([
  'access_emergency_uses',
  'admin_bulk_runs',
  'admin_imports',
  'admin_import_lines',
  'admin_import_announcements',
  'admin_webhook_attempts',
  'enrolment_requests',
  // Means that somebody lost stay set aside.
  'method_factor_resets',
]);

/** What waits to be sent, and what a demonstration has “sent”. */
const MESSAGES: ReadonlySet<string> = new Set(['notify_outbox', 'notify_demo_messages']);

/**
 * Whether no backup may bring this document back. SECURITY: sessions, tokens, codes, links, tickets, known devices and
 * confirmations may have been used, ended or revoked since. All of them expire, so the rule is about that, and a new
 * kind of them is covered before anybody thinks of it. By name: messages, which carry such codes
 * and may have left meanwhile, and recovery codes, which may have been used.
 */
export function isVoided({
  collection,
  expiresAt,
  text,
}: Pick<CopiedRow, 'collection' | 'expiresAt' | 'text'>): boolean {
  if (expiresAt !== null) return !KEPT_THOUGH_EXPIRING.has(collection);
  if (MESSAGES.has(collection)) return true;
  return collection === 'method_factors' && isRecovery(text);
}

function isRecovery(text: string): boolean {
  return (JSON.parse(text) as { readonly method?: unknown }).method === 'recovery';
}
