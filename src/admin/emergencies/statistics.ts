import { emergencyStateOf, type EmergencyRegister, type EmergencyUse } from '#access/index.ts';
import type { Directory } from '#directory/index.ts';
import { nameOf } from '../people/seen.ts';
import type { Column } from '../files/sheets/table.ts';

export interface Period {
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
}

/** How often somebody, or the people of an establishment, used emergency access, and what was thought of it. */
export interface StatisticsRow {
  readonly kind: 'person' | 'organisation';
  readonly id: string;
  readonly name: string;
  readonly breakGlass: number;
  readonly centre15: number;
  /** Different records. */
  readonly records: number;
  readonly justified: number;
  readonly unjustified: number;
  readonly awaiting: number;
}

type Counts = Omit<StatisticsRow, 'kind' | 'id' | 'name' | 'records'>;
type Tally = { -readonly [K in keyof Counts]: number } & { readonly records: Set<string> };

const KINDS = { person: 'Personne', organisation: 'Établissement' } as const;

export const STATISTICS_COLUMNS: readonly Column<StatisticsRow>[] = [
  { title: 'Compté pour', value: ({ kind }) => KINDS[kind] },
  { title: 'Nom', value: ({ name }) => name },
  { title: 'Identifiant', value: ({ id }) => id },
  { title: 'Bris de glace', value: ({ breakGlass }) => breakGlass },
  { title: 'Centre 15', value: ({ centre15 }) => centre15 },
  { title: 'Dossiers différents', value: ({ records }) => records },
  { title: 'Justifiés', value: ({ justified }) => justified },
  { title: 'Non justifiés', value: ({ unjustified }) => unjustified },
  { title: 'À examiner', value: ({ awaiting }) => awaiting },
];

/** Of one network, in one period: persons, then establishments, each with the most uses first. */
export async function countEmergencies(
  deps: {
    readonly emergencies: EmergencyRegister;
    readonly directory: Pick<Directory, 'organisations' | 'professionals'>;
  },
  network: string,
  period: Period,
): Promise<readonly StatisticsRow[]> {
  const persons = new Map<string, Tally>();
  const organisations = new Map<string, Tally>();
  for await (const use of deps.emergencies.between(network, period)) {
    count(persons, use.account, use);
    for (const organisation of use.organisations) count(organisations, organisation, use);
  }
  const { professionals, organisations: places } = deps.directory;
  return [
    ...(await rowsOf('person', persons, async id => {
      const person = await professionals.get(id);
      return person ? nameOf(person) : id;
    })),
    ...(await rowsOf('organisation', organisations, async id => (await places.get(id))?.name ?? id)),
  ];
}

function count(tallies: Map<string, Tally>, id: string, use: EmergencyUse): void {
  const tally = tallies.get(id) ?? {
    breakGlass: 0,
    centre15: 0,
    justified: 0,
    unjustified: 0,
    awaiting: 0,
    records: new Set(),
  };
  tallies.set(id, tally);
  if (use.purpose === 'bris_de_glace') tally.breakGlass += 1;
  else tally.centre15 += 1;
  tally.records.add(use.patientKey);
  const state = emergencyStateOf(use);
  if (state !== 'exempt') tally[state] += 1;
}

async function rowsOf(
  kind: StatisticsRow['kind'],
  tallies: ReadonlyMap<string, Tally>,
  nameFor: (id: string) => Promise<string>,
): Promise<readonly StatisticsRow[]> {
  const rows: StatisticsRow[] = [];
  for (const [id, { records, ...counts }] of tallies)
    rows.push({ kind, id, name: await nameFor(id), ...counts, records: records.size });
  const usesOf = ({ breakGlass, centre15 }: StatisticsRow) => breakGlass + centre15;
  return rows.sort((a, b) => usesOf(b) - usesOf(a) || a.name.localeCompare(b.name, 'fr'));
}
