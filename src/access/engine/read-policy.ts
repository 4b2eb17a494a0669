import { POLICY_VOCABULARY, PROFILES } from '../vocabulary.ts';
import { linesOf, quoted, type PolicyProblem } from './problems.ts';

const FILE = 'policy.csv';

/** One row of `policy.csv`. */
export interface PolicyRow {
  readonly line: number;
  readonly profile: string;
  readonly type: string;
  readonly action: string;
  readonly effect: 'allow' | 'deny';
}

/** Reads the rows with closed vocabularies and exact arity (casbin skips or accepts malformed lines in silence). */
export function readPolicy(text: string): { readonly rows: PolicyRow[]; readonly problems: PolicyProblem[] } {
  const rows: PolicyRow[] = [];
  const problems: PolicyProblem[] = [];
  const lineOf = new Map<string, number>();
  let firstAllow = 0;
  for (const { number, text: line } of linesOf(text)) {
    const cells = line.split(',').map(cell => cell.trim());
    const [kind, profile = '', type = '', action = '', effect] = cells;
    const report = (expected: string) => problems.push({ file: FILE, line: number, expected });
    const before = problems.length;
    if (kind !== 'p') report(`une ligne commence par « p », trouvé ${quoted(kind ?? '')}`);
    if (cells.length !== 5)
      report(`attendu 5 colonnes (p, profil, type, action, effet), trouvé ${cells.length}`);
    if (problems.length > before) continue;
    if (!PROFILES.some(known => known === profile))
      report(`profil inconnu ${quoted(profile)} ; connus : ${PROFILES.join(', ')}`);
    const actions = Object.hasOwn(POLICY_VOCABULARY, type) ? POLICY_VOCABULARY[type] : undefined;
    if (!actions)
      report(
        `type de ressource inconnu ${quoted(type)} ; connus : ${Object.keys(POLICY_VOCABULARY).join(', ')}`,
      );
    else if (!actions.includes(action))
      report(`action inconnue ${quoted(action)} ; connues : ${actions.join(', ')}`);
    if (effect !== 'allow' && effect !== 'deny') {
      report(`l’effet est « allow » ou « deny », trouvé ${quoted(effect ?? '')}`);
      continue;
    }
    const key = [profile, type, action].join();
    const earlier = lineOf.get(key);
    if (earlier !== undefined)
      report(`la ligne ${earlier} décide déjà pour ce profil, ce type et cette action`);
    if (effect === 'deny' && firstAllow > 0)
      report(`les lignes « deny » viennent avant la première « allow » (ligne ${firstAllow})`);
    if (effect === 'allow' && firstAllow === 0) firstAllow = number;
    lineOf.set(key, number);
    if (problems.length === before) rows.push({ line: number, profile, type, action, effect });
  }
  if (firstAllow === 0) problems.push({ file: FILE, line: 0, expected: 'au moins une ligne « allow »' });
  return { rows, problems };
}
