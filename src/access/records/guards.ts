import { isInForce, type Directory } from '#directory/index.ts';
import type { Clock } from '#kernel/index.ts';
import type { Caller, SessionFacts } from '../caller.ts';
import type { Decider } from '../decide.ts';
import type { FactsSource, PersonFacts, Target } from '../facts/facts.ts';
import { inquire, ownInquiry } from '../inquiry.ts';
import { malformed } from '../malformed.ts';
import type { RecordAction } from '../vocabulary.ts';
import * as refusals from './refusals.ts';

/** Which record, in the words of the request. */
export interface Place {
  readonly network: string;
  readonly patientKey: string;
}

/** Who collected what, how and when; and, when the application knows it, the sign-in of that person. */
export interface Collected {
  readonly by: string;
  readonly method: string;
  readonly at: number;
  readonly document?: string | undefined;
  /** Before whom it was said; of an act on a record. */
  readonly witness?: string | undefined;
  readonly sid?: string | undefined;
  readonly acr?: string | undefined;
}

/** Clocks differ a little; a consent of tomorrow does not exist. */
const CLOCK_TOLERANCE_MS = 5 * 60_000;

/** What every act on consents must pass before anything is written. */
export interface Guards {
  /** Throws `access.network_refused` (403), `access.target_unknown` (422). */
  enter(caller: Caller, place: Pick<Place, 'network'>): Promise<void>;
  /**
   * An act that only closes needs an active account; one that may open, a member of the network. Throws
   * `access.malformed_request` (400), `access.target_unknown` (422), `access.act_not_permitted` (403).
   */
  collector(act: Collected, place: Pick<Place, 'network'>, kind: 'opens' | 'closes'): Promise<void>;
  /** The account may do that action on that record: a decision like any other, and traced. Throws `access.act_not_permitted`. */
  permitted(
    caller: Caller,
    place: Place,
    asked: {
      readonly action: RecordAction;
      readonly account: string;
      readonly field: 'by' | 'account';
      readonly act: Collected;
    },
  ): Promise<void>;
  /** Whom an entry names exists. Throws `access.target_unknown` (422). */
  target(target: Target): Promise<void>;
  /** Accounts by where they stand in the body: all of them exist. Throws `access.target_unknown` (422), naming each that does not. */
  accounts(named: readonly (readonly [field: string, account: string])[]): Promise<void>;
}

export function createGuards(deps: {
  readonly clock: Clock;
  readonly directory: Directory;
  readonly facts: FactsSource;
  readonly sessions: SessionFacts;
  readonly decider: Decider;
}): Guards {
  const { clock, directory, facts, decider } = deps;

  async function activePerson({ by, at }: Collected, nowMs: number): Promise<PersonFacts> {
    if (at > nowMs + CLOCK_TOLERANCE_MS)
      throw malformed('at', 'invalid_value', 'Attendu : un instant passé.');
    const person = await facts.person(by);
    if (!person) throw refusals.targetUnknown('by');
    if (person.status !== 'active') throw refusals.actNotPermitted('by', 'account_inactive');
    return person;
  }

  const membershipsIn = (network: string, person: PersonFacts, nowMs: number) =>
    person.memberships.filter(held => held.network === network && isInForce(held, nowMs));

  return {
    async enter({ application }, { network }) {
      // SECURITY: judged before anything is read, so that a foreign application learns nothing.
      if (application.network !== network) throw refusals.networkRefused();
      if (!(await directory.networks.get(network))) throw refusals.targetUnknown('network');
    },

    async collector(act, { network }, kind) {
      const nowMs = clock.nowMs();
      const person = await activePerson(act, nowMs);
      if (kind === 'opens' && membershipsIn(network, person, nowMs).length === 0)
        throw refusals.actNotPermitted('by', 'not_in_network');
    },

    async permitted(caller, { network, patientKey }, { action, account, field, act: { sid, acr } }) {
      const resource = { type: 'patient_record', id: patientKey };
      // An act may come from a paper signed before anybody signed in: without `sid` nor `acr` the application answers
      // for the person; with one of them the level is judged as in any decision (docs/adr/0006).
      const isSignedIn = field === 'by' && (sid !== undefined || acr !== undefined);
      const inquiry = isSignedIn
        ? await inquire(
            {
              subject: { type: 'account', id: account },
              action: { name: action },
              resource: { ...resource, properties: { network } },
              context: { sid, acr },
            },
            caller,
            deps,
          )
        : ownInquiry({ nowMs: clock.nowMs(), account, action, resource, network, clientId: caller.clientId });
      const { decision, context } = await decider.decideInquiry(inquiry);
      if (!decision) throw refusals.actNotPermitted(field, context.reason_code);
    },

    async target({ account, organisation }) {
      if (account !== undefined && !(await directory.professionals.get(account)))
        throw refusals.targetUnknown('account');
      if (organisation !== undefined && !(await directory.organisations.get(organisation)))
        throw refusals.targetUnknown('organisation');
    },

    async accounts(named) {
      const isKnown = new Map<string, boolean>();
      for (const account of new Set(named.map(([, id]) => id)))
        isKnown.set(account, (await directory.professionals.get(account)) !== null);
      const unknown = named.filter(([, account]) => !isKnown.get(account)).map(([field]) => field);
      if (unknown.length > 0) throw refusals.targetUnknown(...unknown);
    },
  };
}
