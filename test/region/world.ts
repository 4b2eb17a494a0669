import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createAccountSections } from '#accounts/index.ts';
import { createDirectorySections, type RegionSection } from '#directory/index.ts';
import { regionVocabulary } from '../../src/region-sections.ts';
import { createRegionImport, type RegionImport, type RowReport } from '#region/index.ts';
import { openWorld, type World } from '../accounts/world.ts';

/** The region file as a JSON object, for tests to take apart. */
export type Json = Record<string, unknown>;

/** A region with one network, one organisation, two accounts and one application. */
export function smallRegion(): Json & { accounts: Json[]; organisations: Json[]; applications: Json[] } {
  return {
    version: 1,
    region: { name: 'Centre', support: '02 00 00 00 00' },
    networks: [{ id: 'cancerologie', name: 'Cancérologie', regime: 'consentement' }],
    organisations: [{ id: 'chu', name: 'CHU', finess: '370000481', networks: ['cancerologie'] }],
    terms: [{ version: '2026-1', title: 'Règlement', text: 'Le texte', from: '2026-01-01T00:00:00+01:00' }],
    accounts: [
      {
        sub: 'acc-claire',
        login: 'claire.dupont',
        given_name: 'Claire',
        family_name: 'Dupont',
        profession: '10',
        national_ids: ['899700366240'],
        password: 'Trousseau-2026!',
        terms_accepted: '2026-1',
        memberships: [
          {
            network: 'cancerologie',
            organisation: 'chu',
            profile: 'utilisateur_cancerologie',
            from: '2026-01-01T00:00:00Z',
          },
        ],
        delegations: [{ delegate: 'acc-sophie' }],
      },
      { sub: 'acc-sophie', login: 'sophie.martin', given_name: 'Sophie', family_name: 'Martin' },
    ],
    applications: [
      {
        client_id: 'dcc',
        name: 'DCC',
        client_secret: 'a-secret-of-more-than-32-characters',
        redirect_uris: ['https://dcc.example/callback'],
        network: 'cancerologie',
      },
    ],
  };
}

export interface RegionWorld extends World {
  readonly folder: string;
  readonly region: RegionImport;
  /** Imports a document that lies in the folder. */
  load(
    document: unknown,
    options?: Parameters<RegionImport['importDocument']>[2],
  ): ReturnType<RegionImport['importDocument']>;
  regionWith(options: {
    readonly isDemo?: boolean;
    readonly isTraining?: boolean;
    readonly more?: readonly RegionSection[];
  }): RegionImport;
  /** Writes a file beside the document. */
  write(name: string, text: string): Promise<string>;
}

export async function openRegionWorld(): Promise<RegionWorld> {
  const world = await openWorld();
  const folder = await mkdtemp(path.join(tmpdir(), 'trousseau-region-'));
  const known = { ...world, vocabulary: regionVocabulary };
  const regionWith: RegionWorld['regionWith'] = ({ isDemo = false, isTraining = false, more = [] }) =>
    createRegionImport({
      ...world,
      isDemo,
      isTraining,
      sections: [...createDirectorySections(known), ...createAccountSections(known), ...more],
    });
  const region = regionWith({});
  return {
    ...world,
    folder,
    region,
    load: (document, options) => region.importDocument(document, folder, options),
    regionWith,
    async write(name, text) {
      const file = path.join(folder, name);
      await writeFile(file, text);
      return file;
    },
    async close() {
      await world.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The row of a Jean Martin, without a login. */
export const accountRow = (n: number, more: Json = {}): Json => ({
  sub: `acc-${n}`,
  given_name: 'Jean',
  family_name: 'Martin',
  ...more,
});

/** `accounts[0]: refuse` for every row, for one look. */
export function outcomes(rows: readonly RowReport[]): Record<string, string> {
  return Object.fromEntries(rows.map(({ path: where, outcome }) => [where, outcome]));
}
