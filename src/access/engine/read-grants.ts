import { PROFILES, PRIVILEGED_PROFILES } from '../vocabulary.ts';
import { linesOf, quoted, type PolicyProblem } from './problems.ts';

const FILE = 'grants.csv';

/** Leave to give and to remove a profile. */
export interface Grant {
  readonly giver: string;
  readonly given: string;
  /** 2: somebody else who may give it confirms. */
  readonly persons: 1 | 2;
}

/** Reads « profil qui donne, profil donné, personnes »: what no line says, nobody gives. */
export function readGrants(text: string): { readonly grants: Grant[]; readonly problems: PolicyProblem[] } {
  const grants: Grant[] = [];
  const problems: PolicyProblem[] = [];
  const lineOf = new Map<string, number>();
  for (const { number, text: line } of linesOf(text)) {
    const report = (expected: string) => problems.push({ file: FILE, line: number, expected });
    const cells = line.split(',').map(cell => cell.trim());
    const [giver = '', given = '', persons = ''] = cells;
    if (cells.length !== 3) {
      report(`attendu 3 colonnes (profil qui donne, profil donné, personnes), trouvé ${cells.length}`);
      continue;
    }
    const before = problems.length;
    for (const profile of [giver, given])
      if (!PROFILES.some(known => known === profile)) report(`profil inconnu ${quoted(profile)}`);
    if (problems.length === before && !PRIVILEGED_PROFILES.includes(giver))
      report(`${quoted(giver)} n’est pas un profil d’administration : il ne donne rien`);
    if (persons !== '1' && persons !== '2')
      report(`le nombre de personnes est 1 ou 2, trouvé ${quoted(persons)}`);
    const key = `${giver},${given}`;
    const earlier = lineOf.get(key);
    if (earlier !== undefined) report(`la ligne ${earlier} dit déjà ce que ce profil peut donner`);
    lineOf.set(key, number);
    if (problems.length === before) grants.push({ giver, given, persons: persons === '2' ? 2 : 1 });
  }
  return { grants, problems };
}
