import { SENTENCE_CODES, SILENT_CODES, type SentenceCode } from '../vocabulary.ts';
import { linesOf, quoted, type PolicyProblem } from './problems.ts';

const FILE = 'reasons.csv';

/** What one answer says to the person and to the administrator, in French. */
export interface Reason {
  readonly person: string;
  readonly administrator: string;
}

export type Reasons = ReadonlyMap<SentenceCode, Reason>;

/** Reads the sentences: every code of the vocabulary once, and one same sentence for what depends on a patient. */
export function readReasons(text: string): { readonly reasons: Reasons; readonly problems: PolicyProblem[] } {
  const reasons = new Map<SentenceCode, Reason>();
  const problems: PolicyProblem[] = [];
  const lines = new Map<SentenceCode, number>();
  for (const { number, text: line } of linesOf(text)) {
    const report = (expected: string) => problems.push({ file: FILE, line: number, expected });
    const cells = line.split(';').map(cell => cell.trim());
    const [name = '', person = '', administrator = ''] = cells;
    const code = SENTENCE_CODES.find(known => known === name);
    if (cells.length !== 3 || person === '' || administrator === '')
      report(
        `attendu « code;phrase pour la personne;phrase pour l’administrateur », trouvé ${cells.length} colonnes`,
      );
    else if (!code) report(`code inconnu ${quoted(name)}`);
    else if (reasons.has(code)) report(`le code « ${code} » est déjà à la ligne ${lines.get(code) ?? 0}`);
    else {
      reasons.set(code, { person, administrator });
      lines.set(code, number);
    }
  }
  for (const code of SENTENCE_CODES)
    if (!reasons.has(code)) problems.push({ file: FILE, line: 0, expected: `le code « ${code} » manque` });
  const [model] = SILENT_CODES;
  const silence = model && reasons.get(model)?.person;
  for (const code of SILENT_CODES) {
    const own = reasons.get(code)?.person;
    if (own !== undefined && silence !== undefined && own !== silence)
      problems.push({
        file: FILE,
        line: lines.get(code) ?? 0,
        expected: `la phrase pour la personne est la même que celle de « ${model} » (elle ne doit rien apprendre du patient)`,
      });
  }
  return { reasons, problems };
}
