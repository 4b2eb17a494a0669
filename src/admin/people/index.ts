import type { Act } from '../acts/act.ts';
import type { AdminContext, Feature } from '../context.ts';
import { createAccountActs, type AccountActs } from './account-acts.ts';
import { createIdentityActs, type IdentityActs } from './identity-acts.ts';
import { createPeopleList } from './list-page.ts';
import { createMembershipActs, type MembershipActs } from './membership-acts.ts';

/** Everything that is done to people; files, the API and SCIM use the same acts. */
export interface PeopleActs {
  readonly identity: IdentityActs;
  readonly account: AccountActs;
  readonly membership: MembershipActs;
}

/** People: identity, enrolment, login account and profiles, four acts that may be done one by one. */
export function createPeople(context: AdminContext): Feature & { readonly people: PeopleActs } {
  const people: PeopleActs = {
    identity: createIdentityActs(context),
    account: createAccountActs({
      ...context,
      address: context.issuer,
      endSessions: context.ports.sessions.endAll,
    }),
    membership: createMembershipActs(context),
  };
  return {
    people,
    acts: Object.values(people).flatMap(group => Object.values(group) as Act[]),
    mount(routes) {
      createPeopleList(routes, context);
    },
  };
}
