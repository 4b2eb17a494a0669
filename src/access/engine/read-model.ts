import { linesOf, quoted, type Line, type PolicyProblem } from './problems.ts';

const FILE = 'model.conf';
const FIELDS = ['profile', 'type', 'action'] as const;

/** Section → the only key it has, and the check of its value. */
const SECTIONS: Readonly<Record<string, { key: string; check: (value: string) => readonly string[] }>> = {
  request_definition: { key: 'r', check: value => checkList(value, [...FIELDS]) },
  policy_definition: { key: 'p', check: value => checkList(value, [...FIELDS, 'eft']) },
  policy_effect: { key: 'e', check: checkEffect },
  matchers: { key: 'm', check: checkMatcher },
};

function checkList(value: string, expected: readonly string[]): readonly string[] {
  const found = value.split(',').map(word => word.trim());
  return found.join() === expected.join()
    ? []
    : [`attendu « ${expected.join(', ')} », trouvé ${quoted(value)}`];
}

/** SECURITY: with casbin's other effects an empty or half-read policy may allow. This one denies by default. */
function checkEffect(value: string): readonly string[] {
  const only = 'priority(p.eft) || deny';
  return value.replace(/\s+/gu, ' ') === only ? [] : [`attendu « ${only} », trouvé ${quoted(value)}`];
}

/**
 * Only `r.x == p.x && …`, each field once. SECURITY: an unregistered function negated in a matcher allows, `eval` runs
 * what a cell says, and `<`/`>` compare levels as text ("2" >= "10" is true), so none of them is accepted.
 */
function checkMatcher(value: string): readonly string[] {
  const call = /([\p{L}_][\p{L}\p{N}_.]*)\s*\(/u.exec(value)?.[1];
  if (call !== undefined) return [`aucune fonction n’est permise ici, trouvé ${quoted(`${call}(…)`)}`];
  if (/[<>]/u.test(value))
    return [
      'aucune comparaison d’ordre n’est permise ici : les niveaux se jugent en nombres, dans les règles',
    ];
  const left = new Set<string>(FIELDS);
  const problems: string[] = [];
  for (const term of value.split('&&').map(part => part.trim())) {
    const [, asked, given] = /^r\.(\w+)\s*==\s*p\.(\w+)$/u.exec(term) ?? [];
    if (asked === undefined || asked !== given)
      problems.push(`attendu « r.champ == p.champ », trouvé ${quoted(term)}`);
    else if (!left.delete(asked)) problems.push(`champ inconnu ou répété ${quoted(asked)}`);
  }
  return [...problems, ...[...left].map(field => `le champ « ${field} » n’est comparé nulle part`)];
}

/** Checks the grammar of the policy before casbin reads it (casbin accepts what it does not know in silence). */
export function checkModel(text: string): PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  const seen = new Set<string>();
  let section: string | undefined;
  const report = ({ number }: Line, expected: string) =>
    problems.push({ file: FILE, line: number, expected });
  for (const line of linesOf(text)) {
    const title = /^\[(.*)\]$/u.exec(line.text)?.[1];
    if (title !== undefined) {
      section = title;
      if (!Object.hasOwn(SECTIONS, title)) report(line, `section inconnue ${quoted(title)}`);
      continue;
    }
    const spec = section !== undefined && Object.hasOwn(SECTIONS, section) ? SECTIONS[section] : undefined;
    const [, key, value] = /^(\w+)\s*=\s*(.*)$/u.exec(line.text) ?? [];
    if (!spec || section === undefined || key !== spec.key || value === undefined) {
      report(
        line,
        `attendu ${spec ? `« ${spec.key} = … »` : 'un titre de section connu'}, trouvé ${quoted(line.text)}`,
      );
    } else if (seen.has(section)) report(line, `la section « ${section} » n’a qu’une seule ligne`);
    else {
      seen.add(section);
      for (const expected of spec.check(value)) report(line, expected);
    }
  }
  for (const name of Object.keys(SECTIONS))
    if (!seen.has(name)) problems.push({ file: FILE, line: 0, expected: `la section « ${name} » manque` });
  return problems;
}
