import { isInForce } from '#directory/index.ts';
import type { ApplicationFacts, PersonFacts } from '../facts/facts.ts';
import { accountActive, accountKnown, sessionLive } from '../rules/identity.ts';
import { deny, firstVerdict, permit, type Question, type Rule } from '../rules/rule.ts';
import { APPLICATION_ACTIONS } from '../vocabulary.ts';
import { questionOf, type ResourceType } from './resource-type.ts';

interface ApplicationQuestion extends Question {
  readonly application: ApplicationFacts | null;
  readonly person: PersonFacts | null;
}

const rule = (judge: Rule<ApplicationQuestion>['judge']): Rule<ApplicationQuestion> => ({
  id: 'application',
  judge,
});

/** SPEC: contract §7: rules 1 to 3, then the application's own. An application of no network is open to every active account. */
const RULES: readonly Rule<ApplicationQuestion>[] = [
  accountKnown,
  accountActive,
  sessionLive,
  rule(({ action }) =>
    APPLICATION_ACTIONS.some(known => known === action) ? undefined : deny('action_unknown'),
  ),
  rule(({ application }) => (application ? undefined : deny('application_unknown'))),
  rule(({ application, person, atMs }) => {
    const network = application?.network;
    if (network === undefined) return undefined;
    const isMember = person?.memberships.some(held => held.network === network && isInForce(held, atMs));
    return isMember ? undefined : deny('not_in_network', { facts: { application_network: network } });
  }),
  rule(({ application, person }) =>
    person?.applications && !person.applications.includes(application?.id ?? '')
      ? deny('application_not_chosen')
      : undefined,
  ),
  rule(() => permit('permitted_application')),
];

/** A relying party, which the kiosk shows and a sign-in may reach; its id is the `client_id`. */
export const application: ResourceType = {
  type: 'application',
  async judge(inquiry, { facts }) {
    const [person, asked] = await Promise.all([
      facts.person(inquiry.subject.id),
      facts.application(inquiry.resource.id),
    ]);
    const question = { ...questionOf(inquiry, person, null), application: asked, person };
    return { ...firstVerdict(RULES, question), facts: {} };
  },
};
