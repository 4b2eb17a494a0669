/**
 * Signing in: the state machine of `/interaction/:uid` (identify → factors → change password → terms → mobile →
 * situation → done), the guard around every attempt, and the ladder of levels. Does not own the means
 * (`methods/`), passwords and terms (`accounts/`), nor sessions and tokens (`oidc/`, through `Interactions`).
 */
import type { Accounts, Terms } from '#accounts/index.ts';
import type { Audit } from '#audit/index.ts';
import type { SectionValues } from '#config/index.ts';
import type { Directory } from '#directory/index.ts';
import type { Http } from '#http/index.ts';
import type { Clock, Sealer } from '#kernel/index.ts';
import {
  createContactCode,
  waysBack,
  type codeSection,
  type FactorOffice,
  type MeansRegistry,
  type Method,
  type Person,
} from '#methods/index.ts';
import type { Notify } from '#notify/index.ts';
import type { Store } from '#store/index.ts';
import Router from '@koa/router';
import type { Context } from 'koa';
import { createDevices, type Devices } from './devices.ts';
import { createDispatcher } from './dispatcher.ts';
import { createGuard, type Guard } from './guard.ts';
import type { Interactions } from './interaction.ts';
import type { signinSection } from './section.ts';
import { createChallengeStep, type AskForAccount } from './steps/challenge.ts';
import { createChangePasswordStep, type OnPasswordChanged } from './steps/change-password.ts';
import { createEnrolStep } from './steps/enrol.ts';
import { createIdentifyStep } from './steps/identify.ts';
import { createMobileStep, type AnnounceCorrection } from './steps/mobile.ts';
import { createReauthenticateStep } from './steps/reauthenticate.ts';
import { createSituationStep } from './steps/situation.ts';
import { createTermsStep } from './steps/terms.ts';

export { signinEvents } from './events.ts';
export { signinSection } from './section.ts';
export { placesOf } from './steps/situation.ts';
export {
  createGuard,
  type Admitted,
  type Asker,
  type Attempt,
  type Guard,
  type GuardedVerdict,
  type Locked,
} from './guard.ts';
export { bucketOf, createCounters, type Bound, type Counters } from './counters.ts';
export type { Devices } from './devices.ts';
export { amrOf, levelOf, waysTowards, type Way } from './levels.ts';
export type { AskForAccount } from './steps/challenge.ts';
export type { AnnounceCorrection } from './steps/mobile.ts';
export type { OnPasswordChanged } from './steps/change-password.ts';
export type { Interaction, Interactions, Outcome, RunningSession, WorkPlace } from './interaction.ts';

export interface SigninDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly sealer: Sealer;
  readonly audit: Audit;
  readonly notify: Notify;
  readonly http: Http;
  readonly directory: Directory;
  readonly accounts: Accounts;
  readonly terms: Terms;
  readonly means: MeansRegistry;
  readonly office: FactorOffice;
  /** True where everybody is asked for a second means at the first sign-in. */
  readonly asksSecondMeans: boolean;
  readonly interactions: Interactions;
  readonly onPasswordChanged: OnPasswordChanged;
  readonly announceCorrection: AnnounceCorrection;
  /** Keeps who was proven and has no account, and resolves to the address of the form; absent: nobody can ask here. */
  readonly askForAccount?: AskForAccount;
  readonly settings: SectionValues<typeof signinSection>;
  /** Digits, validity, tries and bounds of the code that proves a mobile: those of sign-in. */
  readonly codeSettings: SectionValues<typeof codeSection>;
  /** True when the service is reached over https: its cookies are then `Secure` and `__Host-`. */
  readonly isSecure: boolean;
}

export interface Signin {
  readonly routes: Router;
  /** Also guards the current password on `/account/password`. */
  readonly guard: Guard;
  /** Which browsers know whom: pages that strangers reach count those apart. */
  readonly devices: Devices;
  /** The means `password`, for the pages that ask for it again. */
  readonly password: Method;
}

/** What an interaction's uid (oidc-provider: nanoid), or the place of a request, is made of. */
const INTERACTION = /^[\w-]{10,64}$/;

/** The one address of a means that can register no other: the state that it gave names where the browser left from. */
function forwardArrival(ctx: Context): void {
  const [uid = ''] = (new URLSearchParams(ctx.querystring).get('state') ?? '').split('.');
  // Nothing to come back to (an answer without state, an old tab): the front door.
  const address = INTERACTION.test(uid) ? `${waysBack(uid).arrival}?${ctx.querystring}` : '/';
  ctx.status = 303;
  ctx.redirect(address);
}

/** An id that no account has. */
const NOBODY = '-';

export function createSignin(deps: SigninDeps): Signin {
  const { accounts, directory, clock, terms, means } = deps;
  const guard = createGuard(deps);
  const devices = createDevices(deps);
  const password = means.methods.find(({ id }) => id === 'password');
  if (!password) throw new TypeError('sign-in needs the password among its means');
  const now = () => clock.now();

  /** SECURITY: unknown, suspended and closed are one and the same from here on. */
  async function personOf(login: string): Promise<Person> {
    const account = await accounts.findByLogin(login);
    // For nobody too: as many reads, and as long.
    const professional = await directory.professionals.get(account?.id ?? NOBODY);
    return account && professional?.status === 'active' ? { account, professional } : null;
  }

  const enrol = createEnrolStep({ ...deps, guard, devices, isAskedAlways: deps.asksSecondMeans, now });

  const dispatcher = createDispatcher({
    ...deps,
    devices,
    steps: [
      createIdentifyStep({
        guard,
        devices,
        password,
        personOf,
        now,
        sharedIdleSeconds: deps.settings.sharedIdleSeconds,
        takesRequests: deps.askForAccount !== undefined,
      }),
      createReauthenticateStep({ guard, devices, password, now }),
      // ORDER: before the second step, which would else ask for a card of who may not have one yet.
      enrol,
      createChallengeStep({
        guard,
        devices,
        personOf,
        async beforeEnrolment(visit) {
          const isUsable = visit.methods.includes(password) && (await password.isAvailableTo(visit.person));
          return isUsable && (await enrol.isLedToBy(visit, password)) ? password : undefined;
        },
        now,
        isActive: async id => (await directory.professionals.get(id))?.status === 'active',
        ...(deps.askForAccount ? { askForAccount: deps.askForAccount } : {}),
      }),
      createChangePasswordStep({ ...deps, guard, devices }),
      createTermsStep({ terms }),
      createMobileStep({
        ...deps,
        guard,
        devices,
        codeTo: number =>
          createContactCode('phone', { ...deps, settings: deps.codeSettings, pending: async () => number }),
        policy: deps.settings.mobileCheck,
      }),
      createSituationStep({ directory, clock }),
    ],
  });

  const routes = new Router();
  routes.get('/interaction/:uid', ctx => dispatcher.show(ctx));
  routes.post('/interaction/:uid', ctx => dispatcher.submit(ctx));
  routes.get('/interaction/:uid/arrival', ctx => dispatcher.arrive(ctx));
  routes.get('/arrival/:means', forwardArrival);
  return { routes, guard, devices, password };
}
