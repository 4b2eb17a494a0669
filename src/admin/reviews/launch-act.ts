import { ROOT_ORGANISATION, treeOf } from '#access/index.ts';
import type { Directory } from '#directory/index.ts';
import { randomId, type Clock } from '#kernel/index.ts';
import { z } from 'zod';
import { defineActEvent, type Act } from '../acts/act.ts';
import { conflict, invalidFields } from '../acts/refusals.ts';
import type { Catalogue } from '../people/catalogue.ts';
import { idField, instantField, lineField } from '../people/fields.ts';
import { membershipRef } from '../people/membership-acts.ts';
import { nameOf } from '../people/seen.ts';
import { alreadyOpen, type ReviewLine, type ReviewRecords } from './records.ts';

const launchInput = z.strictObject({
  name: lineField(120),
  network: idField,
  organisation: idField,
  from: instantField.optional(),
  to: instantField,
});

export type LaunchAct = Act<z.output<typeof launchInput>, { readonly id: string }>;

const DAY_MS = 86_400_000;
const LONGEST_DAYS = 365;
/** Beyond, a region reviews by establishment: nobody answers for more in one go. */
const MOST_LINES = 10_000;

/** Launches a campaign: the profiles held at this moment in the branch and the network are its lines, for good. */
export function createLaunchAct(deps: {
  readonly records: ReviewRecords;
  readonly directory: Directory;
  readonly catalogue: Catalogue;
  readonly clock: Clock;
}): LaunchAct {
  const { records, directory, catalogue, clock } = deps;

  /** What is held or about to be held there, by establishment and then by name. */
  async function freeze(network: string, top: string): Promise<Omit<ReviewLine, 'key'>[]> {
    const organisations = await directory.organisations.all();
    const tree = treeOf(organisations);
    const names = new Map(organisations.map(({ id, name }) => [id, name]));
    const isWhole = top === ROOT_ORGANISATION;
    const nowMs = clock.nowMs();
    const lines: (Omit<ReviewLine, 'key'> & { readonly place: string })[] = [];
    for (const { sub, status, memberships, ...person } of await catalogue.entries()) {
      if (status === 'closed') continue;
      for (const membership of memberships) {
        const { organisation, toMs } = membership;
        const isWithin = isWhole || (organisation !== undefined && tree.isWithin(organisation, top));
        if (membership.network !== network || !isWithin || (toMs !== undefined && toMs <= nowMs)) continue;
        lines.push({
          sub,
          name: nameOf(person),
          ref: membershipRef(membership),
          membership,
          place: names.get(organisation ?? '') ?? organisation ?? '',
        });
      }
    }
    // People come in the order of their names, and the sort keeps it.
    return lines
      .sort((a, b) => a.place.localeCompare(b.place, 'fr'))
      .map(({ place: _place, ...line }) => line);
  }

  return {
    name: 'review.launch',
    type: 'review',
    action: 'launch',
    title: 'Lancer une revue d’habilitations',
    event: defineActEvent('admin.review.launched', 'Revue d’habilitations lancée'),
    schema: launchInput,
    about: ({ network, organisation }) => ({ id: '*', network, organisation }),
    async plan({ name, network, organisation, from, to }, by) {
      const nowMs = clock.nowMs();
      const startMs = Math.max(from ?? nowMs, nowMs);
      if (!(await directory.networks.get(network)))
        throw invalidFields({ network: 'Ce réseau n’existe pas.' });
      if (organisation !== ROOT_ORGANISATION && !(await directory.organisations.get(organisation)))
        throw invalidFields({ organisation: 'Cet établissement n’existe pas.' });
      if (to - startMs < DAY_MS)
        throw invalidFields({ to: 'La fin doit venir un jour au moins après le début.' });
      if (to - startMs > LONGEST_DAYS * DAY_MS) throw invalidFields({ to: 'Une revue dure un an au plus.' });
      const open = await records.open();
      if (open.some(other => other.network === network && other.organisation === organisation))
        throw alreadyOpen();
      const lines = await freeze(network, organisation);
      if (lines.length === 0)
        throw conflict('admin.review_empty', {
          publicMessage: 'Personne n’a de profil dans cet établissement et ce réseau.',
        });
      if (lines.length > MOST_LINES)
        throw conflict('admin.review_too_large', {
          publicMessage: 'Cette revue porterait sur plus de 10 000 profils.',
          hint: 'Lancez une revue par établissement.',
        });
      return {
        target: organisation,
        changes: { review: [null, `${name} : ${network}/${organisation}, ${lines.length} profils`] },
        async apply() {
          const id = randomId();
          const campaign = {
            id,
            name,
            network,
            organisation,
            startMs,
            endMs: to,
            launchedBy: by.actor,
            launchedAtMs: nowMs,
            total: lines.length,
            organisations: [...new Set(lines.map(({ membership }) => membership.organisation ?? ''))],
            reminded: {},
          };
          await records.add(campaign, lines);
          return { id };
        },
      };
    },
  };
}
