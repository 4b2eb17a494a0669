import type { Sealer } from '#kernel/index.ts';
import { sealedFieldsOf, sealedPlace, type StoredRow, type StoredRows } from '#store/index.ts';

/** What stands in the place of a field that nobody can open any more; `undefined`: nothing. */
type Replacement = string | readonly [] | typeof LOST_PASSWORD | undefined;
const LOST_PASSWORD = Symbol('a password that nobody has');

/**
 * What becomes of documents with fields that cannot be opened: some fields can be done without, other documents are
 * worth nothing. A collection that is not here is left alone. Every collection with sealed fields has a line.
 */
export const LOSSES: Readonly<Record<string, 'removed' | Readonly<Record<string, Replacement>>>> = {
  // Their owners choose another password by the link of /forgotten.
  accounts: { passwordHash: LOST_PASSWORD, passwordHistory: [] },
  // Decisions are made of the rest; who told what and when stands in the trail.
  access_records: { history: [] },
  access_key_links: { document: undefined },
  access_rcp_sessions: { proofs: undefined },
  access_emergency_uses: { reasons: [], words: undefined },
  // An empty secret is a retired one: a new version makes the keys, and what is known stays known.
  access_key_secrets: { secret: '' },
  admin_api_requests: 'removed',
  admin_import_lines: 'removed',
  admin_webhooks: 'removed',
  application_trials: 'removed',
  audit_keys: 'removed',
  card_tickets: 'removed',
  contact_changes: 'removed',
  contact_objections: 'removed',
  enrolment_proof_parts: 'removed',
  enrolment_requests: 'removed',
  enrolment_tickets: 'removed',
  method_factors: 'removed',
  method_offers: 'removed',
  method_tokens: 'removed',
  method_upstream_departures: 'removed',
  method_upstream_sessions: 'removed',
  method_upstream_transactions: 'removed',
  notify_demo_messages: 'removed',
  notify_outbox: 'removed',
  oidc_interactions: 'removed',
  oidc_signing_keys: 'removed',
  signed_form_parts: 'removed',
  signin_states: 'removed',
};

/** What a lost key leaves of one collection. */
export interface Loss {
  readonly collection: string;
  readonly documents: number;
  /** `kept`: without the fields that it sealed. `unknown`: not one of ours, left alone. */
  readonly outcome: 'removed' | 'kept' | 'unknown';
}

/** What the loss of this key means, or, with `write`, brings about: nothing that it sealed is left to fail. */
export async function voidLost(deps: {
  readonly rows: StoredRows;
  readonly sealer: Sealer;
  readonly keyId: string;
  /** Writes it, with this hash, of a password that nobody has, in the place of the passwords. */
  readonly write?: { readonly passwordHash: string };
}): Promise<readonly Loss[]> {
  const { rows, sealer, keyId, write } = deps;
  const losses: Loss[] = [];
  for (const collection of await rows.collections()) {
    const rule = Object.hasOwn(LOSSES, collection) ? LOSSES[collection] : undefined;
    let documents = 0;
    for await (const row of rows.rows(collection)) {
      const lost = sealedFieldsOf(row, sealer).filter(field => field.keyId === keyId);
      if (lost.length === 0) continue;
      documents += 1;
      if (!write || rule === undefined) continue;
      if (rule === 'removed') await row.remove();
      else await row.replace(without(lost, { collection, row, rule, sealer, ...write }));
    }
    const outcome = rule === undefined ? 'unknown' : rule === 'removed' ? 'removed' : 'kept';
    if (documents > 0) losses.push({ collection, documents, outcome });
  }
  return losses;
}

function without(
  lost: readonly { readonly field: string }[],
  deps: {
    readonly collection: string;
    readonly row: StoredRow;
    readonly rule: Readonly<Record<string, Replacement>>;
    readonly sealer: Sealer;
    readonly passwordHash: string;
  },
): string {
  const { collection, row, rule, sealer, passwordHash } = deps;
  const doc = JSON.parse(row.text) as Record<string, unknown>;
  for (const { field } of lost) {
    const replacement = rule[field];
    if (replacement === undefined) {
      delete doc[field];
      continue;
    }
    const value = replacement === LOST_PASSWORD ? passwordHash : replacement;
    doc[field] = sealer.seal(JSON.stringify(value), sealedPlace(collection, row.id, field));
  }
  return JSON.stringify(doc);
}
