import { isInForce } from '#directory/index.ts';
import type { Policy } from '../engine/index.ts';
import type { FactsSource, NetworkFacts, PersonFacts } from '../facts/facts.ts';
import type { Inquiry } from '../inquiry.ts';
import type { FactValue, Person, Question, Verdict } from '../rules/rule.ts';

/** One kind of resource that decisions are asked about. Adding one is one file beside this, and one line in `index.ts`. */
export interface ResourceType {
  readonly type: string;
  /** Gathers the facts, then applies the rules in order. Reads only. */
  judge(inquiry: Inquiry, sources: { facts: FactsSource; policy: Policy }): Promise<Judgement>;
}

export interface Judgement {
  /** The number of the rule in contract §7. */
  readonly rule: string;
  readonly verdict: Verdict;
  /** What was known, for the administrator. */
  readonly facts: Readonly<Record<string, FactValue>>;
}

/** The person in that network at that moment. */
export function personAt(facts: PersonFacts, network: string | undefined, atMs: number): Person {
  return {
    id: facts.id,
    isActive: facts.status === 'active',
    memberships: facts.memberships.filter(held => held.network === network && isInForce(held, atMs)),
  };
}

/** The part of a question that all resource types share. */
export function questionOf(
  inquiry: Inquiry,
  person: PersonFacts | null,
  network: NetworkFacts | null,
): Question {
  const { atMs, subject, session, acr, action, purpose } = inquiry;
  return {
    atMs,
    subjectType: subject.type,
    subject: person && personAt(person, network?.id, atMs),
    session,
    acr,
    action,
    purpose,
    network,
  };
}
