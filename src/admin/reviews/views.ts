import type { Authority } from '#access/index.ts';
import type { Directory } from '#directory/index.ts';
import type { Clock } from '#kernel/index.ts';
import { notFound } from '../acts/refusals.ts';
import type { Catalogue, CatalogueEntry } from '../people/catalogue.ts';
import { nameOf } from '../people/seen.ts';
import { assignmentOf, isPending, seesCampaign } from './assignment.ts';
import type { Campaign, ReviewLine, ReviewRecords } from './records.ts';

/** A line as pages, the report and the file show it. */
export interface LineView {
  readonly key: string;
  readonly sub: string;
  readonly name: string;
  readonly organisation: string;
  readonly profile: string;
  /** The last day is the day before; epoch milliseconds. */
  readonly fromMs: number | null;
  readonly toMs: number | null;
  readonly state: 'pending' | 'keep' | 'remove' | 'shorten' | 'suspended' | 'left' | 'over' | 'restored';
  /** Who answered, or the service. */
  readonly by: string | null;
  readonly atMs: number | null;
  readonly reason: string | null;
  /** The new end of what was shortened. */
  readonly untilMs: number | null;
  readonly isProposed: boolean;
  /** The person at the page may answer for it. */
  readonly isMine: boolean;
}

export interface CampaignView {
  readonly id: string;
  readonly name: string;
  readonly network: string;
  readonly organisation: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly closedAtMs: number | null;
  readonly state: 'coming' | 'open' | 'ending' | 'closed';
  /** Of what this person sees. */
  readonly total: number;
  readonly answered: number;
  /** Waiting for this very person. */
  readonly mine: number;
  readonly suspended: number;
}

export interface ReviewViews {
  /** Campaigns that the authority sees something of, the newest first. */
  seen(authority: Authority): Promise<readonly Campaign[]>;
  /** The same with their figures, which takes reading every line of them. */
  counted(
    campaigns: readonly Campaign[],
    authority: Authority,
    actor: string,
  ): Promise<readonly CampaignView[]>;
  /** Throws `admin.not_found` (404): unknown, or nothing in the branch. */
  open(
    id: string,
    authority: Authority,
    actor: string,
  ): Promise<{
    readonly campaign: Campaign;
    readonly view: CampaignView;
    readonly lines: readonly LineView[];
  }>;
}

export function createReviewViews(deps: {
  readonly records: ReviewRecords;
  readonly directory: Directory;
  readonly catalogue: Catalogue;
  readonly clock: Clock;
}): ReviewViews {
  const { records, directory, catalogue, clock } = deps;

  function stateOf({ startMs, endMs, closedAtMs }: Campaign): CampaignView['state'] {
    if (closedAtMs !== undefined) return 'closed';
    if (clock.nowMs() >= endMs) return 'ending';
    return clock.nowMs() < startMs ? 'coming' : 'open';
  }

  async function peopleBySub(): Promise<ReadonlyMap<string, CatalogueEntry>> {
    return new Map((await catalogue.entries()).map(entry => [entry.sub, entry]));
  }

  async function viewOf(campaign: Campaign, lines: readonly LineView[]): Promise<CampaignView> {
    const { id, name, startMs, endMs, closedAtMs } = campaign;
    const [network, organisation] = await Promise.all([
      directory.networks.get(campaign.network),
      directory.organisations.get(campaign.organisation),
    ]);
    const count = (is: (line: LineView) => boolean) => lines.filter(is).length;
    return {
      id,
      name,
      network: network?.name ?? campaign.network,
      organisation: organisation?.name ?? 'Toute la région',
      startMs,
      endMs,
      closedAtMs: closedAtMs ?? null,
      state: stateOf(campaign),
      total: lines.length,
      answered: count(({ state }) => state !== 'pending'),
      mine: count(({ state, isMine }) => state === 'pending' && isMine),
      suspended: count(({ state }) => state === 'suspended'),
    };
  }

  /** SECURITY: what lies in another branch is left out before anything is counted. */
  async function linesOf(
    campaign: Campaign,
    authority: Authority,
    actor: string,
    people: ReadonlyMap<string, CatalogueEntry>,
  ): Promise<readonly LineView[]> {
    const assignment = assignmentOf(authority, actor);
    const places = new Map((await directory.organisations.all()).map(({ id, name }) => [id, name]));
    const nameOfActor = (sub: string) => {
      const person = people.get(sub);
      // SECURITY: a superior or a colleague of elsewhere is not named to who may not see them.
      if (person) return authority.reaches('account', 'read', person) ? nameOf(person) : 'Un administrateur';
      return 'Le service';
    };
    return (await records.lines(campaign.id))
      .filter(line => assignment.sees(line))
      .map(line => {
        const { membership, answer, outcome, restored } = line;
        return {
          key: line.key,
          sub: line.sub,
          name: line.name,
          organisation: places.get(membership.organisation ?? '') ?? 'Tout le réseau',
          profile: directory.codes.profile(membership.profile).label,
          fromMs: membership.fromMs ?? null,
          toMs: membership.toMs ?? null,
          state: lineState(line),
          by: restored
            ? nameOfActor(restored.by)
            : answer
              ? nameOfActor(answer.by)
              : outcome
                ? 'Le service'
                : null,
          atMs: restored?.atMs ?? answer?.atMs ?? outcome?.atMs ?? null,
          reason: answer?.reason ?? null,
          untilMs: answer?.toMs ?? null,
          isProposed: answer?.isProposed === true,
          isMine: assignment.answers(line, people.get(line.sub)),
        };
      });
  }

  return {
    seen: async authority =>
      (await records.campaigns()).filter(campaign => seesCampaign(authority, campaign)),
    async counted(campaigns, authority, actor) {
      const people = await peopleBySub();
      const views: CampaignView[] = [];
      for (const campaign of campaigns)
        views.push(await viewOf(campaign, await linesOf(campaign, authority, actor, people)));
      return views;
    },
    async open(id, authority, actor) {
      const campaign = await records.get(id);
      if (!campaign || !seesCampaign(authority, campaign)) throw notFound();
      const lines = await linesOf(campaign, authority, actor, await peopleBySub());
      return { campaign, view: await viewOf(campaign, lines), lines };
    },
  };
}

function lineState(line: ReviewLine): LineView['state'] {
  if (line.restored) return 'restored';
  if (isPending(line)) return 'pending';
  return line.answer?.choice ?? line.outcome?.state ?? 'pending';
}
