import type { Authority } from '#access/index.ts';
import { isInForce, type Membership } from '#directory/index.ts';
import { PARTICULAR } from '../particular.ts';
import type { CatalogueEntry } from '../people/catalogue.ts';

/** What is looked at of one person: the memberships are those that the reader may see. */
interface Look {
  readonly entry: CatalogueEntry;
  readonly inForce: readonly Membership[];
  readonly visible: readonly Membership[];
  readonly nowMs: number;
}

/** Somebody of a figure: whom, and why. */
export interface Finding {
  readonly sub: string;
  readonly name: { readonly givenName: string; readonly familyName: string };
  /** The membership meant, when it is one. */
  readonly membership?: Membership;
  /** What the reader is told: a fact, or an instant that goes with it. */
  readonly fact: string;
  readonly atMs?: number;
}

export interface Figure {
  /** Stands in the address of its list. */
  readonly key: string;
  readonly group: 'attention' | 'compliance';
  readonly label: string;
  /** In words, on the page beside the number. */
  readonly definition: string;
  readonly find: (look: Look) => readonly Omit<Finding, 'sub' | 'name'>[];
}

const DAY_MS = 86_400_000;
const ENDING_DAYS = 30;
const MOST_PROFILES = 3;
const MOST_PLACES = 2;

/** An account that somebody may sign in with. */
const isOpen = ({ status, login }: CatalogueEntry) => status === 'active' && login !== null;

export const FIGURES: readonly Figure[] = [
  {
    key: 'ending',
    group: 'attention',
    label: 'Profils qui se terminent',
    definition: `Profils en cours qui se terminent dans les ${ENDING_DAYS} jours : à prolonger, ou à laisser finir.`,
    find: ({ inForce, nowMs }) =>
      inForce.flatMap(membership =>
        membership.toMs !== undefined && membership.toMs - nowMs <= ENDING_DAYS * DAY_MS
          ? [{ membership, fact: 'Se termine le', atMs: membership.toMs - 1 }]
          : [],
      ),
  },
  {
    key: 'no-second-means',
    group: 'compliance',
    label: 'Comptes sans second moyen',
    definition:
      'Comptes actifs sans adresse électronique : aucun code ne peut leur être envoyé, et les applications qui en demandent un leur sont fermées.',
    find: ({ entry }) =>
      isOpen(entry) && entry.email === undefined ? [{ fact: 'Pas d’adresse électronique' }] : [],
  },
  {
    key: 'proofs',
    group: 'compliance',
    label: 'Habilitations particulières à justifier',
    definition: `Profils d’administration, de responsable ou d’inscription en RCP, de coordination 3C et de régulation : sans preuve enregistrée, ou terminés depuis moins de ${ENDING_DAYS} jours et non renouvelés.`,
    find: ({ visible, inForce, nowMs }) =>
      visible.flatMap(membership => {
        const { profile, proof, toMs } = membership;
        if (!PARTICULAR.has(profile)) return [];
        if (isInForce(membership, nowMs))
          return proof === undefined ? [{ membership, fact: 'Sans preuve' }] : [];
        const isRecent = toMs !== undefined && toMs <= nowMs && nowMs - toMs < ENDING_DAYS * DAY_MS;
        const isRenewed = inForce.some(
          held =>
            held.profile === profile &&
            held.network === membership.network &&
            held.organisation === membership.organisation,
        );
        return isRecent && !isRenewed ? [{ membership, fact: 'Terminée le', atMs: toMs - 1 }] : [];
      }),
  },
  {
    key: 'over-privileged',
    group: 'compliance',
    label: 'Comptes aux droits étendus',
    definition: `Personnes qui tiennent en même temps plus de ${MOST_PROFILES} profils différents, ou des profils dans plus de ${MOST_PLACES} établissements.`,
    find({ entry, inForce }) {
      if (entry.status !== 'active') return [];
      const profiles = new Set(inForce.map(({ profile }) => profile)).size;
      const places = new Set(inForce.map(({ organisation }) => organisation ?? '')).size;
      if (profiles <= MOST_PROFILES && places <= MOST_PLACES) return [];
      return [
        {
          fact: `${profiles} profil${profiles > 1 ? 's' : ''}, ${places} établissement${places > 1 ? 's' : ''}`,
        },
      ];
    },
  },
];

/** What a reader may see of each person, in the order of names; `visit` is called for those of their branch only. */
function look(
  entries: readonly CatalogueEntry[],
  authority: Authority,
  nowMs: number,
  visit: (look: Look) => void,
): void {
  // Thousands of people work in the same places: what may be seen there is asked once.
  const seen = new Map<string, boolean>();
  const reached = new Map<string, boolean>();
  const keyOf = ({ network, organisation = '' }: Membership) => `${network}/${organisation}`;
  const isSeen = (held: Membership) =>
    remembered(seen, keyOf(held), () => authority.may('membership', 'read', held));
  const isReached = ({ branch, memberships }: CatalogueEntry) => {
    // A membership that is over says nothing of where somebody works.
    const current = memberships.filter(({ toMs }) => toMs === undefined || nowMs < toMs);
    return remembered(reached, [branch ?? '', ...current.map(keyOf)].join('\n'), () =>
      authority.reaches('account', 'read', { branch, memberships: current }),
    );
  };
  for (const entry of entries) {
    // SECURITY: the branch first; nobody of another is counted.
    if (entry.status === 'closed' || !isReached(entry)) continue;
    const visible = entry.memberships.filter(isSeen);
    visit({ entry, visible, inForce: visible.filter(held => isInForce(held, nowMs)), nowMs });
  }
}

function remembered(known: Map<string, boolean>, key: string, ask: () => boolean): boolean {
  const before = known.get(key);
  if (before !== undefined) return before;
  const answer = ask();
  known.set(key, answer);
  return answer;
}

/** Every figure at once, in one pass: key → number. */
export function countFigures(
  entries: readonly CatalogueEntry[],
  authority: Authority,
  nowMs: number,
): ReadonlyMap<string, number> {
  const counts = new Map(FIGURES.map(({ key }) => [key, 0]));
  look(entries, authority, nowMs, at => {
    for (const { key, find } of FIGURES) counts.set(key, (counts.get(key) ?? 0) + find(at).length);
  });
  return counts;
}

/** Who makes up a figure, in the order of names. */
export function findingsOf(
  figure: Figure,
  entries: readonly CatalogueEntry[],
  authority: Authority,
  nowMs: number,
): readonly Finding[] {
  const findings: Finding[] = [];
  look(entries, authority, nowMs, at => {
    const { sub, givenName, familyName } = at.entry;
    for (const found of figure.find(at)) findings.push({ sub, name: { givenName, familyName }, ...found });
  });
  return findings;
}
