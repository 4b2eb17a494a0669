import type { Administrator } from '#access/index.ts';
import type { Doc } from '#store/index.ts';

/** What the check found that a line would do. */
export type LineKind =
  /** A new person, with account and profile. */
  | 'create'
  /** A colleague of another branch, known by number and name: a profile here. */
  | 'attach'
  /** A person of the branch: what is missing is filled in, the profile given. */
  | 'update'
  /** Nothing is missing. */
  | 'nothing'
  /** Somebody of that name is known: the administrator says whether it is the same person. */
  | 'homonym'
  /** Something is to be corrected in the file. */
  | 'refused';

/** A cell that is wrong, and what to do about it. */
export interface LineError {
  /** The title of the column, as the template writes it; `''` for the line as a whole. */
  readonly column: string;
  readonly message: string;
}

/** What a line says, in the words of the acts: texts, read again by their schemas when it is done. */
export interface LineInput {
  readonly civility?: string;
  readonly family_name: string;
  readonly given_name: string;
  readonly email?: string;
  readonly phone?: string;
  /** Whoever wrote the list vouches for the number; else its owner is asked for a code at a sign-in. */
  readonly phone_verified?: true;
  readonly national_ids: readonly string[];
  readonly profession?: string;
  readonly organisation?: string;
  readonly network: string;
  readonly profile: string;
  readonly from?: string;
  readonly to?: string;
}

/** Whom a homonym may be. */
export interface Candidate {
  readonly sub: string;
  /** What tells them apart: login, profession, place. */
  readonly words: string;
}

export const SOMEBODY_ELSE = 'new';

export type LineState = 'waiting' | 'done' | 'failed' | 'left';

export interface ImportLine {
  /** As the spreadsheet counts. */
  readonly number: number;
  /** As it was typed, by the title of the column, for the page and the report. */
  readonly typed: Readonly<Record<string, string>>;
  readonly kind: LineKind;
  readonly input?: LineInput;
  readonly errors: readonly LineError[];
  readonly warnings: readonly string[];
  /** Whom it is about: somebody known, or the `sub` under which a new person will be created. */
  readonly sub?: string;
  /** The `sub` is a new one. */
  readonly isNew?: boolean;
  /** Another line of the file brings the person first. */
  readonly sameAsLine?: number;
  readonly candidates?: readonly Candidate[];
  /** Of a homonym: the `sub` of a candidate, or `new`. */
  readonly choice?: string;
  readonly state: LineState;
  /** An account was opened: its two mails follow. */
  readonly isOpened?: boolean;
  /** What was done, or why it was not: a French sentence. */
  readonly result?: string;
  readonly code?: string;
}

/** So many lines to a document: the store holds documents of a bounded size, and a stop repeats one of them at most. */
export const CHUNK_LINES = 200;

export interface ChunkDoc extends Doc {
  readonly import: string;
  readonly lines: readonly ImportLine[];
}

export type ImportState = 'checked' | 'running' | 'stopped' | 'done';

export type LineCounts = Readonly<Record<LineKind, number>>;

export interface ImportDoc extends Doc {
  /** The `sub` of the administrator, who alone sees it. */
  readonly author: string;
  /** As whom it is done: judged again at each act. */
  readonly administrator: Administrator;
  readonly source: string;
  readonly fileName: string;
  readonly state: ImportState;
  /** Why it stopped by itself. */
  readonly stoppedBy?: 'rights';
  readonly checkedAtMs: number;
  readonly startedAtMs?: number;
  readonly endedAtMs?: number;
  readonly lines: number;
  readonly chunks: number;
  /** The next one to be done. */
  readonly nextChunk: number;
  readonly counts: LineCounts;
  readonly ignoredColumns: readonly string[];
  readonly done: number;
  readonly failed: number;
  readonly left: number;
  /** Accounts whose two mails are to be sent, and those that were. */
  readonly toAnnounce: number;
  readonly announced: number;
  /** Accounts whose mails could not be written: an address that no mail takes, an account suspended meanwhile. */
  readonly unreached: number;
}

/** Somebody whose login and first password are still to be sent. `id`: the `sub`. */
export interface AnnouncementDoc extends Doc {
  readonly import: string;
}
