import type { Act } from '../acts/act.ts';
import type { AdminContext, Feature } from '../context.ts';
import { createOnce } from '../once.ts';
import { createAbsencePage } from './absence-page.ts';
import { createAccountActs, type AccountActs } from './account-acts.ts';
import { createAttachPage } from './attach-page.ts';
import { createBulkPage } from './bulk-page.ts';
import { createBulkRunner } from './bulk-runner.ts';
import { bulkEnded, bulkStarted, bulkStopped, createBulkRuns } from './bulk-runs.ts';
import { createChoices } from './choices.ts';
import { createConfirmPages } from './confirm-pages.ts';
import { createDelegationActs, type DelegationActs } from './delegation-acts.ts';
import { personRead } from './history.ts';
import { createFactorActs, type FactorActs } from './factor-acts.ts';
import { createIdentityActs, type IdentityActs } from './identity-acts.ts';
import { createIdentityPages } from './identity-pages.ts';
import { createPeopleList } from './list-page.ts';
import { createMembershipActs, type MembershipActs } from './membership-acts.ts';
import { createMembershipPages } from './membership-pages.ts';
import { createNewPage } from './new-page.ts';
import { createPersonPage } from './person-page.ts';
import { createProposalsPage } from './proposals-page.ts';

/** How soon after its confirmation an act on several people begins, at most. */
const TURN_SECONDS = 2;

/** Everything that is done to people; files, the API and SCIM use the same acts. */
export interface PeopleActs {
  readonly identity: IdentityActs;
  readonly account: AccountActs;
  readonly factors: FactorActs;
  readonly membership: MembershipActs;
  readonly delegation: DelegationActs;
}

/** People: identity, enrolment, login account and profiles, four acts that may be done one by one. */
export function createPeople(context: AdminContext): Feature & { readonly people: PeopleActs } {
  const { sessions } = context.ports;
  const people: PeopleActs = {
    identity: createIdentityActs(context),
    account: createAccountActs({
      ...context,
      address: context.issuer,
      endSessions: sessions.endAll,
      listSessions: sessions.list,
      endSession: sessions.end,
    }),
    factors: createFactorActs({ ...context, endSessions: sessions.endAll }),
    membership: createMembershipActs(context),
    delegation: createDelegationActs(context),
  };
  const acts = Object.values(people).flatMap(group => Object.values(group) as Act[]);
  const runs = createBulkRuns(context.store);
  const runner = createBulkRunner({ ...context, people, runs });
  return {
    people,
    acts,
    events: [personRead, bulkStarted, bulkStopped, bulkEnded],
    jobs: [{ name: 'admin.bulk', seconds: TURN_SECONDS, run: () => runner.run() }],
    mount(routes) {
      const choices = createChoices(context.directory);
      createPeopleList(routes, context);
      // ORDER: pages of their own name come before that of a person, whose name is any.
      createNewPage(routes, context, people, { choices, once: createOnce(context) });
      createBulkPage(routes, context, { choices, runs, runner });
      createAttachPage(routes, context, people, choices);
      createIdentityPages(routes, context, people, choices);
      createMembershipPages(routes, context, people, choices);
      createAbsencePage(routes, context, people);
      createConfirmPages(routes, context, people);
      createPersonPage(routes, context, people, acts);
      createProposalsPage(routes, context);
    },
  };
}
