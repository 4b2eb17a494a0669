import type { AdministrationAct, Administrator, AdministrationType } from '#access/index.ts';
import { defineEvent, type EventType } from '#audit/index.ts';
import type { z } from 'zod';

/** Fields that every event of administration may carry; never a secret. */
export type ActField = 'act' | 'target' | 'changes' | 'reason' | 'approvedBy' | 'proposal' | 'code' | 'via';

/** Declares the event of an act: who did it, for whom, what was before and after, why, and through what. */
export function defineActEvent(type: string, title: string): EventType<ActField> {
  return defineEvent(type, {
    category: 'administration',
    title,
    data: ['act', 'target', 'changes', 'reason', 'approvedBy', 'proposal', 'code', 'via'],
  });
}

/** Field → before and after, as a person reads them. */
export type Changes = Readonly<Record<string, readonly [before: unknown, after: unknown]>>;

/** Who performs, as the act itself may need to know. */
export interface Performer {
  readonly administrator: Administrator;
  /** The `sub`, or `client:<id>`: what the trail says. */
  readonly actor: string;
  readonly source: string | undefined;
}

/** What an act would do; nothing is written before `apply`. */
export interface ActPlan<R> {
  /** The `sub` that it is about. */
  readonly account?: string | undefined;
  /** What else it is about: an organisation, an application. */
  readonly target?: string | undefined;
  /** Empty: nothing would change, and nothing is written nor recorded. */
  readonly changes: Changes;
  apply(): Promise<R>;
}

/**
 * One act of administration. Pages, files, the API and SCIM all pass here: who may do it is the policy's to say
 * (`about`), what is wrong with the input is said by `schema` and by `plan`, and the trail is left by `perform`.
 */
export interface Act<I = unknown, R = unknown> {
  /** `<type>.<verb>`: stable, it stands in the trail and in the API. */
  readonly name: string;
  readonly type: AdministrationType;
  readonly action: string;
  /** French, a verb: « Suspendre le compte ». */
  readonly title: string;
  readonly event: EventType<ActField>;
  readonly schema: z.ZodType<I>;
  about(input: I): Omit<AdministrationAct, 'type' | 'action'>;
  /**
   * What the policy must know besides and only the store tells: where the membership that is named lies, what becomes
   * of its dates, whom a national number means, and which action this is in truth (dates that end a profile now take it
   * away). SECURITY: it throws `admin.not_found` alike for what does not exist; the policy then judges the place.
   */
  resolve?(
    input: I,
  ): Promise<
    Partial<Pick<AdministrationAct, 'id' | 'action' | 'network' | 'organisation' | 'profile' | 'after'>>
  >;
  /** Further questions that must all be permitted: the other end of a move. */
  alsoAbout?(input: I): readonly AdministrationAct[];
  /** Throws `AppError` for what cannot be done; reads only. */
  plan(input: I, by: Performer): Promise<ActPlan<R>>;
}

/** The `sub`, or `client:<id>`: how the trail names who acts. */
export function actorOf(administrator: Administrator): string {
  return administrator.kind === 'person' ? administrator.sub : `client:${administrator.clientId}`;
}
