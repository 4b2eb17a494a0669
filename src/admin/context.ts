import type {
  Administration,
  EmergencyRegister,
  Explainer,
  LinkedKeys,
  Notices,
  PolicyOffice,
  RcpListing,
  RecordOffice,
} from '#access/index.ts';
import type { Accounts, Terms } from '#accounts/index.ts';
import type { AuditLog, EventType } from '#audit/index.ts';
import type { SectionValues } from '#config/index.ts';
import type { Directory } from '#directory/index.ts';
import type { RequestsOffice } from '#enrolment/index.ts';
import type { Http } from '#http/index.ts';
import type { Clock } from '#kernel/index.ts';
import type { FactorOffice, Factors, MeansRegistry, Tokens } from '#methods/index.ts';
import type { Deliveries, MailTemplates, MailWordings, Notify, Outbox, SmsWordings } from '#notify/index.ts';
import type { Store } from '#store/index.ts';
import type Router from '@koa/router';
import type { Act } from './acts/act.ts';
import type { Acts } from './acts/perform.ts';
import type { Desk } from './desk.ts';
import type { Catalogue } from './people/catalogue.ts';
import type { AdminPorts } from './ports.ts';
import type { adminSection } from './section.ts';

/** The part of the application's logger that this module uses. Codes, ids and failures; no name and no body. */
export interface AdminLogger {
  error(fields: object, message: string): void;
}

/** What the composition root gives. */
export interface AdminDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: AdminLogger;
  readonly audit: AuditLog;
  readonly http: Http;
  readonly notify: Notify;
  readonly directory: Directory;
  readonly accounts: Accounts;
  readonly terms: Terms;
  readonly means: MeansRegistry;
  readonly factors: Factors;
  readonly office: FactorOffice;
  readonly tokens: Tokens;
  readonly administration: Administration;
  readonly policyOffice: PolicyOffice;
  readonly notices: Notices;
  readonly rcpListing: RcpListing;
  readonly emergencies: EmergencyRegister;
  readonly explainer: Explainer;
  readonly linkedKeys: LinkedKeys;
  readonly recordOffice: RecordOffice;
  readonly outbox: Pick<Outbox, 'register' | 'enqueue'>;
  /** `host` or `host:port` on private addresses that the service may call. */
  readonly internalHosts: readonly string[];
  readonly deliveries: Deliveries;
  readonly wordings: MailWordings;
  readonly smsWordings: SmsWordings;
  readonly mailTemplates: MailTemplates;
  /** Whether a mobile that somebody else wrote is asked to be proven at a sign-in. */
  readonly mobileCheck: 'off' | 'offered' | 'required';
  /** The public address, for mails. */
  readonly issuer: string;
  /** What kind of base this is: a demonstration, a training base, or neither. */
  readonly base: { readonly isDemo: boolean; readonly isTraining: boolean };
  readonly settings: SectionValues<typeof adminSection>;
  readonly ports: AdminPorts;
  /** Requests for an account, for those who treat them. */
  readonly enrolment: RequestsOffice;
}

/** What every part of administration works with. */
export interface AdminContext extends AdminDeps {
  readonly desk: Desk;
  /** The one door of every act. */
  readonly acts: Acts;
  readonly catalogue: Catalogue;
}

/** Periodic work, under a lease of `jobs/`. */
export interface PeriodicWork {
  readonly name: string;
  readonly seconds: number;
  readonly run: () => Promise<void>;
}

/** Periodic work of every instance: on what its process holds in memory. */
export interface OwnWork {
  readonly name: string;
  readonly seconds: number;
  readonly run: (isStopping: () => boolean) => Promise<void>;
}

/** One part of administration: a folder, and one line in `index.ts`. */
export interface Feature {
  /** Registered by name, so that a proposal finds its act again. */
  readonly acts?: readonly Act[];
  /** Adds its pages or endpoints. */
  readonly mount?: (routes: Router) => void;
  readonly jobs?: readonly PeriodicWork[];
  /** Kinds of events of its own, besides those of its acts. */
  readonly events?: readonly EventType[];
}
