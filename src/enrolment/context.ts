import type { Terms } from '#accounts/index.ts';
import type { Audit } from '#audit/index.ts';
import type { SectionValues } from '#config/index.ts';
import type { Directory } from '#directory/index.ts';
import type { Http } from '#http/index.ts';
import type { Clock } from '#kernel/index.ts';
import type { Notify } from '#notify/index.ts';
import type { Context } from 'koa';
import type { Browsers } from './browsers.ts';
import type { Counters } from '#signin/index.ts';
import type { Documents } from './documents.ts';
import type { Duplicates } from './duplicates.ts';
import type { EmailCodes } from './email-codes.ts';
import type { LostLinks } from './lost-links.ts';
import type { Mails } from './mails.ts';
import type { Places } from './places.ts';
import type { Readers } from './readers.ts';
import type { Requests } from './requests.ts';
import type { Robots } from './robots.ts';
import type { Scans } from './scans.ts';
import type { enrolmentSection } from './section.ts';
import type { RegisterCheck } from './steps.ts';
import type { Tickets } from './tickets.ts';
import type { Towns } from './towns/towns.ts';
import type { Validators } from './validators.ts';

/** Who is signed in, and whether the policy lets them ask for an account for somebody else. */
export interface SignedInAsker {
  readonly sub: string;
  readonly name: string;
  readonly mayAsk: boolean;
  /** Where the profiles that let them ask are held. */
  readonly organisations: readonly string[];
}

/** What this module asks of modules that it does not know; wired in `app.ts`. */
export interface EnrolmentPorts {
  /** What the RPPS extract of the region says of a number whose key is right. */
  readonly lookUpRpps: (rpps: string) => Promise<RegisterCheck>;
  /** Who is signed in on this browser strongly enough to ask for somebody; `null` for nobody. */
  readonly asker: (ctx: Context) => Promise<SignedInAsker | null>;
  /** Where that sign-in begins, coming back to the path. */
  readonly signInUrl: (returnTo: string) => string;
  /** The town of an establishment by the FINESS extract of the region. */
  readonly townOf: (finess: string) => Promise<string | null>;
}

/** What the pages of a request share. */
export interface EnrolmentContext {
  readonly http: Http;
  readonly clock: Clock;
  readonly audit: Audit;
  readonly directory: Directory;
  readonly terms: Terms;
  readonly notify: Notify;
  readonly requests: Requests;
  readonly documents: Documents;
  readonly scans: Scans;
  readonly codes: EmailCodes;
  readonly mails: Mails;
  readonly lostLinks: LostLinks;
  readonly robots: Robots;
  readonly counters: Counters;
  readonly tickets: Tickets;
  readonly towns: Towns;
  readonly places: Places;
  readonly duplicates: Duplicates;
  readonly validators: Validators;
  readonly browsers: Browsers;
  readonly readers: Readers;
  readonly ports: EnrolmentPorts;
  readonly settings: SectionValues<typeof enrolmentSection>;
}
