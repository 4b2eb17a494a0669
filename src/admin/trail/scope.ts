import { treeOf, type Authority, type OrganisationTree } from '#access/index.ts';
import type { AuditLine } from '#audit/index.ts';
import type { Application, Network, Organisation } from '#directory/index.ts';
import type { CatalogueEntry } from '../people/catalogue.ts';
import { placeOfWord } from '../people/membership-acts.ts';
import { changesIn } from './changes.ts';

/** Whom a page does not name. */
export const STRANGER = 'une personne d’une autre branche';
/** An auditor's page on a record has its key in its address. */
const RECORD_PAGES = '/admin/trail/records/';

/**
 * Which lines of the trail somebody may read, and which names in them: one snapshot for one request. SECURITY: every
 * list, report and page passes each line through `sees`, and shows of it only what `nameOf`, `showsRecord` and
 * `showsSource` allow.
 */
export interface TrailScope {
  /** Their own acts; what concerns a person of their branch; everything of the networks of the whole region that they audit. */
  sees(line: AuditLine): boolean;
  /** The trail of a record: for who audits its network in the whole region. */
  showsRecord(line: AuditLine): boolean;
  /** Where somebody acted from: not that of a stranger to the branch. */
  showsSource(line: AuditLine): boolean;
  /** How the page names an actor or an account; `null` for a person of another branch. */
  nameOf(sub: string): string | null;
  person(sub: string): CatalogueEntry | undefined;
  /** The line is about, or by, a person who belongs to that organisation or to one below it. */
  isWithin(line: AuditLine, organisation: string): boolean;
  applicationName(clientId: string): string;
  /** Its id for one that the reader may not read: the same as for one that does not exist. */
  organisationName(id: string): string;
  /** A text of an event that may name a person: their name, or as it stands; never more than the reader may know. */
  textOf(line: AuditLine, text: string): string;
}

/** The part of an authority that says what may be read. */
export type ReadingAuthority = Pick<Authority, 'may' | 'reaches'>;

export function createTrailScope(deps: {
  readonly visitor: { readonly sub: string; readonly authority: ReadingAuthority };
  readonly people: ReadonlyMap<string, CatalogueEntry>;
  readonly organisations: readonly Organisation[];
  readonly applications: readonly Application[];
}): TrailScope {
  const { people } = deps;
  const { sub: self, authority } = deps.visitor;
  const tree = treeOf(deps.organisations);
  const organisations = new Map(deps.organisations.map(({ id, name }) => [id, name]));
  const applications = new Map(deps.applications.map(({ id, name }) => [id, name]));
  const reach = memoised(sub => {
    const person = people.get(sub);
    return person !== undefined && authority.reaches('audit', 'read', person);
  });
  const whole = memoised(network => authority.may('audit', 'read', network === '' ? {} : { network }));
  const isOfRegion = whole('');

  const reaches = (sub: string | undefined) => sub !== undefined && reach(sub);
  const isWhole = (line: AuditLine) => whole(networkOf(line));

  /** A profile held elsewhere is nobody’s business here, even of a person who also works here. */
  function isMembershipOfElsewhere(line: AuditLine): boolean {
    const isAboutOne = line.type.startsWith('admin.membership.');
    const words = changesIn(line)?.['membership'];
    if (!isAboutOne && words === undefined) return false;
    const places = (Array.isArray(words) ? words : []).flatMap(word => placeOfWord(word) ?? []);
    const target = line.data?.['target'];
    if (places.length === 0 && typeof target === 'string')
      return !authority.may(
        'membership',
        'read',
        organisations.has(target) ? { organisation: target } : { network: target },
      );
    return places.length === 0 || !places.every(place => authority.may('membership', 'read', place));
  }

  const within = (sub: string | undefined, organisation: string) => {
    const person = sub === undefined ? undefined : people.get(sub);
    return person !== undefined && belongsTo(person, organisation, tree, authority);
  };

  return {
    sees: line =>
      line.actor === self ||
      isWhole(line) ||
      ((reaches(line.actor) || reaches(line.account)) && !isMembershipOfElsewhere(line)),
    showsRecord: isWhole,
    showsSource: line => isOfRegion || line.actor === self || line.actor === undefined || reaches(line.actor),
    nameOf,
    person: sub => people.get(sub),
    isWithin: ({ actor, account }, organisation) =>
      within(actor, organisation) || within(account, organisation),
    applicationName,
    organisationName: id =>
      (authority.may('organisation', 'read', { organisation: id }) ? organisations.get(id) : undefined) ?? id,
    textOf(line, text) {
      if (text.startsWith(RECORD_PAGES)) return isWhole(line) ? text : `${RECORD_PAGES}…`;
      const name = people.has(text) ? nameOf(text) : text;
      // SECURITY: what one typed oneself comes back as typed, or one could try which ids exist elsewhere.
      return name ?? (line.actor === self ? text : STRANGER);
    },
  };

  function nameOf(sub: string): string | null {
    if (sub === 'system') return 'Le service';
    if (sub.startsWith('client:')) return `L’application ${applicationName(sub.slice('client:'.length))}`;
    const person = people.get(sub);
    if (sub !== self && !isOfRegion && !reach(sub)) return null;
    return person ? `${person.givenName} ${person.familyName.toLocaleUpperCase('fr')}` : sub;
  }

  function applicationName(clientId: string): string {
    return applications.get(clientId) ?? clientId;
  }
}

/**
 * Whoever may take the whole log away: it tells of every network at once, and cannot be cut. SECURITY: an auditor of the
 * region in one network only is not one of them.
 */
export function auditsEverything(authority: Authority, networks: readonly Network[]): boolean {
  return [{}, ...networks.map(({ id }) => ({ network: id }))].every(place =>
    authority.may('audit', 'export', place),
  );
}

/** The network that an event is of; none for what is of no network. */
export function networkOf({ data }: AuditLine): string {
  const network = data?.['network'];
  return typeof network === 'string' ? network : '';
}

/** By their branch, or by a membership that this authority may see. */
function belongsTo(
  { branch, memberships }: CatalogueEntry,
  organisation: string,
  tree: OrganisationTree,
  authority: ReadingAuthority,
): boolean {
  if (branch !== undefined && tree.isWithin(branch, organisation)) return true;
  return memberships.some(
    held =>
      held.organisation !== undefined &&
      tree.isWithin(held.organisation, organisation) &&
      authority.may('membership', 'read', { network: held.network, organisation: held.organisation }),
  );
}

function memoised(judge: (key: string) => boolean): (key: string) => boolean {
  const known = new Map<string, boolean>();
  return key => {
    const before = known.get(key);
    if (before !== undefined) return before;
    const judged = judge(key);
    known.set(key, judged);
    return judged;
  };
}
