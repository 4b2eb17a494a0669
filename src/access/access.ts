import type { Audit, Tally } from '#audit/index.ts';
import type { SectionValues } from '#config/index.ts';
import type { Directory, RegionSection } from '#directory/index.ts';
import type { Clock, Sealer } from '#kernel/index.ts';
import type { Store } from '#store/index.ts';
import type Router from '@koa/router';
import type { Middleware } from 'koa';
import { createAdministration, type Administration } from './administration/administration.ts';
import type { Caller, SessionFacts } from './caller.ts';
import { createDecider } from './decide.ts';
import type { Decision } from './decision.ts';
import { createEmergencies, type EmergencyRegister } from './emergencies/index.ts';
import type { Policy } from './engine/index.ts';
import { createExplainer, decisionText, explanationText, type Explainer } from './explain/index.ts';
import { createStoreFacts, type AccountFacts } from './facts/store-facts.ts';
import { inquire, ownInquiry } from './inquiry.ts';
import type { AccessLogger } from './logger.ts';
import { createJudge } from './judge.ts';
import { createNotices, noticesSection, type Notices } from './notices/index.ts';
import { readAs } from './malformed.ts';
import { createMemory } from './memory.ts';
import { createPolicies } from './policies.ts';
import { createPolicyHistory, type PolicyHistory } from './policy-history.ts';
import { policyTest, type PolicyTestReport } from './policy-test.ts';
import { createConsents } from './records/consents.ts';
import { createGuards } from './records/guards.ts';
import { createPatientKeys } from './records/patient-keys.ts';
import { createPatients, type Patients } from './records/patient.ts';
import { createRcpListing, type RcpListing } from './records/rcp-listing.ts';
import { createRcpSessions } from './records/rcp-sessions.ts';
import { createRecordOffice, type RecordOffice } from './records/record-office.ts';
import { createRecordWriter } from './records/record-writer.ts';
import { createRecordSections } from './records/region-sections.ts';
import { requestSchema, type DecisionRequest } from './request.ts';
import {
  createCallGuard,
  createRoutes,
  echoRequestIds,
  type ApiCallers,
  type CallGuard,
  type SignClaims,
} from './routes/index.ts';
import { createSearch } from './search/search.ts';
import type { accessSection } from './section.ts';

export interface AccessDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly audit: Audit & Tally;
  readonly sealer: Sealer;
  readonly directory: Directory;
  readonly accounts: AccountFacts;
  readonly sessions: SessionFacts;
  readonly callers: ApiCallers;
  readonly settings: SectionValues<typeof accessSection>;
  /** Test and demonstration INS are refused in production. */
  readonly mode: 'demo' | 'production';
  /** The public address, which the metadata names. */
  readonly issuer: string;
  /** Signs the metadata of the decision point; absent: it stands unsigned. */
  readonly signMetadata?: SignClaims;
  readonly logger: AccessLogger;
}

/** The policy, for who looks after it. Judges nobody: the act does. */
export interface PolicyOffice {
  /** Throws `access.policy_unavailable` (503). */
  current(): Policy;
  /** What the folder holds now, judged but not in force. Throws `access.policy_invalid` (503). */
  candidate(): Promise<Policy>;
  /** Puts it in force; other instances follow within seconds. Throws `access.policy_invalid` (503): nothing changed. */
  load(by: string): Promise<Policy>;
  /** Answers the decision table of the folder. */
  test(): Promise<PolicyTestReport>;
  /** A decision with its explanation in French, at this level, without trace. Throws `access.malformed_request` (400). */
  explain(request: unknown): Promise<string>;
  readonly history: PolicyHistory;
}

export type LinkedKeys = Patients['keysOf'];

export interface Access {
  /** Reads the policy and puts it in force; again to take a change. Throws `access.policy_invalid` (503). */
  load(): Promise<Policy>;
  /** Throws `access.policy_unavailable` (503) while no policy is in force: readiness. */
  check(): void;
  /**
   * Decides by the rules of contract §7, leaves the trace, then answers. Throws `access.malformed_request` (400), and
   * 503 (`access.policy_unavailable`, `store.unavailable`, `audit.unavailable`) when it cannot decide: never a permit.
   */
  decide(request: DecisionRequest, caller: Caller): Promise<Decision>;
  /** What the kiosk shows and a sign-in may reach. Leaves no trace: the caller's own event does. */
  canOpenApplication(sub: string, clientId: string): Promise<boolean>;
  /** The decision on `request`, explained in French, without trace. Throws as `decide`. */
  explain(request: unknown, caller: Caller): Promise<string>;
  /** The same for administrators: as a structure, and as far as they may know a patient. */
  readonly explainer: Explainer;
  /** Who may administer what, where. */
  readonly administration: Administration;
  readonly policyOffice: PolicyOffice;
  /**
   * Takes up a policy that another instance has put in force (heard of within a second; this makes sure), and reads
   * the records into memory, once. Called every few seconds on every instance.
   */
  follow(): Promise<void>;
  /** How many decisions casbin has contradicted since the start, for `/metrics`: more than 0 is an alarm. */
  engineDifferences(): number;
  /** Uses of break-glass and of centre 15, for who examines them. */
  readonly emergencies: EmergencyRegister;
  /** RCP sessions, for who administers a network. */
  readonly rcpListing: RcpListing;
  /** All keys that were joined to that of a patient in a network, itself first. Judges nobody: whoever asks has. */
  readonly linkedKeys: LinkedKeys;
  /** What is known of a patient, for who answers the patient's own request. */
  readonly recordOffice: RecordOffice;
  /** One bound and one trail for the callers of every API. */
  readonly guard: CallGuard;
  /** What all calls of the API pass before its routes. */
  readonly requestIds: Middleware;
  readonly routes: Router;
  /** The notices for patients, network by network. Judges nobody: whoever asks has. */
  readonly notices: Notices;
  /** The keys `notices`, `records` and `rcp_sessions` of the region file. */
  readonly regionSections: readonly RegionSection[];
}

export function createAccess(deps: AccessDeps): Access {
  const { clock, logger, settings } = deps;
  const patients = createPatients(deps);
  const facts = createStoreFacts({ ...deps, patients });
  const history = createPolicyHistory(deps);
  const policies = createPolicies({ folder: settings.policies, history, logger });
  const emergencies = createEmergencies({ ...deps, facts });
  const memory = createMemory({ ...deps, facts, onPolicyLoaded: () => policies.follow() });
  const judge = createJudge({ ...deps, facts, imageOf: () => memory.image() });
  const decider = createDecider({ ...deps, judge, policies, emergencies: emergencies.log });
  const guards = createGuards({ ...deps, facts, decider });
  const writer = createRecordWriter({ store: deps.store, patients });
  const notices = createNotices(deps);
  const consents = createConsents({ ...deps, patients, facts, decider, guards, writer, notices });
  const rcpSessions = createRcpSessions({ ...deps, guards });
  const patientKeys = createPatientKeys({ ...deps, guards });
  const search = createSearch({ ...deps, facts, patients, decider });
  const guard = createCallGuard(deps);
  const read = (request: unknown) => readAs(requestSchema, request);
  const explainer = createExplainer({ ...deps, facts, policies });

  async function explain(request: unknown, caller: Caller): Promise<string> {
    const inquiry = await inquire(read(request), caller, deps);
    return inquiry.resource.type === 'patient_record'
      ? explanationText(await explainer.explainInquiry(inquiry))
      : decisionText(await decider.previewInquiry(inquiry));
  }

  return {
    load() {
      memory.start();
      return policies.load();
    },
    check: () => void policies.current(),
    decide: async (request, caller) => decider.decide(read(request), caller),
    async canOpenApplication(sub, clientId) {
      const resource = { type: 'application', id: clientId };
      const { decision } = await decider.previewInquiry(
        ownInquiry({ nowMs: clock.nowMs(), account: sub, action: 'open', resource }),
      );
      return decision;
    },
    administration: createAdministration({ clock, facts, policies }),
    explain,
    explainer,
    policyOffice: {
      current: () => policies.current(),
      candidate: () => policies.build(),
      load: by => policies.load(by),
      test: () => policyTest(settings.policies),
      explain: request => explain(request, OFFICE),
      history,
    },
    follow() {
      memory.preload();
      return policies.follow();
    },
    engineDifferences: () => judge.differences,
    emergencies: emergencies.register,
    rcpListing: createRcpListing(deps),
    linkedKeys: patients.keysOf,
    recordOffice: createRecordOffice({ ...deps, facts, patients, decider }),
    guard,
    requestIds: echoRequestIds,
    routes: createRoutes({ ...deps, guard, decider, consents, rcpSessions, patientKeys, search }),
    notices,
    regionSections: [...createRecordSections(deps), noticesSection(notices)],
  };
}

/** Who tests a decision states the level of the sign-in that it is about. */
const OFFICE: Caller = {
  clientId: 'trousseau',
  scopes: new Set(),
  application: { assertsAcr: true, canSimulate: false },
};
