import type { Delegation, Directory, Professional } from '#directory/index.ts';
import { isEmptyWindow } from '#directory/index.ts';
import { AppError, type Clock } from '#kernel/index.ts';
import { z } from 'zod';
import { defineActEvent, type Act } from '../acts/act.ts';
import { conflict, invalidFields, notFound } from '../acts/refusals.ts';
import { idField, instantField } from './fields.ts';

interface Deps {
  readonly directory: Directory;
  readonly clock: Clock;
}

const giveInput = z.strictObject({
  sub: idField,
  delegate: idField,
  from: instantField.optional(),
  to: instantField,
});
const endInput = z.strictObject({ sub: idField, delegate: idField });

export interface DelegationActs {
  /** Leave for somebody of the branch to act on behalf of a person who is away. */
  readonly give: Act<z.output<typeof giveInput>, void>;
  /** Ends every delegation to that person, running or coming. */
  readonly end: Act<z.output<typeof endInput>, void>;
}

/** An absence is of some weeks or months; a longer one is a change of functions. */
const LONGEST_MS = 366 * 86_400_000;
/** Nobody needs more stand-ins at a time. */
const MOST_DELEGATIONS = 20;

export function createDelegationActs({ directory, clock }: Deps): DelegationActs {
  const { professionals } = directory;

  async function personOf(sub: string): Promise<Professional> {
    const person = await professionals.get(sub);
    if (!person) throw notFound();
    return person;
  }

  const isOver = ({ toMs }: Delegation) => toMs !== undefined && toMs <= clock.nowMs();
  const hasBegun = ({ fromMs }: Delegation) => fromMs === undefined || fromMs <= clock.nowMs();
  /** Those to the same person that are not over are replaced: the last word counts. */
  const othersThan = (delegate: string) => (held: Delegation) => held.delegate !== delegate || isOver(held);

  return {
    give: {
      name: 'delegation.give',
      type: 'account',
      action: 'update',
      title: 'Déclarer une absence',
      event: defineActEvent('admin.delegation.given', 'Délégation donnée pour une absence'),
      schema: giveInput,
      about: ({ sub }) => ({ id: sub }),
      // SECURITY: a stand-in is somebody whom the administrator sees.
      alsoAbout: ({ delegate }) => [{ type: 'account', action: 'read', id: delegate }],
      async plan({ sub, delegate, from, to }, by) {
        // SECURITY: who stands in has the rights of who is away: nobody gives them to themselves.
        if (delegate === by.actor) throw ownRights();
        const [person, other] = await Promise.all([personOf(sub), personOf(delegate)]);
        if (sub === delegate)
          throw invalidFields({ delegate: 'Choisissez une autre personne que celle qui s’absente.' });
        if (person.status === 'closed' || other.status !== 'active')
          throw conflict('admin.account_inactive', {
            publicMessage: 'Une délégation va d’un compte ouvert à un compte actif.',
          });
        const nowMs = clock.nowMs();
        const wanted: Delegation = { delegate, fromMs: from ?? nowMs, toMs: to };
        if (isEmptyWindow(wanted) || to <= nowMs)
          throw invalidFields({ to: 'La fin doit venir après le début, et n’être pas passée.' });
        if (to - (wanted.fromMs ?? nowMs) > LONGEST_MS)
          throw invalidFields({ to: 'Une absence dure un an au plus.' });
        const kept = person.delegations.filter(othersThan(delegate));
        if (kept.filter(held => !isOver(held)).length >= MOST_DELEGATIONS)
          throw conflict('admin.too_many_delegations', {
            publicMessage: 'Trop de personnes agissent déjà en son nom.',
            hint: 'Terminez d’abord une délégation.',
          });
        return {
          account: sub,
          target: delegate,
          changes: { delegation: [null, wordOf(wanted)] },
          async apply() {
            await professionals.update(sub, before => ({
              ...before,
              delegations: [...before.delegations.filter(othersThan(delegate)), wanted],
            }));
          },
        };
      },
    },

    end: {
      name: 'delegation.end',
      type: 'account',
      action: 'update',
      title: 'Terminer une délégation',
      event: defineActEvent('admin.delegation.ended', 'Délégation terminée'),
      schema: endInput,
      about: ({ sub }) => ({ id: sub }),
      async plan({ sub, delegate }) {
        const person = await personOf(sub);
        const running = person.delegations.filter(held => held.delegate === delegate && !isOver(held));
        return {
          account: sub,
          target: delegate,
          changes: running.length === 0 ? {} : { delegation: [running.map(wordOf).join(' '), null] },
          async apply() {
            const nowMs = clock.nowMs();
            await professionals.update(sub, before => ({
              ...before,
              delegations: before.delegations.flatMap(held => {
                if (held.delegate !== delegate || isOver(held)) return held;
                // What has begun stays in the history; what was to come goes.
                return hasBegun(held) ? { ...held, toMs: nowMs } : [];
              }),
            }));
          },
        };
      },
    },
  };
}

function ownRights(): AppError {
  return new AppError({
    code: 'admin.own_rights',
    status: 403,
    publicMessage: 'On ne change pas ses propres droits : un autre administrateur vous désignera.',
  });
}

function wordOf({ delegate, fromMs, toMs }: Delegation): string {
  const day = (ms: number | undefined) => (ms === undefined ? '' : new Date(ms).toISOString().slice(0, 16));
  return `${delegate} ${day(fromMs)}–${day(toMs)}`;
}
