import type { Accounts } from '#accounts/index.ts';
import type { Audit } from '#audit/index.ts';
import type { SectionValues } from '#config/index.ts';
import type { Directory } from '#directory/index.ts';
import type { Http } from '#http/index.ts';
import type { Clock, Sealer } from '#kernel/index.ts';
import {
  createContactCode,
  type codeSection,
  type FactorOffice,
  type Factors,
  type MeansRegistry,
} from '#methods/index.ts';
import type { Notify } from '#notify/index.ts';
import type { Guard } from '#signin/index.ts';
import type { Store } from '#store/index.ts';
import type Router from '@koa/router';
import { createStanding } from '../factors/standing.ts';
import type { PortalPorts } from '../ports.ts';
import type { Visitors } from '../visitor.ts';
import { createContactChanges, type ContactChanges } from './changes.ts';
import { createObjections } from './objections.ts';
import { createContactPages } from './pages.ts';

export interface ContactDeps {
  readonly http: Http;
  readonly store: Store;
  readonly clock: Clock;
  readonly sealer: Sealer;
  readonly audit: Audit;
  readonly notify: Notify;
  readonly accounts: Accounts;
  readonly directory: Directory;
  readonly guard: Guard;
  readonly means: MeansRegistry;
  readonly factors: Factors;
  readonly office: FactorOffice;
  readonly ports: PortalPorts;
  readonly visitors: Visitors;
  /** Digits, validity, tries and bounds of a code: those of sign-in. */
  readonly codeSettings: SectionValues<typeof codeSection>;
  readonly issuer: string;
}

/** How people see to their own address and number. */
export function createContact(routes: Router, deps: ContactDeps): ContactChanges {
  const { ports, codeSettings: settings } = deps;
  const objections = createObjections({ ...deps, onPasswordChanged: ports.onPasswordChanged });
  const changes = createContactChanges({
    ...deps,
    objections,
    codes: pending => ({
      email: createContactCode('email', { ...deps, settings, pending: sub => pending(sub, 'email') }),
      phone: createContactCode('phone', { ...deps, settings, pending: sub => pending(sub, 'phone') }),
    }),
  });
  createContactPages(routes, { ...deps, standing: createStanding(deps), changes, objections });
  return changes;
}
