import type { ProvenIdentity } from '#methods/index.ts';
import type { CollectionSpec, Doc } from '#store/index.ts';
import type { WaitingReading } from './readers.ts';
import { ENDS, isOpen, partsWaiting, type Life } from './life.ts';
import type { Answers, StepId } from './steps.ts';
import type { Errand, Treatment } from './treatment.ts';

/** What a card or Pro Santé Connect has proven, with the means that read it. Never to be corrected by the person. */
export interface Proven extends ProvenIdentity {
  readonly method: string;
}

export type ProofKind = 'signed_request' | 'identity_card' | 'professional_card' | 'habilitation_form';

/** A document that was sent with a request; its content stands apart, in sealed parts. Its name is never kept. */
export interface ProofRef {
  readonly id: string;
  readonly kind: ProofKind;
  /** By its content. */
  readonly type: ProofType;
  readonly bytes: number;
  /** Of a PDF, as far as it says so; nothing relies on it. */
  readonly pages?: number;
  /** Of the content, in hexadecimal. */
  readonly sha256: string;
  /** Epoch seconds. */
  readonly addedAt: number;
  /** False: no antivirus has looked at it. */
  readonly isScanned: boolean;
  /** Why its content was destroyed; absent while it is there. */
  readonly gone?: 'infected' | 'retention';
}

export type ProofType = 'application/pdf' | 'image/jpeg' | 'image/png' | 'image/heic';

/** What a browser or a mail holds to reach a request. SECURITY: only its hash is kept. */
export interface Link {
  readonly hash: string;
  readonly kind: 'browser' | 'mail';
  /** Epoch seconds. */
  readonly untilAt: number;
}

/** What was said between the person and the administrators: questions, answers, the reason of a refusal in words. */
export interface Message {
  readonly from: 'administrator' | 'requester';
  readonly text: string;
  readonly at: number;
}

/** Whom a request looks like; for the administrators who treat it, and for nobody else. */
export interface Duplicate {
  readonly by: 'national_id' | 'email' | 'name';
  /** The `sub` of an account, or the id of another request. */
  readonly account?: string;
  readonly request?: string;
}

/** Whose hand began a request for somebody else, and what the person has said to it. */
export interface Asker {
  /** The `sub` of their account. */
  readonly sub: string;
  /** Where the invitation went. INVARIANT: a link opened from it proves this address, and no other. */
  readonly address: string;
  /** When the person took the request over; epoch seconds. */
  readonly takenOverAt?: number;
}

/** One request for an account: one aggregate. INVARIANT: its id is random, and opens nothing. */
export interface AccountRequest extends Doc {
  readonly life: Life;
  /** What was declared and is valid, step by step. */
  readonly answers: Answers;
  /** What was typed last in each step, valid or not: nothing is lost by going back and forth. */
  readonly typed: Readonly<Partial<Record<StepId, Typed>>>;
  readonly proven: Proven | null;
  /** A card or Pro Santé Connect is waited for, or has been refused. */
  readonly reading?: WaitingReading;
  /** Absent: the person asks for themselves. */
  readonly askedBy?: Asker;
  readonly messages: readonly Message[];
  readonly proofs: readonly ProofRef[];
  readonly links: readonly Link[];
  /** Keyed hashes of its number, address and names: requests about one person are found by them. */
  readonly marks: readonly string[];
  /** Keyed hash of the address whose mail is read, or where the invitation went: a lost link is asked for by it. */
  readonly mailbox?: string;
  readonly duplicates: readonly Duplicate[];
  /** What administrators have done with it; absent until the first of them. */
  readonly treatment?: Treatment;
  /** What the service has still to do for it. */
  readonly errand?: Errand;
  /** Epoch seconds. */
  readonly createdAt: number;
  readonly changedAt: number;
}

const LAST_SECOND = 999_999_999_999;

/** What was sent, by its state, then by age: what is open from the oldest on, what has ended from the newest on. */
function stateKey(life: Life): string | null {
  const { state, sentAt, decidedAt } = life;
  if (sentAt === undefined) return null;
  const place = isOpen(life) || decidedAt === undefined ? sentAt : LAST_SECOND - decidedAt;
  return `${state}|${String(place).padStart(12, '0')}`;
}

export type Typed = Readonly<Record<string, string | readonly string[]>>;

export const requestsSpec: CollectionSpec<AccountRequest> = {
  name: 'enrolment_requests',
  version: 2,
  indexes: {
    link: { key: ({ links }) => links.map(({ hash }) => hash), unique: true },
    mailbox: { key: ({ mailbox }) => mailbox },
    mark: { key: ({ marks }) => marks },
    // For the list of those who treat it: handler, state, then age.
    handler: {
      key: ({ life: { state, handler, sentAt } }) =>
        handler === undefined
          ? null
          : [
              handler.kind === 'local' ? `local:${handler.organisation}` : 'regional',
              state,
              String(sentAt ?? 0).padStart(12, '0'),
            ].join('|'),
    },
    // For the work list, the oldest first, and the archive, the newest first.
    state: { key: ({ life }) => stateKey(life) },
    errand: { key: ({ errand }) => errand },
    // What an antivirus has still to look at, the oldest first.
    unscanned: {
      key: ({ proofs }) => {
        const first = proofs.find(({ isScanned, gone }) => !isScanned && gone === undefined);
        return first && String(first.addedAt).padStart(12, '0');
      },
    },
    // What has ended and still has documents, by its end and from the oldest on: retention takes them.
    retained: {
      key: ({ life: { state, decidedAt }, proofs }) =>
        ENDS.has(state) && decidedAt !== undefined && proofs.some(({ gone }) => gone === undefined)
          ? `${state}|${String(decidedAt).padStart(12, '0')}`
          : null,
    },
    // For the validators of a network: what waits for them, then age.
    network: {
      key: ({ life }) =>
        isOpen(life)
          ? partsWaiting(life).map(network => `${network}|${String(life.sentAt ?? 0).padStart(12, '0')}`)
          : [],
    },
  },
  sealed: ['answers', 'typed', 'proven', 'askedBy', 'messages', 'treatment'],
};
