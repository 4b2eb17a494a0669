import type { Accounts } from '#accounts/index.ts';
import type { Administration } from '#access/index.ts';
import type { AccountRequest, Decision, Treatment } from '#enrolment/index.ts';
import type { Directory } from '#directory/index.ts';
import { AppError, randomId, type Clock } from '#kernel/index.ts';
import { z } from 'zod';
import type { Act, Performer } from '../acts/act.ts';
import { checkFresh } from '../acts/fresh.ts';
import type { Acts } from '../acts/perform.ts';
import { conflict, invalidFields } from '../acts/refusals.ts';
import { idField, loginField } from '../people/fields.ts';
import type { PeopleActs } from '../people/index.ts';
import { checkDecision, grantField, isParticular } from './grants.ts';
import { usualBranch } from './identity.ts';
import { onRequest } from './talk-acts.ts';
import type { Treating } from './treating.ts';

/** More profiles than one person is given at once. */
const MOST_GRANTS = 10;

const acceptInput = z.strictObject({
  ...onRequest,
  known: idField.optional(),
  login: loginField.optional(),
  branch: idField.optional(),
  grants: z
    .array(grantField)
    .min(1, 'Donnez au moins un profil.')
    .max(MOST_GRANTS, `${MOST_GRANTS} profils au plus.`),
});
const agreeInput = z.strictObject(onRequest);

export interface DecideActs {
  /**
   * Accepts with these profiles, for somebody new or for a person whom the request resembles; a habilitation
   * particulière is agreed to by one administrator so, and by another with `agree`.
   */
  readonly accept: Act<z.output<typeof acceptInput>, void>;
  /** The second administrator agrees to what the first decided, and to nothing else. */
  readonly agree: Act<z.output<typeof agreeInput>, void>;
}

export function createDecideActs(deps: {
  readonly clock: Clock;
  readonly directory: Directory;
  readonly accounts: Accounts;
  readonly administration: Administration;
  readonly acts: Acts;
  readonly people: PeopleActs;
  readonly treating: Treating;
}): DecideActs {
  const { directory, accounts, administration, treating } = deps;

  async function check(request: AccountRequest, decision: Decision): Promise<void> {
    const { decider: administrator } = decision;
    // What is decided here is done later, in the name of who decides: it asks for what an opening asks for.
    checkFresh(deps, administrator, ['account', 'open']);
    const authority = await administration.authorityOf(administrator);
    await checkDecision(deps, request, decision, { administrator, authority });
  }

  /** SECURITY: a request is attached to whom it resembles, and to nobody else. */
  async function checkKnown({ duplicates }: AccountRequest, known: string | undefined): Promise<void> {
    if (known === undefined) return;
    if (!duplicates.some(({ account }) => account === known))
      throw invalidFields({ known: 'Choisissez l’une des personnes proposées.' });
    const person = await directory.professionals.get(known);
    if (person?.status !== 'active')
      throw conflict('admin.account_inactive', {
        publicMessage: 'Le compte de cette personne n’est pas actif.',
      });
  }

  async function checkLogin(login: string | undefined): Promise<void> {
    if (login !== undefined && (await accounts.loginHolder(login)) !== null)
      throw invalidFields({ login: 'Cet identifiant est déjà pris, ou l’a été.' });
  }

  /** One account for one request, however often its opening is begun again. */
  function accountOf({ life, treatment }: AccountRequest, known: string | undefined): string {
    if (known !== undefined) return known;
    const before = treatment?.decision;
    return life.account !== undefined && before && before.known === undefined
      ? life.account
      : `acc-${randomId(12)}`;
  }

  const withDecision = (decision: Decision) => (before: AccountRequest) => {
    const { announcedAt: _before, ...treatment }: Treatment = before.treatment ?? { steps: [] };
    return { ...before, treatment: { ...treatment, decision } };
  };

  return {
    accept: treating.act({
      name: 'accept',
      title: 'Accepter la demande',
      past: 'Demande de compte acceptée',
      kind: ({ grants }) => (isParticular(grants) ? 'proposed' : 'accepted'),
      schema: acceptInput,
      async plan(request, { turn, request: _id, ...wanted }, by) {
        const branch = wanted.branch ?? usualBranch(request);
        const decision: Decision = { ...wanted, branch, decider: by.administrator };
        // An agreement is given by `agree`: nobody changes what somebody else has agreed to.
        if (request.life.state === 'second_needed') throw awaitsSecond();
        await checkKnown(request, wanted.known);
        await checkLogin(wanted.known === undefined ? wanted.login : undefined);
        await check(request, decision);
        const needsSecond = isParticular(wanted.grants);
        if (needsSecond) refuseApplication(by);
        const account = accountOf(request, wanted.known);
        return {
          words: wordsOf(decision),
          changes: {
            state: [request.life.state, needsSecond ? 'second_needed' : 'accepted'],
            profiles: [null, wordsOf(decision)],
            ...(wanted.known !== undefined && { known: [null, wanted.known] as const }),
          },
          event: needsSecond ? { type: 'propose', turn } : { type: 'accept', turn, account, needsSecond },
          ...(!needsSecond && { errand: 'opening' as const }),
          also: withDecision(decision),
        };
      },
    }),

    agree: treating.act({
      name: 'agree',
      title: 'Donner le second accord',
      past: 'Second accord donné à une demande de compte',
      kind: () => 'accepted',
      schema: agreeInput,
      async plan(request, { turn }, by) {
        refuseApplication(by);
        const proposed = request.treatment?.decision;
        if (!proposed || request.life.state !== 'second_needed') throw nothingToAgree();
        const decision: Decision = { ...proposed, decider: by.administrator };
        await checkKnown(request, decision.known);
        await check(request, decision);
        return {
          words: wordsOf(decision),
          changes: { state: ['second_needed', 'accepted'], profiles: [null, wordsOf(decision)] },
          event: { type: 'accept', turn, account: accountOf(request, decision.known), needsSecond: true },
          errand: 'opening',
          also: withDecision(decision),
        };
      },
    }),
  };
}

/** The profiles of a decision, as the trail and the history write them. */
function wordsOf({ grants }: Decision): string {
  return grants
    .map(({ network, organisation, profile }) => `${profile} @ ${network}/${organisation ?? '*'}`)
    .join(', ');
}

/** SECURITY: an application is nobody: two administrators are two persons. */
function refuseApplication({ administrator }: Performer): void {
  if (administrator.kind === 'person') return;
  throw new AppError({
    code: 'admin.second_person_needed',
    status: 403,
    publicMessage: 'Une habilitation particulière demande l’accord de deux personnes.',
  });
}

const awaitsSecond = () =>
  conflict('admin.request_awaits_second', {
    publicMessage: 'Un premier administrateur a déjà donné son accord.',
    hint: 'Donnez le second accord, ou refusez la demande.',
  });

const nothingToAgree = () =>
  conflict('admin.request_nothing_to_agree', {
    publicMessage: 'Aucun premier accord n’attend le vôtre.',
  });
