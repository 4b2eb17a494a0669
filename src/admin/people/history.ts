import { accountsEvents } from '#accounts/index.ts';
import type { Authority } from '#access/index.ts';
import { defineEvent, type AuditLine, type AuditLog } from '#audit/index.ts';
import type { Directory, Professional } from '#directory/index.ts';
import type { Act } from '../acts/act.ts';
import { placeOfWord } from './membership-acts.ts';
import { nameOf } from './seen.ts';

/** The page of a person shows a part of the trail: reading it leaves a trace too. */
export const personRead = defineEvent('admin.person.read', {
  category: 'administration',
  title: 'Fiche d’une personne consultée',
});

/** One act on an account, as a page says it. */
export interface HistoryLine {
  readonly atMs: number;
  readonly title: string;
  /** What it was about: a profile, the fields that changed. */
  readonly details: string | null;
  /** `null`: somebody whom this administrator does not see. */
  readonly by: string | null;
  readonly reason: string | null;
  readonly hasFailed: boolean;
}

const MOST_LINES = 20;
const MONTHS = 12;

/** What the fields of `changes` are called. */
const FIELDS: Readonly<Record<string, string>> = {
  given_name: 'prénom',
  family_name: 'nom',
  civility: 'civilité',
  profession: 'profession',
  specialties: 'savoir-faire',
  email: 'courriel',
  phone: 'téléphone',
  phone_verified: 'téléphone garanti',
  national_ids: 'numéros nationaux',
};

/** The last acts on one account, the newest first. */
export function createHistory(
  { audit, directory }: { readonly audit: AuditLog; readonly directory: Directory },
  acts: readonly Act[],
) {
  const titles = new Map<string, string>(
    [...acts.map(({ event }) => event), ...accountsEvents].map(({ type, title }) => [type, title]),
  );

  async function authorOf({ actor }: AuditLine, authority: Authority): Promise<string | null> {
    if (actor === undefined) return null;
    if (actor.startsWith('client:')) {
      const application = await directory.applications.get(actor.slice('client:'.length));
      return application ? `l’application ${application.name}` : null;
    }
    const person = await directory.professionals.get(actor);
    return person && authority.reaches('account', 'read', person) ? nameOf(person) : null;
  }

  async function detailsOf(changes: Changes): Promise<string | null> {
    const place = placeOfWord(changes['membership']?.[1]) ?? placeOfWord(changes['membership']?.[0]);
    if (place) {
      const [network, organisation] = await Promise.all([
        directory.networks.get(place.network),
        place.organisation === undefined ? null : directory.organisations.get(place.organisation),
      ]);
      return [
        directory.codes.profile(place.profile).label,
        network?.name ?? place.network,
        organisation?.name ?? place.organisation,
      ]
        .filter(Boolean)
        .join(', ');
    }
    const fields = Object.keys(changes).flatMap(field => FIELDS[field] ?? []);
    return fields.length > 0 ? fields.join(', ') : null;
  }

  return async function historyOf(
    person: Professional,
    authority: Authority,
  ): Promise<readonly HistoryLine[]> {
    const lines = await audit.newest({
      account: person.id,
      limit: MOST_LINES,
      months: MONTHS,
      matches: line =>
        line.account === person.id && titles.has(line.type) && isVisible(changesOf(line), authority),
    });
    return Promise.all(
      lines.map(async line => ({
        atMs: Date.parse(line.at),
        title: titles.get(line.type) ?? '',
        details: await detailsOf(changesOf(line)),
        by: await authorOf(line, authority),
        reason:
          typeof line.data?.['reason'] === 'string' && line.type.startsWith('admin.')
            ? line.data['reason']
            : null,
        hasFailed: line.outcome === 'failure',
      })),
    );
  };
}

type Changes = Readonly<Record<string, readonly [unknown, unknown] | undefined>>;

function changesOf({ data }: AuditLine): Changes {
  const text = data?.['changes'];
  if (typeof text !== 'string') return {};
  try {
    const read: unknown = JSON.parse(text);
    return read !== null && typeof read === 'object' ? (read as Changes) : {};
  } catch {
    // A line that was cut for its length.
    return {};
  }
}

/** SECURITY: a profile of another branch is not told by the history either. */
function isVisible({ membership }: Changes, authority: Authority): boolean {
  if (membership === undefined) return true;
  return membership.every(word => {
    const place = placeOfWord(word);
    return word === null || (place !== null && authority.may('membership', 'read', place));
  });
}
