import type { ReasonCode } from '../vocabulary.ts';
import type { RecordQuestion, Rule, Verdict } from '../rules/rule.ts';
import { changesFor, type Change } from './changes.ts';
import type { Words } from './words.ts';

/** What would turn a refusal into a permit: all of `changes` together. */
export interface ExplanationWay {
  readonly changes: readonly string[];
  /** Of the permit; `undefined`: the rules that were given then refuse nothing any more. */
  readonly code: ReasonCode | undefined;
}

/** Beyond these, a way teaches nobody anything. */
const MOST_CHANGES = 5;
const MOST_WAYS = 12;

/**
 * Finds what would open the door, by deciding again by the same rules over facts that are changed one at a time, each
 * change being one that speaks to the refusal at hand. INVARIANT: a way that is told is one that the rules permit.
 */
export function findWays(
  rules: readonly Rule<RecordQuestion>[],
  question: RecordQuestion,
  words: Words,
): readonly ExplanationWay[] {
  const found: ExplanationWay[] = [];
  const seen = new Set<string>();

  /** Of several profiles, those with which the rules permit it in the end. */
  const saidOf = ({ said, choice }: Change, end: RecordQuestion): string =>
    choice
      ? choice.said(choice.profiles.filter(profile => isOpen(verdictOf(rules, choice.holding(end, profile)))))
      : said;

  function follow(from: RecordQuestion, made: readonly Change[]): void {
    const verdict = verdictOf(rules, from);
    if (!verdict || verdict.decision) {
      found.push({ changes: made.map(change => saidOf(change, from)), code: verdict?.code });
      return;
    }
    if (made.length >= MOST_CHANGES) return;
    for (const change of changesFor(verdict.code, from, words)) {
      const keys = [...made.map(({ key }) => key), change.key];
      if (new Set(keys).size < keys.length) continue;
      const set = keys.toSorted().join(' ');
      if (seen.has(set) || found.length >= MOST_WAYS) continue;
      seen.add(set);
      follow(change.question, [...made, change]);
    }
  }

  follow(question, []);
  return found.toSorted((a, b) => a.changes.length - b.changes.length);
}

const isOpen = (verdict: Verdict | undefined): boolean => verdict?.decision ?? true;

function verdictOf(rules: readonly Rule<RecordQuestion>[], question: RecordQuestion): Verdict | undefined {
  for (const rule of rules) {
    const verdict = rule.judge(question);
    if (verdict) return verdict;
  }
  return undefined;
}
