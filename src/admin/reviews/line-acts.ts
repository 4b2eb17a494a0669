import type { Administration } from '#access/index.ts';
import type { Directory, Membership, Professional } from '#directory/index.ts';
import { AppError, type Clock } from '#kernel/index.ts';
import { z } from 'zod';
import { defineActEvent, type Act, type Performer } from '../acts/act.ts';
import type { Acts } from '../acts/perform.ts';
import { conflict, invalidFields, notFound, refusedBy } from '../acts/refusals.ts';
import { idField, instantField, lineField } from '../people/fields.ts';
import { membershipRef, type MembershipActs } from '../people/membership-acts.ts';
import { assignmentOf, isPending } from './assignment.ts';
import type { Answer, Campaign, ReviewLine, ReviewRecords } from './records.ts';

const lineInput = { review: idField, line: z.string().regex(/^\d{3}-\d{2}$/u, 'Cet élément n’existe pas.') };
const decideInput = z.strictObject({
  ...lineInput,
  choice: z.enum(['keep', 'remove', 'shorten'], 'Choisissez ce que devient ce profil.'),
  to: instantField.optional(),
  reason: lineField(300).optional(),
});
const restoreInput = z.strictObject({ ...lineInput, reason: lineField(300) });

type DecideInput = z.output<typeof decideInput>;

export interface LineActs {
  /** Keeps, removes or shortens one profile of a campaign that is under way. */
  readonly decide: Act<DecideInput, void>;
  /** Gives back what the end of a campaign suspended. */
  readonly restore: Act<z.output<typeof restoreInput>, void>;
}

const RESTORABLE_MS = 30 * 86_400_000;

/** Until when what nobody answered may be given back: epoch milliseconds, exclusive. */
export const restorableUntil = ({ endMs }: Campaign): number => endMs + RESTORABLE_MS;

interface Deps {
  readonly records: ReviewRecords;
  readonly directory: Directory;
  readonly administration: Administration;
  readonly acts: Acts;
  readonly membership: MembershipActs;
  readonly clock: Clock;
}

export function createLineActs(deps: Deps): LineActs {
  const { records, directory, administration, acts, membership, clock } = deps;
  const { professionals } = directory;

  async function found({ review, line: key }: { readonly review: string; readonly line: string }) {
    const [campaign, line] = await Promise.all([records.get(review), records.line(review, key)]);
    if (!campaign || !line) throw notFound();
    return { campaign, line };
  }

  const resolve = async (input: { readonly review: string; readonly line: string }) => {
    const { network, organisation, profile } = (await found(input)).line.membership;
    return { network, organisation, profile };
  };

  /** Throws unless `by` is who answers for that line: not oneself, and not a colleague of the same rank. */
  async function checkReviewer(line: ReviewLine, person: Professional | null, by: Performer): Promise<void> {
    if (line.sub === by.actor) throw ownRights();
    const authority = await administration.authorityOf(by.administrator);
    if (!assignmentOf(authority, by.actor).answers(line, person ?? undefined)) throw forSuperior();
  }

  function checkOpen(campaign: Campaign): void {
    if (clock.nowMs() >= campaign.endMs || campaign.closedAtMs !== undefined) throw reviewEnded();
    if (clock.nowMs() < campaign.startMs)
      throw conflict('admin.review_not_begun', { publicMessage: 'Cette revue n’a pas encore commencé.' });
  }

  function checkInput({ choice, to, reason }: DecideInput, held: Membership | undefined): void {
    if (choice !== 'keep' && reason === undefined)
      throw invalidFields({ reason: 'Dites en quelques mots pourquoi : le motif reste dans le rapport.' });
    if (choice !== 'shorten') return;
    if (to === undefined || to <= clock.nowMs()) throw invalidFields({ to: 'Choisissez une date à venir.' });
    if (held?.toMs !== undefined && held.toMs <= to)
      throw invalidFields({ to: 'Ce profil se termine déjà avant cette date.' });
  }

  /** What the membership is now; `undefined` once it is over, or gone. */
  function heldBy(person: Professional | null, line: ReviewLine): Membership | undefined {
    const held = person?.memberships.find(candidate => membershipRef(candidate) === line.ref);
    return held?.toMs !== undefined && held.toMs <= clock.nowMs() ? undefined : held;
  }

  /** The act on the membership itself, which leaves its own line in the trail. */
  function furtherAct({ sub, ref }: ReviewLine, { choice, to }: DecideInput) {
    if (choice === 'remove') return { act: membership.remove, input: { sub, membership: ref } };
    if (choice === 'shorten' && to !== undefined)
      return { act: membership.change, input: { sub, membership: ref, to: new Date(to).toISOString() } };
    return null;
  }

  return {
    decide: {
      name: 'review.decide',
      type: 'review',
      action: 'decide',
      title: 'Décider d’un profil au cours d’une revue',
      event: defineActEvent('admin.review.decided', 'Profil revu'),
      schema: decideInput,
      resolve,
      about: ({ line }) => ({ id: line }),
      async plan(input, by) {
        const { campaign, line } = await found(input);
        const { choice, to, reason } = input;
        checkOpen(campaign);
        if (line.answer && line.answer.choice !== 'keep') throw alreadyAnswered();
        const person = await professionals.get(line.sub);
        await checkReviewer(line, person, by);
        const held = heldBy(person, line);
        checkInput(input, held);
        const further = held ? furtherAct(line, input) : null;
        if (further) {
          // What cannot be done is said before anything is written.
          const decision = await acts.judge(by.administrator, further.act, further.input);
          if (!decision.decision) throw refusedBy(decision);
        }
        const isSame = line.answer?.choice === choice;
        return {
          account: line.sub,
          target: line.membership.organisation ?? line.membership.network,
          changes: isSame ? {} : { [line.key]: [line.answer?.choice ?? null, choice] },
          async apply() {
            if (isSame) return;
            // ORDER: the membership first: after a stop in between, the line still waits, and answering it again is harmless.
            const outcome = further
              ? await acts.perform(by.administrator, further.act, further.input, {
                  via: by.administrator.kind === 'application' ? 'api' : 'page',
                  source: by.source,
                  reason: `Revue « ${campaign.name} » : ${reason ?? ''}`,
                })
              : null;
            const answer: Answer = {
              choice,
              ...(choice === 'shorten' && to !== undefined && { toMs: to }),
              ...(reason !== undefined && { reason }),
              by: by.actor,
              atMs: clock.nowMs(),
              ...(outcome?.state === 'proposed' && { isProposed: true }),
            };
            const mayWrite = (at: ReviewLine) =>
              isPending(at) || (at.answer?.choice === 'keep' && !at.outcome);
            const lines = await records.updateChunk(campaign.id, line.key, at =>
              at.key === line.key && mayWrite(at) ? { ...at, answer } : at,
            );
            const written = lines.find(({ key }) => key === line.key)?.answer;
            // Somebody else, or the end, was quicker.
            if (written?.by !== answer.by || written.atMs !== answer.atMs)
              throw written ? alreadyAnswered() : reviewEnded();
          },
        };
      },
    },

    restore: {
      name: 'review.restore',
      // Judged by the place of the line: whoever held nothing else in the branch is no longer found there.
      type: 'review',
      action: 'decide',
      title: 'Rétablir un profil suspendu par une revue',
      event: defineActEvent('admin.review.restored', 'Profil rétabli après une revue'),
      schema: restoreInput,
      resolve,
      about: ({ line }) => ({ id: line }),
      async plan(input, by) {
        const { campaign, line } = await found(input);
        const { ending, outcome, restored } = line;
        if (!ending || outcome?.state !== 'suspended' || restored)
          throw conflict('admin.review_nothing_to_restore', {
            publicMessage: 'Cette revue n’a rien suspendu qui soit à rétablir ici.',
          });
        const nowMs = clock.nowMs();
        const person = await professionals.get(line.sub);
        if (!person || person.status === 'closed')
          throw conflict('admin.account_closed', { publicMessage: 'Ce compte est fermé définitivement.' });
        if (nowMs >= restorableUntil(campaign) || (ending.toMs !== undefined && ending.toMs <= nowMs))
          throw conflict('admin.review_restore_too_late', {
            publicMessage: 'Ce profil ne peut plus être rétabli.',
            hint: 'Donnez-le de nouveau depuis la page de la personne.',
          });
        await checkReviewer(line, person, by);
        return {
          account: line.sub,
          target: ending.organisation ?? ending.network,
          changes: { [line.key]: ['suspended', 'restored'] },
          async apply() {
            await professionals.update(line.sub, before => {
              const isThere = before.memberships.some(held => membershipRef(held) === line.ref);
              return {
                ...before,
                memberships: isThere
                  ? before.memberships.map(held => (membershipRef(held) === line.ref ? ending : held))
                  : [...before.memberships, ending],
              };
            });
            await records.updateChunk(campaign.id, line.key, at =>
              at.key === line.key && !at.restored ? { ...at, restored: { by: by.actor, atMs: nowMs } } : at,
            );
          },
        };
      },
    },
  };
}

function reviewEnded(): AppError {
  return conflict('admin.review_ended', {
    publicMessage: 'Cette revue est terminée : elle ne prend plus de réponse.',
  });
}

function alreadyAnswered(): AppError {
  return conflict('admin.review_answered', {
    publicMessage: 'Quelqu’un a déjà répondu pour ce profil.',
  });
}

function ownRights(): AppError {
  return new AppError({
    code: 'admin.own_rights',
    status: 403,
    publicMessage: 'On ne décide pas de ses propres droits : cette ligne revient à votre supérieur.',
  });
}

function forSuperior(): AppError {
  return new AppError({
    code: 'admin.review_of_superior',
    status: 403,
    publicMessage: 'Ce profil est revu par un administrateur au-dessus de vous.',
  });
}
