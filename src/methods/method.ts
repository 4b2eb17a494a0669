import type { Account } from '#accounts/index.ts';
import type { Professional } from '#directory/index.ts';
import type { Acr } from '#kernel/index.ts';
import type Router from '@koa/router';
import type { Enrolment } from './enrolment.ts';

/** Whom an attempt is about: an account with its professional, or nobody (an unknown or closed login). */
export type Person = { readonly account: Account; readonly professional: Professional } | null;

/** What kind of proof a means is (ANS, RFC 8176): two different kinds make a multi-factor sign-in. */
export type Factor = 'knowledge' | 'possession' | 'inherence';

/** Where an attempt takes place. A challenge answers only in the interaction and for the purpose it was made for. */
export interface AttemptPlace {
  readonly interaction: string;
  /** `first` identifies a person, `second` follows another means. */
  readonly purpose: 'first' | 'second';
}

/** How many challenges leave the house before they are withheld. The flow counts them, for nobody as for somebody. */
export interface SendLimits {
  readonly perHour: number;
  readonly perDay: number;
  /** To one address, whatever the accounts behind it. */
  readonly perDestinationDay: number;
  /** Asked for from one source address. */
  readonly perSourceDay: number;
}

/** Asked for each challenge that is about to leave, with its destination (`null` for nobody); false: send nothing. */
export type MaySend = (destination: string | null) => Promise<boolean>;

/** Whom an issuer vouches for (a card, Pro Santé Connect): enough to ask for an account without typing it again. */
export interface ProvenIdentity {
  /** As the issuer writes them, the prefix included (domain §6). */
  readonly nationalIds: readonly string[];
  readonly familyName: string;
  readonly givenName: string;
  readonly civility?: string;
  /** NOS codes. */
  readonly profession?: string;
  readonly specialties?: readonly string[];
  readonly finess?: string;
  readonly organisationName?: string;
  readonly email?: string;
}

/** A place of work that an issuer vouches for (Pro Santé Connect's exercices × activities). */
export interface WorkSituation {
  /** Stable, and none of an organisation's own ids: it holds a `:`. */
  readonly id: string;
  readonly name: string;
  readonly finess?: string;
  /** NOS code of the profession exercised there. */
  readonly profession?: string;
}

/** The outcome of a verification. Expected refusals are values; exceptions are failures. */
export type Verdict =
  | {
      readonly ok: true;
      /** Whom the proof names; of a means that `identifies` only, and then always. */
      readonly accountId?: string;
      /** Where the person works, in the words of whoever vouches for them. */
      readonly situations?: readonly WorkSituation[];
      /** Opaque names of the session elsewhere that this proof comes from: what ends it there ends ours. */
      readonly origins?: readonly string[];
    }
  | {
      readonly ok: false;
      readonly code: string;
      readonly triesLeft?: number;
      /** What pages say of this very refusal, instead of the sentence of its code. */
      readonly sentence?: Sentence;
      /** The proof is good and names somebody who has no account here. */
      readonly unknown?: ProvenIdentity;
    };

/** What a page says of a refusal, in French: what is wrong, and what to do. */
export interface Sentence {
  readonly message: string;
  readonly hint?: string;
}

/** Words of the page that sends the browser elsewhere, in French. */
export interface ElsewherePage {
  readonly title: string;
  readonly lead: string;
  /** Of the button that leaves. */
  readonly button: string;
  /** A page for whom it does not work, offered beside the means. */
  readonly help?: { readonly label: string; readonly address: string };
}

/** How a list that a means works with stands (revoked cards), for administrators. */
export interface MethodList {
  readonly title: string;
  /** `ending`: still believed, not for long; `ended`: believed no longer, and the means with it. */
  readonly state: 'fresh' | 'ending' | 'ended';
  /** What that means, and for whom to do something: one French sentence or two. */
  readonly words: string;
  readonly entries: number | null;
  /** The date of this copy, epoch milliseconds. */
  readonly broughtInMs: number | null;
  readonly broughtInBy: string;
}

/** What a means runs beside the pages: a host of its own, the refresh of a list. */
export interface MethodService {
  /** Resolves once it serves. */
  start(): Promise<void>;
  /** Drains and ends; nothing acknowledged is lost. */
  stop(): Promise<void>;
}

/** What `begin` prepared, as much of it as a page may show to a stranger. */
export interface Challenge {
  /** Where the proof is made, for a means with `elsewhere`: the browser is sent there. */
  readonly address?: string;
  /** What the page's script needs, for a proof that the browser makes (a passkey). */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Where the answer was sent, masked; absent when saying it would tell that the account exists. */
  readonly destination?: string;
  /** True while nothing leaves by this way, for anybody: the page says so. */
  readonly isFailing?: boolean;
  /** How many digits the answer has, where it has a fixed number. */
  readonly digits?: number;
  /** Epoch seconds. */
  readonly expiresAt: number;
  /** Epoch seconds before which nothing is sent again. */
  readonly resendAt: number;
}

/**
 * One means of signing in. It verifies a proof and nothing else: attempt caps, lockout, uniform
 * answers, audit and levels are the sign-in flow's, and it never sees the HTTP request.
 */
export interface Method {
  /** Value of the `method` button, and the `id` of its form and the `name` of its field unless these say otherwise. */
  readonly id: string;
  /** The form that it is asked with, where several means share one (a code by e-mail, by SMS). */
  readonly form?: string;
  /** The field of the answer: a `code`, whoever shows it. */
  readonly field?: string;
  /** French, for the registry of means: « Mot de passe ». */
  readonly title: string;
  readonly factor: Factor;
  /** True when a page that pretends to be ours learns nothing that serves elsewhere. */
  readonly resistsPhishing: boolean;
  /** RFC 8176 values. */
  readonly amr: readonly string[];
  /**
   * True when it says by itself who the person is (a card): no login is asked for, `verify` gets `null` for the person
   * of a first step and answers with the account. As a later step the flow checks that it is the same one.
   */
  readonly identifies?: true;
  /**
   * The proof is made at another address: `begin` gives it, and the browser comes back to
   * `waysBack(…).arrival`, whose query string is the `input` of `verify`. Who can register one address only comes back to
   * `/arrival/<id>?state=<uid>.…`, which leads there.
   */
  readonly elsewhere?: ElsewherePage;
  /** What pages say of the refusals of this means, by code. */
  readonly sentences?: Readonly<Record<string, Sentence>>;
  /** What runs beside the pages while the service is up. */
  readonly service?: MethodService;
  /** Periodic work, done by one instance at a time. */
  readonly jobs?: readonly {
    readonly name: string;
    readonly seconds: number;
    readonly run: () => Promise<void>;
  }[];
  /** The lists that it works with, as they stand now. */
  lists?(): readonly MethodList[];
  /** Numbers for the metrics, read when somebody looks. */
  readonly gauges?: readonly { readonly name: string; readonly help: string; read(): number }[];
  /**
   * For a session that came from one of these (`Verdict`) and was signed out: the address of ours by which the browser
   * ends the one elsewhere and then goes on to `returnTo`; `undefined` when there is nothing to end.
   */
  signOut?(origins: readonly string[], returnTo: string): Promise<string | undefined>;
  /** Endpoints of its own that are no step of a sign-in (what another provider announces). */
  readonly routes?: Router;
  /** The level that it earns alone; `null` when it never identifies anybody by itself. */
  readonly acrAlone: Acr | null;
  /** The levels that a region may declare for it alone, by date; absent: its own only. */
  readonly declarableAcrs?: readonly Acr[];
  /** The level that it earns after another kind of factor; `null` when it is never a second step. */
  readonly acrAsSecond: Acr | null;
  /** How the first page offers it; absent when it has no button there. */
  readonly button?: { readonly label: string; readonly icon: string };
  /** How it is offered beside another second step. */
  readonly choice?: { readonly label: string; readonly icon: string };
  /** How its owner adds one; absent for a means that nobody adds by themselves. */
  readonly enrolment?: Enrolment;
  /** True when this person can use it now (has an address, a device…). */
  isAvailableTo(person: Person): boolean | Promise<boolean>;
  /**
   * True while nobody has shown yet that what the means sends reaches this person. SECURITY: such a means identifies
   * nobody by itself, since whoever it reaches may be somebody else; after another proof, it is shown by being used.
   */
  isUnproven?(person: Person): boolean;
  /** False for what cannot be a proof of this means (a slip of the finger): refused without being counted. */
  isWellFormed?(input: string): boolean;
  /** Throws 503 when nothing can be judged now: asked before anything is counted. Absent for a means that always can. */
  assertReady?(): void;
  /** Bounds on what `begin` sends; absent for a means that sends nothing. */
  readonly sendLimits?: SendLimits;
  /**
   * Prepares (or, when one is alive and `renew` is false, finds again) the challenge. Absent for a means that needs
   * none. Nothing leaves without the word of `maySend`. For `null` it does the same work, writes included, and sends
   * nothing.
   */
  begin?(person: Person, place: AttemptPlace, renew: boolean, maySend: MaySend): Promise<Challenge>;
  /** Judges `input`. For `null` it does the same work and refuses with the same code as for a wrong proof. */
  verify(person: Person, input: string, place: AttemptPlace): Promise<Verdict>;
}
