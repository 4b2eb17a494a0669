import type { Accounts } from '#accounts/index.ts';
import type { Directory } from '#directory/index.ts';
import { normaliseAcr, type Acr, type Clock } from '#kernel/index.ts';
import { meansInForce, type MeansEntry, type MeansPeriod, type MeansRegistry } from '#methods/index.ts';
import { z } from 'zod';
import { defineActEvent, type Act } from '../acts/act.ts';
import { changesBetween } from '../acts/changes.ts';
import { conflict, invalidFields, notFound } from '../acts/refusals.ts';
import { findWayIn } from './way-in.ts';
import { idField, instantField, lineField } from '../people/fields.ts';

/** More dates than anybody keeps in view. */
export const MOST_PERIODS = 12;

const periodInput = z.strictObject({
  from: instantField.optional(),
  to: instantField.optional(),
  application: idField.optional(),
  network: idField.optional(),
  level_alone: z.string().optional(),
});

const updateInput = z.strictObject({
  means: z.string(),
  /** The one that was seen: two administrators do not undo each other’s work. */
  revision: z.number().int().min(0),
  homologation: lineField(300).optional(),
  periods: z.array(periodInput).max(MOST_PERIODS, `${MOST_PERIODS} périodes au plus.`),
});

type Update = z.output<typeof updateInput>;

export interface MeansActs {
  /** Replaces the periods of a means, its declared level and the reference of its homologation. */
  readonly update: Act<Update, void>;
}

export function createMeansActs(deps: {
  readonly means: MeansRegistry;
  readonly directory: Directory;
  readonly accounts: Accounts;
  readonly clock: Clock;
}): MeansActs {
  const { means, directory, accounts, clock } = deps;

  async function assertPlaces(periods: Update['periods']): Promise<void> {
    for (const [index, { application, network }] of periods.entries()) {
      const number = index + 1;
      if (application !== undefined && network !== undefined)
        throw invalidFields({ periods: `Période ${number} : un réseau ou une application, pas les deux.` });
      if (network !== undefined && !(await directory.networks.get(network)))
        throw invalidFields({ periods: `Période ${number} : ce réseau n’existe pas.` });
      if (application !== undefined && !(await directory.applications.get(application)))
        throw invalidFields({ periods: `Période ${number} : cette application n’existe pas.` });
    }
  }

  function periodsOf({ means: id, periods }: Update): readonly MeansPeriod[] {
    const method = means.methods.find(method => method.id === id);
    return periods.map(({ from, to, application, network, level_alone: level }, index) => {
      if (from !== undefined && to !== undefined && to <= from)
        throw invalidFields({ periods: `Période ${index + 1} : la fin vient après le début.` });
      const acrAlone = level === undefined ? undefined : declared(method?.declarableAcrs ?? [], level);
      if (level !== undefined && acrAlone === undefined)
        throw invalidFields({
          periods: `Période ${index + 1} : ce niveau ne peut pas être déclaré pour ce moyen.`,
        });
      return {
        ...(from !== undefined && { fromMs: from }),
        ...(to !== undefined && { toMs: to }),
        ...(application !== undefined && { application }),
        ...(network !== undefined && { network }),
        ...(acrAlone !== undefined && { acrAlone }),
      };
    });
  }

  /**
   * INVARIANT: at every instant from now on, a regional administrator reaches the level that administration asks for, by
   * means that they have; else nobody could sign in to undo the change. What was shut before may be mended step by step.
   */
  async function assertWayIn(changed: string, after: MeansEntry): Promise<void> {
    const { methods } = means;
    const before = await Promise.all(methods.map(async ({ id }) => means.entry(id)));
    const entries = methods.map(({ id }, index) => (id === changed ? after : before[index])) as MeansEntry[];
    const isOpen = await findWayIn({ directory, accounts, methods });
    const nowMs = clock.nowMs();
    const dates = entries.flatMap(({ periods }) => periods.flatMap(({ fromMs, toMs }) => [fromMs, toMs]));
    const instants = [nowMs, ...dates.filter(date => date !== undefined && date > nowMs)];
    for (const atMs of instants) {
      const openAt = (all: readonly MeansEntry[]) =>
        isOpen(meansInForce(methods, all, {}, atMs ?? nowMs), atMs ?? nowMs);
      if (!(await openAt(entries)) && (await openAt(before)))
        throw conflict('admin.no_way_in', {
          publicMessage: 'Plus aucun administrateur ne pourrait se connecter.',
          hint: 'Gardez à tout moment, pour toutes les applications, des moyens avec lesquels au moins un administrateur régional atteint le niveau 2.',
        });
    }
  }

  return {
    update: {
      name: 'means.update',
      type: 'means',
      action: 'update',
      title: 'Changer les périodes d’un moyen de connexion',
      event: defineActEvent('admin.means.updated', 'Moyen de connexion changé'),
      schema: updateInput,
      about: ({ means: id }) => ({ id }),
      async plan(input) {
        const { means: id, homologation, revision } = input;
        if (!means.methods.some(method => method.id === id)) throw notFound();
        await assertPlaces(input.periods);
        const before = await means.entry(id);
        if (before.revision !== revision) throw changedMeanwhile();
        const after: MeansEntry = {
          periods: periodsOf(input),
          revision,
          ...(homologation !== undefined && { homologation }),
        };
        await assertWayIn(id, after);
        return {
          target: id,
          changes: changesBetween(factsOf(before), factsOf(after)),
          async apply() {
            if (!(await means.decide(id, after))) throw changedMeanwhile();
          },
        };
      },
    },
  };
}

function declared(levels: readonly Acr[], asked: string): Acr | undefined {
  const acr = normaliseAcr(asked);
  return acr && levels.includes(acr) ? acr : undefined;
}

function factsOf({ homologation, periods }: MeansEntry) {
  const iso = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms).toISOString());
  return {
    homologation,
    periods: JSON.stringify(
      periods.map(({ fromMs, toMs, ...period }) => ({ from: iso(fromMs), to: iso(toMs), ...period })),
    ),
  };
}

function changedMeanwhile() {
  return conflict('admin.changed_meanwhile', {
    publicMessage: 'Ce moyen vient d’être changé par ailleurs.',
    hint: 'Rouvrez la page pour voir ce qui vaut maintenant, puis recommencez.',
  });
}
