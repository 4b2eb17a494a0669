import type { Clock } from '#kernel/index.ts';
import type { Reference, ReferenceFile } from './reference.ts';

/** A list that the service works with and that others keep: a register, and whatever else goes out of date. */
export interface WatchedList {
  readonly title: string;
  /** `absent`: never brought in, which is allowed; the others ask for somebody. */
  readonly state: 'fresh' | 'old' | 'cut_short' | 'unfinished' | 'absent' | 'ending' | 'ended';
  /** What that means, and for whom to do something: one French sentence. */
  readonly words: string;
  readonly entries: number | null;
  /** When this copy came in, epoch milliseconds. */
  readonly broughtInMs: number | null;
  /** Who brings it in, and by which command or which job. */
  readonly broughtInBy: string;
}

/** One kind of lists. The page of health asks all of them, and knows none. */
export type ListWatch = () => Promise<readonly WatchedList[]>;

/** What the last import left besides, for the page of the registers. */
export interface WatchedRegister extends WatchedList {
  readonly state: Exclude<WatchedList['state'], 'ending' | 'ended'>;
  readonly key: ReferenceFile;
  readonly command: string;
  readonly publisher: string;
  /** Lines of the file without a valid number or a name; `null`: not known. */
  readonly refused: number | null;
  readonly removed: number | null;
}

/** Registers change every day; a copy of that age misses the people and places of a season. */
const OLD_DAYS = 90;
const DAY_MS = 86_400_000;

const REGISTERS = [
  {
    key: 'rpps',
    title: 'RPPS : professionnels de santé',
    command: 'npm run trousseau -- import-rpps FICHIER',
    publisher:
      'Annuaire Santé, extraction en libre accès « PS_LibreAcces_Personne_activite », publiée par l’Agence du numérique en santé.',
  },
  {
    key: 'finess',
    title: 'FINESS : établissements',
    command: 'npm run trousseau -- import-finess FICHIER',
    publisher: 'Extraction « etalab-cs1100507 » du FINESS, publiée sur data.gouv.fr.',
  },
] as const satisfies readonly Pick<WatchedRegister, 'key' | 'title' | 'command' | 'publisher'>[];

/** How the two national registers stand. */
export async function watchRegisters({
  reference,
  clock,
}: {
  readonly reference: Reference;
  readonly clock: Clock;
}): Promise<readonly WatchedRegister[]> {
  return Promise.all(
    REGISTERS.map(async register => {
      const last = await reference.state(register.key);
      const ageDays = last ? Math.floor((clock.nowMs() - last.importedAtMs) / DAY_MS) : 0;
      const state = !last
        ? 'absent'
        : last.isSuspect === true
          ? 'cut_short'
          : last.begun.some(generation => generation !== last.generation)
            ? 'unfinished'
            : ageDays > OLD_DAYS
              ? 'old'
              : 'fresh';
      return {
        ...register,
        state,
        words: WORDS[state],
        entries: last?.entries ?? null,
        refused: last?.refused ?? null,
        removed: last?.removed ?? null,
        broughtInMs: last?.importedAtMs ?? null,
        broughtInBy: 'L’exploitant du service, par une commande',
      } as const;
    }),
  );
}

const WORDS: Readonly<Record<WatchedRegister['state'], string>> = {
  fresh: 'À jour.',
  old: `Copie de plus de ${OLD_DAYS} jours : demandez à l’exploitant d’importer le fichier du moment.`,
  cut_short:
    'Le dernier fichier contenait moins de la moitié du précédent : rien n’a été retiré. Il faut en importer un complet.',
  unfinished: 'Un import a commencé et ne s’est pas terminé : il suffit de le relancer.',
  absent: 'Jamais importé : le préremplissage et les avertissements qui s’en servent sont muets.',
};
