import type { Act } from '../acts/act.ts';
import type { AdminContext, Feature } from '../context.ts';
import { createNetworkActs, type NetworkActs } from './acts.ts';
import { createNoticeActs, type NoticeActs } from './notice-acts.ts';
import { createNoticePages } from './notice-pages.ts';
import { createNetworkPages } from './pages.ts';
import { createValidatorActs, type ValidatorActs } from './validator-acts.ts';
import { createValidatorPages } from './validator-pages.ts';

/** Networks: their name, the regime under which records open, the levels that they ask, who answers for them, their notices. */
export function createNetworks(context: AdminContext): Feature & {
  readonly networks: NetworkActs;
  readonly validators: ValidatorActs;
  readonly noticeActs: NoticeActs;
} {
  const networks = createNetworkActs(context);
  const validators = createValidatorActs(context);
  const noticeActs = createNoticeActs(context);
  return {
    networks,
    validators,
    noticeActs,
    acts: [networks, validators, noticeActs].flatMap(acts => Object.values(acts)) as Act[],
    mount(routes) {
      createNetworkPages(routes, context, networks);
      createValidatorPages(routes, context, { network: networks, validator: validators });
      createNoticePages(routes, context, noticeActs);
    },
  };
}
