import type { Administration } from '#access/index.ts';
import type { Directory } from '#directory/index.ts';
import { z } from 'zod';
import { notFound } from '../acts/refusals.ts';
import type { DelegationActs } from '../people/delegation-acts.ts';
import { idField } from '../people/fields.ts';
import type { createActRoutes } from './act-route.ts';
import { defineRoute, type ApiRoute, type Caller } from './route.ts';
import { delegationSchema, pageSchema } from './schemas.ts';
import { toInstant } from './views.ts';

const TAG = 'Absences';
const listKind = {
  schema: pageSchema(delegationSchema),
  words: { fr: 'Ses délégations', en: 'Their delegations' },
};

/** Who acts on behalf of somebody who is away. */
export function delegationRoutes(deps: {
  readonly administration: Administration;
  readonly directory: Directory;
  readonly delegation: DelegationActs;
  readonly actRoute: ReturnType<typeof createActRoutes>;
}): readonly ApiRoute[] {
  const { administration, directory, delegation, actRoute } = deps;
  const { professionals } = directory;

  /** SECURITY: a stand-in of another branch is not named. */
  async function list({ administrator }: Caller, sub: string) {
    const [authority, person] = await Promise.all([
      administration.authorityOf(administrator),
      professionals.get(sub),
    ]);
    if (!person || !authority.reaches('account', 'read', person)) throw notFound();
    const items = await Promise.all(
      person.delegations.map(async ({ delegate, fromMs, toMs }) => {
        const other = await professionals.get(delegate);
        const isVisible = other !== null && authority.reaches('account', 'read', other);
        return isVisible ? [{ delegate, from: toInstant(fromMs), to: toInstant(toMs) }] : [];
      }),
    );
    return { items: items.flat(), total: items.flat().length };
  }

  return [
    defineRoute({
      name: 'listDelegations',
      method: 'GET',
      path: '/people/{sub}/delegations',
      scope: 'admin:read',
      tag: TAG,
      summary: { fr: 'Lire qui agit au nom d’une personne', en: 'Read who acts on behalf of a person' },
      params: z.strictObject({ sub: idField }),
      answers: { 200: listKind },
      handle: async call => ({ status: 200, body: await list(call, call.params.sub) }),
    }),
    actRoute({
      name: 'giveDelegation',
      method: 'POST',
      path: '/people/{sub}/delegations',
      tag: TAG,
      summary: { fr: 'Déclarer une absence', en: 'Declare an absence' },
      act: delegation.give,
      answers: { 200: listKind },
      then: async (caller, _outcome, { sub = '' }) => ({ status: 200, body: await list(caller, sub) }),
    }),
    actRoute({
      name: 'endDelegation',
      method: 'DELETE',
      path: '/people/{sub}/delegations/{delegate}',
      tag: TAG,
      summary: { fr: 'Terminer une délégation', en: 'End a delegation' },
      act: delegation.end,
      answers: { 204: { words: { fr: 'Terminée', en: 'Ended' } } },
      current: (caller, { sub = '' }) => list(caller, sub),
      then: async () => ({ status: 204 }),
    }),
  ];
}
