import { everything, idField, lineField, planDocument, type RegionSection } from '#directory/index.ts';
import type { CollectionSpec, Doc, Store } from '#store/index.ts';
import { z } from 'zod';

/** A guide of the region: a page or a file somewhere on the web, for some professions or for everybody else. */
interface Guide extends Doc {
  readonly title: string;
  readonly url: string;
  /** NOS codes; empty: for whoever has no guide of their own. */
  readonly professions: readonly string[];
}

const guidesSpec: CollectionSpec<Guide> = {
  name: 'enrolment_guides',
  version: 1,
  indexes: { title: { key: ({ title }) => title } },
};

/** The guides that are sent with a new account. */
export interface Guides {
  /**
   * Where the guide for people of that profession (NOS code) is read: theirs, else the one for everybody, else the help
   * page of the service.
   */
  guideFor(profession: string | undefined): Promise<string>;
}

export function createGuides(deps: { readonly store: Store; readonly issuer: string }): Guides {
  const guides = deps.store.collection(guidesSpec);
  return {
    async guideFor(profession) {
      let general: string | undefined;
      for await (const { url, professions } of everything(query => guides.list('title', query))) {
        if (profession !== undefined && professions.includes(profession)) return url;
        if (professions.length === 0) general ??= url;
      }
      return general ?? `${deps.issuer}/aide`;
    },
  };
}

const guideRow = z.strictObject({
  id: idField,
  title: lineField(200),
  url: z.url({ protocol: /^https$/u, error: 'expected an https address' }).max(2_000),
  professions: z.array(lineField(20)).max(200).default([]),
});

/** The key `guides` of the region file. */
export function createGuideSection(deps: {
  readonly store: Store;
}): RegionSection<z.output<typeof guideRow>> {
  const guides = deps.store.collection(guidesSpec);
  return {
    key: 'guides',
    after: [],
    schema: guideRow,
    idField: 'id',
    idOf: row => row.id,
    has: async id => (await guides.get(id)) !== null,
    plan: async row => planDocument<Guide>(row, await guides.get(row.id), guides),
    async *rows() {
      for await (const { id, title, url, professions } of everything(query => guides.list('title', query)))
        yield { id, title, url, professions };
    },
  };
}
