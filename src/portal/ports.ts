import type { Application, Professional } from '#directory/index.ts';
import type { Acr } from '#kernel/index.ts';
import type { OnPasswordChanged } from '#signin/index.ts';
import type { Context } from 'koa';

/** A live session, as much of it as its owner is shown. */
export interface PortalSession {
  readonly uid: string;
  readonly accountId: string;
  readonly acr: Acr | undefined;
  /** Epoch seconds, all three. */
  readonly authTime: number;
  readonly startedAt: number;
  /** When it ends if nothing happens any more. */
  readonly expiresAt: number;
  /** Seconds; its own idle time, on a shared workstation. */
  readonly idleSeconds?: number;
  /** Applications opened with it. */
  readonly clients: readonly string[];
  /** The organisation chosen as situation d'exercice. */
  readonly situation?: string;
  /** Its name, when it is no membership's. */
  readonly place?: { readonly name: string };
}

/** Sessions of people; `oidc/` has them. */
export interface PortalSessions {
  /** The live session of this browser, or `null`. Looking counts as activity. */
  current(ctx: Context): Promise<PortalSession | null>;
  list(accountId: string): Promise<readonly PortalSession[]>;
  /** Ends it now, for every application. Idempotent. */
  end(uid: string, reason: string): Promise<void>;
  /** The same with all of an account; resolves to how many. */
  endAll(accountId: string, reason: string): Promise<number>;
}

export interface RecentSignIn {
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly acr: string | undefined;
  /** Network address. */
  readonly source: string | undefined;
  /** The application that asked, by its `client_id`. */
  readonly client: string | undefined;
}

/** A message of a demonstration. */
export interface DemoMail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** Epoch seconds. */
  readonly sentAt: number;
}

/** What the portal asks of modules that it does not know. */
export interface PortalPorts {
  readonly sessions: PortalSessions;
  /** As sign-in's own: every session ends but that of this browser. */
  readonly onPasswordChanged: OnPasswordChanged;
  /** Where to sign in, at that level and at most that long ago where asked, and then come back to `returnTo` (a path of ours). */
  signInUrl(returnTo: string, asked?: { readonly acr: Acr; readonly maxAge: number }): string;
  /** The path of ours that a sign-in comes back to; `/` for anything else. */
  safeReturnPath(path: string): string;
  /** Applications that this account may open now (`application.open`), in the order of the kiosk. */
  applicationsFor(accountId: string): Promise<readonly Application[]>;
  /** Holds a profile of administration now: the frame then leads to its pages. */
  administers(accountId: string): Promise<boolean>;
  /** May ask for an account for somebody else, where requests are taken: the kiosk then leads there. */
  asksForOthers(accountId: string): Promise<boolean>;
  /**
   * Where the person goes on to ask for another network or profile, who they are being known; absent where nobody can
   * ask.
   */
  askForMore?(professional: Professional): Promise<string>;
  /** Pages of the means of signing in that help somebody whose own does not work (the test of a workstation). */
  readonly helpLinks: readonly { readonly label: string; readonly address: string }[];
  /** Last sign-ins, the newest first. Absent: the page does not show any. */
  recentSignIns?(accountId: string): Promise<readonly RecentSignIn[]>;
  /** Present in a demonstration only: messages are readable without signing in. The newest first. */
  demoMessages?(): Promise<readonly DemoMail[]>;
}
