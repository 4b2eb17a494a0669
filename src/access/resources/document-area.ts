import { accountActive, accountKnown, sessionLive } from '../rules/identity.ts';
import { inNetwork } from '../rules/membership.ts';
import { documentLevelReached, requestKnown } from '../rules/request.ts';
import { firstVerdict, permit, type Question, type Rule } from '../rules/rule.ts';
import { DOCUMENT_ACTIONS } from '../vocabulary.ts';
import { questionOf, type ResourceType } from './resource-type.ts';

const permitted: Rule<Question> = { id: 'document_area', judge: () => permit('permitted_document') };

/** SPEC: contract §7: rules 1 to 6 at the level of a password, then permitted. */
const RULES: readonly Rule<Question>[] = [
  accountKnown,
  accountActive,
  sessionLive,
  requestKnown(DOCUMENT_ACTIONS),
  documentLevelReached,
  inNetwork,
  permitted,
];

/** The non-nominative documents of a network. */
export const documentArea: ResourceType = {
  type: 'document_area',
  async judge(inquiry, { facts }) {
    const [subject, network] = await Promise.all([
      facts.person(inquiry.subject.id),
      inquiry.network === undefined ? null : facts.network(inquiry.network),
    ]);
    return { ...firstVerdict(RULES, questionOf(inquiry, subject, network)), facts: {} };
  },
};
