/**
 * Choosing a password by a link that was sent: `/forgotten` (identifier or password forgotten) and the link of a new
 * account. Owns the links, their codes and pages. Does not own passwords (`accounts/`), the second means (`methods/`),
 * which it neither asks for nor ends, nor signing in (`signin/`): whoever has chosen signs in like anybody.
 */
import type { Accounts } from '#accounts/index.ts';
import type { Audit } from '#audit/index.ts';
import type { Directory } from '#directory/index.ts';
import type { Http } from '#http/index.ts';
import type { Clock, Sealer } from '#kernel/index.ts';
import type { Notify } from '#notify/index.ts';
import { createCounters, type Devices, type Guard, type OnPasswordChanged } from '#signin/index.ts';
import type { Store } from '#store/index.ts';
import Router from '@koa/router';
import { createAsking } from './asking.ts';
import { createBrowsers } from './browsers.ts';
import { createChoosing } from './choosing.ts';
import { createFirstLinks, type FirstLinks } from './first-links.ts';
import { createPasswordLinks } from './links.ts';
import { createPasswordPages } from './password-pages.ts';
import { createProofPages } from './proof-pages.ts';
import type { ForgottenSettings } from './section.ts';

export { forgottenEvents } from './events.ts';
export { forgottenSection } from './section.ts';
export type { FirstLinks } from './first-links.ts';

export interface ForgottenDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly audit: Audit;
  readonly sealer: Sealer;
  readonly notify: Notify;
  readonly http: Http;
  readonly directory: Directory;
  readonly accounts: Accounts;
  readonly guard: Guard;
  readonly devices: Devices;
  readonly onPasswordChanged: OnPasswordChanged;
  readonly settings: ForgottenSettings;
  readonly issuer: string;
}

export interface Forgotten {
  readonly routes: Router;
  /** For whoever opens accounts: the mail by which the first password is chosen. */
  readonly firstLinks: FirstLinks;
}

export function createForgotten(deps: ForgottenDeps): Forgotten {
  const { issuer, settings } = deps;
  const counters = createCounters(deps);
  const links = createPasswordLinks({ ...deps, counters });
  const routes = new Router();
  const browsers = createBrowsers({ links, isSecure: issuer.startsWith('https:') });
  createProofPages(routes, {
    ...deps,
    links,
    browsers,
    asking: createAsking({ ...deps, links, counters }),
    validMinutes: Math.round(settings.validSeconds / 60),
  });
  createPasswordPages(routes, { ...deps, browsers, choosing: createChoosing({ ...deps, links }) });
  return { routes, firstLinks: createFirstLinks({ ...deps, links }) };
}
