import type { Administrator, Administration } from '#access/index.ts';
import type { Directory, Membership } from '#directory/index.ts';
import { isAppError, frenchDate, type Clock } from '#kernel/index.ts';
import type { Notify } from '#notify/index.ts';
import type { Acts } from '../acts/perform.ts';
import type { Catalogue } from '../people/catalogue.ts';
import { membershipRef, type MembershipActs } from '../people/membership-acts.ts';
import { isPending } from './assignment.ts';
import { restorableUntil } from './line-acts.ts';
import type { Campaign, Outcome, ReminderKind, ReviewLine, ReviewRecords } from './records.ts';
import { reviewersOf } from './reviewers.ts';

/** The service itself: what nobody answered is ended in its name. */
const SERVICE: Administrator = { kind: 'application', clientId: 'trousseau' };

const DAY_MS = 86_400_000;

interface Deps {
  readonly records: ReviewRecords;
  readonly directory: Directory;
  readonly administration: Administration;
  readonly catalogue: Catalogue;
  readonly acts: Acts;
  readonly membership: MembershipActs;
  readonly notify: Notify;
  readonly clock: Clock;
  /** The public address, for mails. */
  readonly issuer: string;
}

/**
 * What time brings to campaigns: reminders, and the end. `run` is called again and again under a lease; whatever point
 * it was stopped at, the next call goes on from there: marks are written before or after what they stand for so that
 * nothing is missed, and mails bear ids so that none is sent twice.
 */
export function createReviewCalendar(deps: Deps): { run(): Promise<void> } {
  const { records, notify, clock, issuer } = deps;

  /** Those whose time has come, the latest last: after a long stop only that one is still worth a mail. */
  function dueReminders({ startMs, endMs, reminded }: Campaign): readonly ReminderKind[] {
    const times: Readonly<Record<ReminderKind, number>> = {
      start: startMs,
      half: startMs + (endMs - startMs) / 2,
      week: endMs - 7 * DAY_MS,
      day: endMs - DAY_MS,
    };
    return (Object.keys(times) as ReminderKind[])
      .filter(kind => reminded[kind] === undefined && times[kind] <= clock.nowMs())
      .filter(kind => kind === 'start' || times[kind] > startMs)
      .sort((a, b) => times[a] - times[b]);
  }

  async function remind(campaign: Campaign): Promise<void> {
    const due = dueReminders(campaign);
    const latest = due.at(-1);
    if (latest === undefined) return;
    const lines = await records.lines(campaign.id);
    for (const { sub, givenName, email, pending } of await reviewersOf(lines, deps)) {
      if (pending === 0) continue;
      await notify.send({
        channel: 'email',
        to: email,
        template: 'review-reminder',
        id: `review.${campaign.id}.${latest}.${sub}`,
        notAfterAt: Math.floor(campaign.endMs / 1000),
        data: {
          givenName,
          name: campaign.name,
          pending: profilesInWords(pending),
          endsAt: dayInWords(campaign.endMs),
          address: addressOf(campaign),
        },
      });
    }
    // ORDER: the mark last: a mail may be put twice in the outbox, which knows its id, and none is forgotten.
    const nowMs = clock.nowMs();
    await records.update(campaign.id, before => ({
      ...before,
      reminded: { ...before.reminded, ...Object.fromEntries(due.map(kind => [kind, nowMs])) },
    }));
  }

  async function end(campaign: Campaign): Promise<void> {
    for await (const lines of records.chunks(campaign.id)) await endChunk(campaign, lines, deps);
    const lines = await records.lines(campaign.id);
    for (const { sub, givenName, email, suspended } of await reviewersOf(lines, deps)) {
      await notify.send({
        channel: 'email',
        to: email,
        template: 'review-ended',
        id: `review.${campaign.id}.end.${sub}`,
        data: {
          givenName,
          name: campaign.name,
          suspended: profilesInWords(suspended),
          until: dayInWords(restorableUntil(campaign)),
          address: addressOf(campaign),
        },
      });
    }
    const suspended = lines.filter(({ outcome }) => outcome?.state === 'suspended').length;
    await records.update(campaign.id, before =>
      before.closedAtMs === undefined ? { ...before, closedAtMs: clock.nowMs(), suspended } : before,
    );
  }

  const addressOf = ({ id }: Campaign) => `${issuer}/admin/reviews/${id}`;

  return {
    async run() {
      for (const campaign of await records.open()) {
        if (clock.nowMs() >= campaign.endMs) await end(campaign);
        else await remind(campaign);
      }
    },
  };
}

/** Ends what nobody answered in a hundred lines. Done again after a stop, it does what is left. */
async function endChunk(campaign: Campaign, chunk: readonly ReviewLine[], deps: Deps): Promise<void> {
  const { records, directory, acts, membership, clock } = deps;
  const [first] = chunk;
  if (!first || chunk.every(line => !isPending(line) && !isHalfEnded(line))) return;

  const held = new Map<string, Membership>();
  for (const { sub, ref, key } of chunk.filter(isPending)) {
    const person = await directory.professionals.get(sub);
    const found = person?.memberships.find(candidate => membershipRef(candidate) === ref);
    if (found && (found.toMs === undefined || found.toMs > clock.nowMs())) held.set(key, found);
  }
  // ORDER: what is held is kept with the line before it is ended, so that it can be given back whatever happens.
  const marked = await records.updateChunk(campaign.id, first.key, line => {
    if (!isPending(line)) return line;
    const ending = held.get(line.key);
    return ending ? { ...line, ending } : { ...line, outcome: { state: 'over', atMs: clock.nowMs() } };
  });

  async function endLine({ sub, ref }: ReviewLine): Promise<Outcome> {
    const input = { sub, membership: ref };
    try {
      // What two people must decide is not for the service to take away.
      const { needsSecondPerson } = await acts.preview(SERVICE, membership.remove, input);
      if (needsSecondPerson)
        return { state: 'left', atMs: clock.nowMs(), code: 'admin.second_person_needed' };
      await acts.perform(SERVICE, membership.remove, input, {
        via: 'job',
        reason: `Revue « ${campaign.name} » : sans réponse à la fin`,
      });
      return { state: 'suspended', atMs: clock.nowMs() };
    } catch (error) {
      // The last regional administrator stays; a profile that has not begun went without a trace before a stop.
      if (isAppError(error, 'admin.not_found')) return { state: 'suspended', atMs: clock.nowMs() };
      if (isAppError(error) && error.status < 500)
        return { state: 'left', atMs: clock.nowMs(), code: error.code };
      throw error;
    }
  }

  const outcomes = new Map<string, Outcome>();
  for (const line of marked.filter(isHalfEnded)) outcomes.set(line.key, await endLine(line));
  await records.updateChunk(campaign.id, first.key, line => {
    const outcome = outcomes.get(line.key);
    return outcome && !line.outcome ? { ...line, outcome } : line;
  });
}

const isHalfEnded = ({ ending, outcome }: ReviewLine) => ending !== undefined && outcome === undefined;

/** The last day before an end. */
const dayInWords = (endMs: number) => frenchDate(endMs - 1);

function profilesInWords(count: number): string {
  if (count === 0) return 'aucun profil';
  return count === 1 ? '1 profil' : `${count} profils`;
}
