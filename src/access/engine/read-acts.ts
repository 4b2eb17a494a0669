import { ACR, normaliseAcr, type Acr } from '#kernel/index.ts';
import { ADMINISTRATION } from '../vocabulary.ts';
import { linesOf, quoted, type PolicyProblem } from './problems.ts';

const FILE = 'acts.csv';

/** What an act of administration asks of who does it. */
export interface ActRequirement {
  /** The lowest level. */
  readonly acr: Acr;
  /** The sign-in is at most this old; absent: any age. */
  readonly maxAgeSeconds?: number;
}

/** An act that has no line of its own: a sign-in in two steps, whatever its age. */
export const ORDINARY: ActRequirement = { acr: ACR.code };

export const actKey = (type: string, action: string): string => `${type} ${action}`;

/** Reads « type de ressource, action, niveau, minutes » (`-`: any age). */
export function readActs(text: string): {
  readonly acts: ReadonlyMap<string, ActRequirement>;
  readonly problems: PolicyProblem[];
} {
  const acts = new Map<string, ActRequirement>();
  const problems: PolicyProblem[] = [];
  for (const { number, text: line } of linesOf(text)) {
    const report = (expected: string) => problems.push({ file: FILE, line: number, expected });
    const cells = line.split(',').map(cell => cell.trim());
    const [type = '', action = '', level = '', age = ''] = cells;
    if (cells.length !== 4) {
      report(`attendu 4 colonnes (type de ressource, action, niveau, minutes), trouvé ${cells.length}`);
      continue;
    }
    const before = problems.length;
    const actions: readonly string[] = Object.hasOwn(ADMINISTRATION, type)
      ? ADMINISTRATION[type as keyof typeof ADMINISTRATION]
      : [];
    if (!actions.includes(action)) report(`acte inconnu ${quoted(`${type}, ${action}`)}`);
    const acr = normaliseAcr(level);
    if (!acr) report(`niveau inconnu ${quoted(level)}`);
    const minutes = /^[1-9]\d{0,2}$/u.test(age) ? Number(age) : undefined;
    if (minutes === undefined && age !== '-')
      report(`l’âge de la connexion est un nombre de minutes (1 à 999) ou « - », trouvé ${quoted(age)}`);
    const key = actKey(type, action);
    if (acts.has(key)) report('cet acte a déjà une ligne');
    if (problems.length === before && acr)
      acts.set(key, { acr, ...(minutes !== undefined && { maxAgeSeconds: minutes * 60 }) });
  }
  return { acts, problems };
}
