import type { Form } from '#http/index.ts';
import { writePhone } from '#kernel/index.ts';
import type { Context } from 'koa';
import type { EnrolmentContext } from '../context.ts';
import { requestSent } from '../events.ts';
import { isBeingWritten } from '../life.ts';
import type { AccountRequest } from '../request.ts';
import { refusalOf } from '../refusals.ts';
import { missingOf, nameOf, professionOf, rppsOf, STEP_TITLES, type StepId } from '../steps.ts';
import { frameOf } from './frame.ts';
import { PROOF_LABELS } from './proofs.ts';

/** One line of the summary, with the step that changes it. */
export interface Fact {
  readonly step: StepId;
  readonly term: string;
  readonly values: readonly string[];
  /** A card or Pro Santé Connect says so. */
  readonly isProven: boolean;
}

export interface Summary {
  show(ctx: Context, request: AccountRequest): Promise<void>;
  send(ctx: Context, request: AccountRequest, form: Form): Promise<void>;
}

export type FactsOf = (request: AccountRequest) => Promise<readonly Fact[]>;

/** What a request says, in words. */
export function createFacts({ directory }: Pick<EnrolmentContext, 'directory'>): FactsOf {
  const { codes } = directory;
  return async request => {
    const { answers, proven } = request;
    const [networks, applications] = await Promise.all([
      directory.networks.all(),
      directory.applications.all(),
    ]);
    const named = (all: readonly { readonly id: string; readonly name: string }[], ids: readonly string[]) =>
      ids.map(id => all.find(one => one.id === id)?.name ?? id);
    const profession = professionOf(request);
    const rpps = rppsOf(request);
    const name = nameOf(request);
    const { address, workplace, phones, email, interests } = answers;
    const isProven = proven !== null;
    const fact = (step: StepId, term: string, values: readonly string[], proof = false): Fact => ({
      step,
      term,
      values: values.filter(Boolean),
      isProven: proof,
    });
    return [
      fact(
        'profession',
        'Profession',
        profession === undefined ? [] : [codes.profession(profession).label],
        proven?.profession !== undefined,
      ),
      fact(
        'number',
        'Numéro',
        rpps === undefined ? (proven?.nationalIds ?? ['Sans numéro RPPS']) : [`RPPS ${rpps}`],
        isProven,
      ),
      fact(
        'name',
        'Nom',
        name ? [`${codes.civility(name.civility).label} ${name.givenName} ${name.familyName}`] : [],
        isProven,
      ),
      fact('address', 'Adresse', address ? [address.street, `${address.postcode} ${address.town}`] : []),
      fact(
        'workplace',
        'Établissement',
        workplace
          ? [
              workplace.kind === 'liberal'
                ? 'Exercice libéral, rattaché à aucun établissement'
                : workplace.name,
            ]
          : [],
      ),
      fact('phones', 'Téléphones', phones ? [phones.mobile, ...phones.others].map(writePhone) : []),
      fact('email', 'Adresse e-mail', email ? [email.address] : []),
      fact('interests', 'Réseaux', named(networks, interests?.networks ?? [])),
      fact('interests', 'Applications', named(applications, interests?.applications ?? [])),
      ...(isProven
        ? []
        : [
            fact(
              'proofs',
              'Justificatifs',
              request.proofs.map(({ kind }) => PROOF_LABELS[kind]),
            ),
          ]),
    ];
  };
}

/** The last step: everything at once, then it is sent. */
export function createSummary(context: EnrolmentContext): Summary {
  const { http, requests, places, duplicates, validators, mails, audit } = context;
  const factsOf = createFacts(context);

  async function show(ctx: Context, request: AccountRequest): Promise<void> {
    await http.render(ctx, 'enrolment/summary', {
      ...frameOf(request, 'summary'),
      facts: await factsOf(request),
      missing: missingOf(request).map(id => ({ id, title: STEP_TITLES[id] })),
      alert: null,
    });
  }

  return {
    show,
    async send(ctx, request, form) {
      if (form.get('go') === 'back')
        return http.redirect(ctx, `/request/${frameOf(request, 'summary').previous}`);
      const { workplace } = request.answers;
      if (!workplace) throw refusalOf('enrolment.incomplete');
      const [found, validated] = await Promise.all([
        duplicates.find(request),
        validators.networksOf(request),
      ]);
      // SECURITY: who seems to be the same person does not decide on it; homonyms are others.
      const own = found.flatMap(({ by, account }) =>
        by === 'name' || account === undefined ? [] : [account],
      );
      const handler = await places.handlerOf(workplace, [...request.life.own, ...own]);
      const judged = JSON.stringify(request.answers);
      const sent = await requests.act(
        request.id,
        { kind: 'requester' },
        before => {
          // INVARIANT: what is sent is what was routed and compared: another tab may have changed it meanwhile.
          if (isBeingWritten(before.life) && JSON.stringify(before.answers) !== judged)
            throw refusalOf('enrolment.changed_meanwhile');
          const type = before.life.state === 'to_confirm' ? 'confirm' : 'send';
          return { type, missing: missingOf(before), handler, own, validated };
        },
        before => ({ ...before, typed: {}, marks: requests.marksOf(before), duplicates: found }),
      );
      await audit.record(requestSent, {
        source: http.source(ctx),
        outcome: 'success',
        data: {
          request: sent.id,
          handler: handler.kind === 'local' ? handler.organisation : 'regional',
          proofs: sent.proofs.length,
          duplicates: found.length,
          method: sent.proven?.method ?? 'none',
        },
      });
      // ORDER: the request is received before anything is told: a stop leaves a request that is treated, without a mail.
      await mails.sendReceived(sent);
      await validators.tell(sent);
      await duplicates.tell(found);
      return http.redirect(ctx, '/request/follow');
    },
  };
}
