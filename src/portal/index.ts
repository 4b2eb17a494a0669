/**
 * What a signed-in person sees of the service itself: the kiosk of their applications, their account, password and
 * sessions, help; and in a demonstration the messages that were "sent". Owns pages, and what waits to be proven of a new
 * address or number: people are in `directory/`, accounts in `accounts/`, sessions in `oidc/`, and who may open what is
 * decided by `access/`.
 */
import type { Accounts, Terms } from '#accounts/index.ts';
import type { Audit } from '#audit/index.ts';
import type { SectionValues } from '#config/index.ts';
import type { Directory } from '#directory/index.ts';
import type { Http } from '#http/index.ts';
import type { Clock, Sealer } from '#kernel/index.ts';
import type { codeSection, FactorOffice, Factors, MeansRegistry, Method } from '#methods/index.ts';
import type { Notify } from '#notify/index.ts';
import type { Guard } from '#signin/index.ts';
import type { Store } from '#store/index.ts';
import Router from '@koa/router';
import { createAccountPages } from './account.ts';
import type { ContactChanges } from './contact/changes.ts';
import { createContact } from './contact/index.ts';
import { createDemoOutbox } from './demo-outbox.ts';
import { createFactorPages } from './factors/index.ts';
import { createStanding } from './factors/standing.ts';
import { createHelpPages } from './help.ts';
import { createKiosk } from './kiosk.ts';
import { createLeavePage } from './leave.ts';
import { createOwnDataPages } from './own-data.ts';
import { createPasswordPage } from './password.ts';
import type { PortalPorts } from './ports.ts';
import { createSessionPages } from './sessions.ts';
import { createVisitors, type Visitors } from './visitor.ts';

export { portalEvents } from './events.ts';
export type { DemoMail, PortalPorts, PortalSession, PortalSessions, RecentSignIn } from './ports.ts';

export interface PortalDeps {
  readonly http: Http;
  readonly store: Store;
  readonly clock: Clock;
  readonly sealer: Sealer;
  readonly audit: Audit;
  readonly directory: Directory;
  readonly accounts: Accounts;
  readonly terms: Terms;
  readonly notify: Notify;
  /** The guard of sign-in: the current password is a proof like another. */
  readonly guard: Guard;
  /** The means `password`. */
  readonly password: Method;
  readonly means: MeansRegistry;
  readonly factors: Factors;
  readonly office: FactorOffice;
  /** Seconds without activity after which a session ends. */
  readonly idleSeconds: number;
  /** Digits, validity, tries and bounds of a code that proves an address or a number: those of sign-in. */
  readonly codeSettings: SectionValues<typeof codeSection>;
  readonly issuer: string;
  readonly ports: PortalPorts;
}

export interface Portal {
  readonly routes: Router;
  /** Who is signed in on a browser, for pages that stand beside these. */
  readonly visitors: Visitors;
  /** Tells the address of before of a change of contact data that is made elsewhere, with the means to object. */
  readonly announceChange: ContactChanges['announce'];
}

export function createPortal(deps: PortalDeps): Portal {
  const routes = new Router();
  const visitors = createVisitors(deps);
  createKiosk(routes, { ...deps, visitors });
  createAccountPages(routes, { ...deps, visitors });
  const contact = createContact(routes, { ...deps, visitors });
  createPasswordPage(routes, { ...deps, visitors, standing: createStanding(deps) });
  createFactorPages(routes, { ...deps, visitors });
  createSessionPages(routes, { ...deps, visitors });
  createOwnDataPages(routes, { ...deps, visitors });
  createLeavePage(routes, { ...deps, visitors, standing: createStanding(deps) });
  createHelpPages(routes, { ...deps, visitors });
  if (deps.ports.demoMessages) createDemoOutbox(routes, deps.http, deps.ports.demoMessages);
  return { routes, visitors, announceChange: contact.announce };
}
