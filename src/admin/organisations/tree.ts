import type { Authority } from '#access/index.ts';
import type { Organisation } from '#directory/index.ts';
import { fold } from '#kernel/index.ts';

/** An organisation in the list of a branch, under what it depends on. */
export interface Branchlet {
  readonly organisation: Organisation;
  /** 0 at the top of what is seen. */
  readonly depth: number;
}

/**
 * What `authority` may read, as a tree laid flat: each under its parent, brothers by name. SECURITY: the branch first;
 * what depends on something unseen stands at the top, and its parent is not named.
 */
export function branchOf(all: readonly Organisation[], authority: Authority): readonly Branchlet[] {
  const seen = new Map(
    all
      .filter(({ id }) => authority.may('organisation', 'read', { organisation: id }))
      .map(organisation => [organisation.id, organisation]),
  );
  const children = new Map<string, Organisation[]>();
  const tops: Organisation[] = [];
  for (const organisation of seen.values()) {
    const { id, parent } = organisation;
    if (parent === undefined || parent === id || !seen.has(parent)) tops.push(organisation);
    else children.set(parent, [...(children.get(parent) ?? []), organisation]);
  }
  const list: Branchlet[] = [];
  const done = new Set<string>();
  function add(organisations: readonly Organisation[], depth: number): void {
    for (const organisation of organisations.toSorted(byName)) {
      if (done.has(organisation.id)) continue;
      done.add(organisation.id);
      list.push({ organisation, depth });
      add(children.get(organisation.id) ?? [], depth + 1);
    }
  }
  add(tops, 0);
  // Parents that form a circle have no top: they are listed all the same.
  add(
    [...seen.values()].filter(({ id }) => !done.has(id)),
    0,
  );
  return list;
}

/** Those whose name, FINESS number or id holds every word. */
export function narrow(list: readonly Branchlet[], text: string): readonly Branchlet[] {
  const words = fold(text)
    .split(/\s+/u)
    .filter(word => word !== '');
  return words.length === 0
    ? list
    : list.filter(({ organisation: { id, name, finess = '' } }) =>
        words.every(word => fold(`${name} ${finess} ${id}`).includes(word)),
      );
}

const byName = (a: Organisation, b: Organisation) => a.name.localeCompare(b.name, 'fr');
