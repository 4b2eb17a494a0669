/** The organisation above all others (contract §3: `"parent": "region"` needs no row of its own). */
export const ROOT_ORGANISATION = 'region';

/** Region → 3C or establishment → service. A snapshot: what is asked in one request is asked of one tree. */
export interface OrganisationTree {
  /** The organisation itself first, then its parents up to the root. An unknown one has only itself. */
  ancestors(id: string): readonly string[];
  /** True when `id` is `root` or lies below it. */
  isWithin(id: string, root: string): boolean;
}

/** Parents that form a circle end where it closes: no organisation is then above another by mistake. */
export function treeOf(
  organisations: Iterable<{ readonly id: string; readonly parent?: string | undefined }>,
): OrganisationTree {
  const parents = new Map<string, string | undefined>();
  for (const { id, parent } of organisations) parents.set(id, parent);
  const known = new Map<string, readonly string[]>();
  function ancestors(id: string): readonly string[] {
    const before = known.get(id);
    if (before) return before;
    const line = new Set<string>();
    for (let at: string | undefined = id; at !== undefined && !line.has(at); at = parents.get(at))
      line.add(at);
    const found = [...line];
    known.set(id, found);
    return found;
  }
  return { ancestors, isWithin: (id, root) => ancestors(id).includes(root) };
}
