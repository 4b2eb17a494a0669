import type { AuditLine, BackwardsPage } from '#audit/index.ts';
import { isAppError } from '#kernel/index.ts';
import type { Administrator, Authority } from '#access/index.ts';
import { notFound, invalidFields, refusedBy } from '../acts/refusals.ts';
import type { AdminContext } from '../context.ts';
import type { CatalogueEntry } from '../people/catalogue.ts';
import type { EventCatalogue } from './catalogue-of-events.ts';
import { trailRead } from './events.ts';
import { instantsOf, type TrailFilter } from './filters.ts';
import { linkedRecords } from './linked-records.ts';
import { isKey } from './record-key.ts';
import { createTrailScope, type TrailScope } from './scope.ts';

/** Who reads: a person at a page, or an application. */
export interface TrailVisitor {
  /** As the trail names them. */
  readonly sub: string;
  readonly administrator: Administrator;
  readonly authority: Authority;
  readonly source: string;
  readonly acr?: string | undefined;
}

/** What is asked of the trail. */
export interface Asked {
  /** What the trace of this reading calls it. */
  readonly view: 'list' | 'mine' | 'person' | 'record' | 'person_csv' | 'record_csv' | 'list_csv';
  readonly filter: TrailFilter;
  /** Besides the filter and the branch: what a report is about. */
  readonly only?: (line: AuditLine) => boolean;
  readonly after?: string | undefined;
}

/** A question that was judged and traced, ready to be read page by page. */
export interface Reading {
  readonly scope: TrailScope;
  /** Other keys of the same patient, joined in a network that the reader audits: their lines are there too. */
  readonly linkedKeys: readonly string[];
  page(after: string | undefined, limit: number): Promise<BackwardsPage>;
}

/** The one way to the lines: judges, leaves the trace of the reading, and filters by the branch before anything else. */
export interface TrailReader {
  /**
   * Throws `admin.not_found` (404) for a person, a record or an organisation beyond the reader's branch, `admin.invalid`
   * (422) on days or an act that are none, and 503 when the trace cannot be written: nothing is shown then.
   */
  open(visitor: TrailVisitor, asked: Asked): Promise<Reading>;
}

export function createTrailReader(context: AdminContext, events: () => EventCatalogue): TrailReader {
  const { audit, administration, directory, catalogue } = context;
  const bySub = new WeakMap<readonly CatalogueEntry[], ReadonlyMap<string, CatalogueEntry>>();

  /** The catalogue keeps its array until somebody changes: so does this index of it. */
  async function people(): Promise<ReadonlyMap<string, CatalogueEntry>> {
    const entries = await catalogue.entries();
    const known = bySub.get(entries) ?? new Map(entries.map(entry => [entry.sub, entry]));
    bySub.set(entries, known);
    return known;
  }

  async function scopeOf(visitor: TrailVisitor): Promise<TrailScope> {
    return createTrailScope({
      visitor,
      people: await people(),
      organisations: await directory.organisations.all(),
      applications: await directory.applications.all(),
    });
  }

  /** Beyond the branch and unknown are refused alike. */
  async function judge(visitor: TrailVisitor, { view, filter }: Asked): Promise<void> {
    const { person, record, branch } = filter;
    if (view !== 'mine' && person !== undefined && person !== visitor.sub) {
      const about = { type: 'audit', action: 'read', id: person } as const;
      const decision = await administration.judge(visitor.administrator, about);
      if (!decision.decision) throw refusedBy(decision);
    }
    if (record !== undefined) {
      const decision = await administration.judge(visitor.administrator, {
        type: 'audit',
        action: 'read',
        id: '*',
      });
      if (!decision.decision) throw refusedBy(decision);
    }
    if (branch !== undefined && !(await mayRead(visitor, branch))) throw notFound();
  }

  async function mayRead({ authority }: TrailVisitor, organisation: string): Promise<boolean> {
    const known = await directory.organisations.get(organisation);
    return known !== null && authority.may('organisation', 'read', { organisation });
  }

  const trace = (visitor: TrailVisitor, { view, filter, after }: Asked, refused?: string) =>
    audit.record(trailRead, {
      actor: visitor.sub,
      source: visitor.source,
      acr: visitor.acr,
      outcome: refused ? 'refused' : 'success',
      // Known or not, who was asked about stands there alike; what is no identifier does not.
      account: filter.person !== undefined && isKey(filter.person) ? filter.person : undefined,
      patientKey: filter.record,
      data: {
        view,
        act: filter.act,
        branch: filter.branch,
        from: filter.from,
        to: filter.to,
        isContinued: after === undefined ? undefined : true,
        code: refused,
      },
    });

  return {
    async open(visitor, asked) {
      const { filter, only } = asked;
      const days = instantsOf(filter);
      const isOfAct = filter.act === undefined ? () => true : events().filter(filter.act);
      if (!isOfAct) throw invalidFields({ act: 'Choisissez un acte de la liste.' });
      const scope = await scopeOf(visitor);
      try {
        await judge(visitor, asked);
      } catch (error) {
        await trace(visitor, asked, isAppError(error) ? error.code : 'unexpected');
        throw error;
      }
      await trace(visitor, asked);
      const { branch, person, record } = filter;
      // SECURITY: followed for nobody but who audits that network as a whole: others do not learn that there is a link.
      const isAudited = (network: string) => visitor.authority.may('audit', 'read', { network });
      const links = record === undefined ? undefined : await linkedRecords(context, record, isAudited);
      const matches = (line: AuditLine) =>
        isOfAct(line) &&
        scope.sees(line) &&
        (links === undefined || (links.holds(line) && scope.showsRecord(line))) &&
        (branch === undefined || scope.isWithin(line, branch)) &&
        (only?.(line) ?? true);
      return {
        scope,
        linkedKeys: links?.keys.slice(1) ?? [],
        page: (after, limit) =>
          audit.backwards({
            account: person,
            patientKey: links?.keys,
            ...days,
            matches,
            after,
            limit,
          }),
      };
    },
  };
}
