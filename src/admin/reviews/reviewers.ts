import type { Administration } from '#access/index.ts';
import { isInForce } from '#directory/index.ts';
import type { Clock } from '#kernel/index.ts';
import type { Catalogue, CatalogueEntry } from '../people/catalogue.ts';
import { assignmentOf, isPending } from './assignment.ts';
import type { ReviewLine } from './records.ts';

/** An administrator who can be written to, and how many of the lines are theirs. */
export interface Reviewer {
  readonly sub: string;
  readonly givenName: string;
  readonly email: string;
  /** Not answered yet. */
  readonly pending: number;
  /** Suspended by the end. */
  readonly suspended: number;
}

/** Those who answer for some of these lines, as things stand now. */
export async function reviewersOf(
  lines: readonly ReviewLine[],
  deps: { readonly administration: Administration; readonly catalogue: Catalogue; readonly clock: Clock },
): Promise<readonly Reviewer[]> {
  const { administration, catalogue, clock } = deps;
  const entries = await catalogue.entries();
  const people = new Map<string, CatalogueEntry>(entries.map(entry => [entry.sub, entry]));
  const policy = administration.policy();
  const nowMs = clock.nowMs();
  const reviewers: Reviewer[] = [];
  for (const { sub, status, memberships, givenName, email } of entries) {
    const holdsOffice = memberships.some(held => policy.isPrivileged(held.profile) && isInForce(held, nowMs));
    if (!holdsOffice || status !== 'active' || email === undefined) continue;
    const authority = await administration.authorityOf({
      kind: 'person',
      sub,
      session: { acr: undefined, authTime: 0 },
    });
    const assignment = assignmentOf(authority, sub);
    const mine = lines.filter(line => assignment.answers(line, people.get(line.sub)));
    const pending = mine.filter(isPending).length;
    const suspended = mine.filter(({ outcome }) => outcome?.state === 'suspended').length;
    if (mine.length > 0) reviewers.push({ sub, givenName, email, pending, suspended });
  }
  return reviewers;
}
