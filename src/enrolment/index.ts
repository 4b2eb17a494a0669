/**
 * Asking for an account: the form in steps, its proofs, its private link, and the whole life of a request as a state
 * machine (`life.ts`). Also the public list of référents. Does not own accounts and people (`accounts/`, `directory/`),
 * nor what was proven at sign-in (`methods/`): it keeps that under a ticket until the person goes on.
 */
import type { Terms } from '#accounts/index.ts';
import type { Audit } from '#audit/index.ts';
import type { SectionValues } from '#config/index.ts';
import type { Directory } from '#directory/index.ts';
import type { Http } from '#http/index.ts';
import type { Clock, Sealer } from '#kernel/index.ts';
import type { codeSection, MeansRegistry } from '#methods/index.ts';
import type { Notify } from '#notify/index.ts';
import { createCounters, type AskForAccount, type Guard } from '#signin/index.ts';
import type { Store } from '#store/index.ts';
import Router from '@koa/router';
import { createBrowsers } from './browsers.ts';
import type { EnrolmentContext, EnrolmentPorts } from './context.ts';
import { createClamd } from './clamd.ts';
import { createDocuments } from './documents.ts';
import { createDuplicates } from './duplicates.ts';
import { createEmailCodes } from './email-codes.ts';
import { createGuides, type Guides } from './guides.ts';
import { createLostLinks } from './lost-links.ts';
import { createMails } from './mails.ts';
import { createConfirmPages } from './pages/confirm.ts';
import { createFollowPages } from './pages/follow.ts';
import { createForSomebodyPages } from './pages/for-somebody.ts';
import { createFormPages } from './pages/form.ts';
import { createProofPages } from './pages/proofs.ts';
import { createReferentPages } from './pages/referents.ts';
import { createResumePages } from './pages/resume.ts';
import { createStartPages } from './pages/start.ts';
import { createFacts, type FactsOf } from './pages/summary.ts';
import { createPlaces } from './places.ts';
import { createReaders } from './readers.ts';
import { createRequests } from './requests.ts';
import { createRetention } from './retention.ts';
import { createRobots } from './robots.ts';
import { createScans } from './scans.ts';
import type { enrolmentSection } from './section.ts';
import { createTickets } from './tickets.ts';
import { openTowns } from './towns/towns.ts';
import { createValidators } from './validators.ts';

export { enrolmentEvents } from './events.ts';
export { EXTENSIONS, PROOF_LABELS, TYPE_LABELS } from './pages/proofs.ts';
export { MAX_PROOF_BYTES, MOST_PROOFS, proofOf, proofTypeOf } from './documents.ts';
export { isNetworkClosed, isOpen, partsWaiting } from './life.ts';
export type { Actor, Handler, Life, LifeEvent, RequestState } from './life.ts';
export type { AccountRequest, Duplicate, ProofRef } from './request.ts';
export { nameOf, nationalIdsOf, professionOf, rppsOf, type Answers } from './steps.ts';
export type { Decision, Errand, Grant, StepKind, Treatment, TreatmentStep } from './treatment.ts';
export { createGuideSection } from './guides.ts';
export { enrolmentSection } from './section.ts';
export type { EnrolmentPorts } from './context.ts';
export type { RegisterCheck } from './steps.ts';

export interface EnrolmentDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly audit: Audit;
  readonly sealer: Sealer;
  readonly notify: Notify;
  readonly http: Http;
  readonly directory: Directory;
  readonly terms: Terms;
  readonly ports: EnrolmentPorts;
  readonly means: Pick<MeansRegistry, 'inForce'>;
  /** The guard of sign-in: a card that is read here is a proof like another. */
  readonly guard: Pick<Guard, 'attempt' | 'begin'>;
  readonly settings: SectionValues<typeof enrolmentSection>;
  /** Digits, validity and tries of a code: the same as those of sign-in. */
  readonly codeSettings: SectionValues<typeof codeSection>;
  readonly issuer: string;
}

/** What those who treat requests work with (`admin/requests/`). */
export interface RequestsOffice extends Pick<
  EnrolmentContext,
  'requests' | 'documents' | 'places' | 'duplicates'
> {
  /** What a request says, in words. */
  readonly factsOf: FactsOf;
}

export interface Enrolment extends Guides {
  readonly office: RequestsOffice;
  readonly routes: Router;
  /** For sign-in: keeps whom a means has proven, sealed under a single-use ticket; resolves to the form's address. */
  readonly askForAccount: AskForAccount;
  readonly jobs: readonly {
    readonly name: string;
    readonly seconds: number;
    readonly run: () => Promise<void>;
  }[];
}

/** Throws `TypeError` for a list of towns that cannot be read. */
export function createEnrolment(deps: EnrolmentDeps): Enrolment {
  const { issuer, settings, http, ports } = deps;
  const requests = createRequests(deps);
  const counters = createCounters(deps);
  const documents = createDocuments({ ...deps, requests });
  const scans = createScans({
    ...deps,
    requests,
    documents,
    scanner: settings.clamd ? createClamd(settings.clamd) : null,
  });
  const retention = createRetention({ ...deps, requests, documents });
  const places = createPlaces({ ...deps, townOf: ports.townOf });
  const duplicates = createDuplicates({ ...deps, requests, address: issuer });
  const tickets = createTickets({ ...deps, validSeconds: settings.ticketSeconds });
  const context: EnrolmentContext = {
    ...deps,
    requests,
    counters,
    documents,
    scans,
    tickets,
    codes: createEmailCodes({ ...deps, settings: deps.codeSettings }),
    mails: createMails({ ...deps, requests, counters }),
    lostLinks: createLostLinks({ ...deps, requests }),
    robots: createRobots({ ...deps, counters }),
    towns: openTowns(settings.townsFile),
    places,
    duplicates,
    readers: createReaders(deps),
    validators: createValidators(deps),
    browsers: createBrowsers({ http, requests, isSecure: issuer.startsWith('https:') }),
  };

  const routes = new Router();
  createStartPages(routes, context);
  createForSomebodyPages(routes, context);
  createConfirmPages(routes, context);
  createResumePages(routes, context);
  createProofPages(routes, context);
  createFollowPages(routes, context);
  createReferentPages(routes, context);
  // Its `/request/:step` comes last.
  createFormPages(routes, context);

  return {
    ...createGuides(deps),
    routes,
    office: { requests, documents, places, duplicates, factsOf: createFacts(context) },
    async askForAccount(identity, method) {
      const ticket = await tickets.issue({ ...identity, method });
      return `${issuer}/request/identity/${ticket}`;
    },
    jobs: [
      { name: 'enrolment.documents', seconds: 3600, run: () => documents.sweep() },
      { name: 'enrolment.retention', seconds: 3600, run: () => retention.run() },
      { name: 'enrolment.scans', seconds: 300, run: () => scans.catchUp() },
    ],
  };
}
