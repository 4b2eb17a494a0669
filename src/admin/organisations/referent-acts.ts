import { ROOT_ORGANISATION, treeOf, type Located, type OrganisationTree } from '#access/index.ts';
import type { Directory } from '#directory/index.ts';
import type { Clock } from '#kernel/index.ts';
import { z } from 'zod';
import { defineActEvent, type Act } from '../acts/act.ts';
import { conflict, notFound } from '../acts/refusals.ts';
import { idField } from '../people/fields.ts';

const input = z.strictObject({ id: idField, sub: idField });

type Input = z.output<typeof input>;

/** The people to turn to in an organisation: named there, and shown to whoever asks for an account. */
export interface ReferentActs {
  readonly add: Act<Input, void>;
  readonly remove: Act<Input, void>;
}

/** More than anybody would look through. */
const MOST = 20;

export function createReferentActs({
  directory,
  clock,
}: {
  readonly directory: Directory;
  readonly clock: Clock;
}): ReferentActs {
  const { organisations, professionals } = directory;

  async function referentsOf(id: string): Promise<readonly string[]> {
    const organisation = await organisations.get(id);
    if (!organisation) throw notFound();
    return organisation.referents ?? [];
  }

  const setReferents = (id: string, change: (referents: readonly string[]) => readonly string[]) =>
    organisations.update(id, organisation => ({
      ...organisation,
      referents: change(organisation.referents ?? []),
    }));

  return {
    add: {
      name: 'organisation.add_referent',
      type: 'organisation',
      action: 'update',
      title: 'Désigner un référent',
      event: defineActEvent('admin.referent.added', 'Référent d’un établissement désigné'),
      schema: input,
      about: ({ id }) => ({ id }),
      // SECURITY: a person of another branch is answered as an unknown one.
      alsoAbout: ({ sub }) => [{ type: 'account', action: 'read', id: sub }],
      async plan({ id, sub }) {
        const [referents, person, all] = await Promise.all([
          referentsOf(id),
          professionals.get(sub),
          organisations.all(),
        ]);
        if (!person) throw notFound();
        if (person.status !== 'active')
          throw conflict('admin.account_inactive', {
            publicMessage: 'Le compte de cette personne n’est pas actif.',
          });
        if (!worksAround(person, id, treeOf(all), clock.nowMs()))
          throw conflict('admin.not_of_the_place', {
            publicMessage: 'Cette personne ne travaille pas dans cet établissement.',
            hint: 'Un référent y est rattaché, ou y tient un profil.',
          });
        if (referents.length >= MOST && !referents.includes(sub))
          throw conflict('admin.too_many_referents', {
            publicMessage: `Un établissement a ${MOST} référents au plus.`,
          });
        return {
          account: sub,
          target: id,
          changes: referents.includes(sub) ? {} : { referent: [null, sub] },
          apply: async () =>
            void (await setReferents(id, before => (before.includes(sub) ? before : [...before, sub]))),
        };
      },
    },

    remove: {
      name: 'organisation.remove_referent',
      type: 'organisation',
      action: 'update',
      title: 'Retirer un référent',
      event: defineActEvent('admin.referent.removed', 'Référent d’un établissement retiré'),
      schema: input,
      about: ({ id }) => ({ id }),
      async plan({ id, sub }) {
        const referents = await referentsOf(id);
        if (!referents.includes(sub)) throw notFound();
        return {
          account: sub,
          target: id,
          changes: { referent: [sub, null] },
          apply: async () => void (await setReferents(id, before => before.filter(other => other !== sub))),
        };
      },
    },
  };
}

/** True for whoever works there, in what depends on it, or in the establishment above it. */
export function worksAround(person: Located, id: string, tree: OrganisationTree, nowMs: number): boolean {
  const places = [
    ...person.memberships.filter(({ toMs }) => toMs === undefined || nowMs < toMs),
    { organisation: person.branch },
  ].flatMap(({ organisation }) => organisation ?? []);
  return places.some(
    place => tree.isWithin(place, id) || (place !== ROOT_ORGANISATION && tree.isWithin(id, place)),
  );
}
