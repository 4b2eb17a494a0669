import { nameOf, professionOf, rppsOf, type AccountRequest, type Decision } from '#enrolment/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import { checkFresh } from '../acts/fresh.ts';
import { notFound, refusedBy } from '../acts/refusals.ts';
import type { AdminContext } from '../context.ts';
import type { Clerk } from '../desk.ts';
import { submitAct, textsOf, type Refusal } from '../forms.ts';
import type { Choices } from '../people/choices.ts';
import { CIVILITIES } from '../people/identity-pages.ts';
import { lastDayOf } from '../people/days.ts';
import { nameOf as nameOfPerson } from '../people/seen.ts';
import { turnOf, type FilePages } from './file-page.ts';
import type { RequestActs } from './index.ts';
import { shownDocuments } from './documents-view.ts';
import { placeOf } from './treating.ts';
import { REFUSAL_REASONS } from './words.ts';

const CORRECTED = [
  'civility',
  'given_name',
  'family_name',
  'profession',
  'rpps',
  'phone',
  'organisation',
] as const;

/** Acts on a request that have a page of their own: refusing, the second agreement, correcting. */
export function createConfirmPages(
  routes: Router,
  context: AdminContext,
  {
    acts,
    files,
    choices,
  }: { readonly acts: RequestActs; readonly files: FilePages; readonly choices: Choices },
): void {
  const { http, desk, directory, administration } = context;
  const PATH = '/admin/requests/:id';
  const titleOf = (request: AccountRequest) => {
    const name = nameOf(request);
    return name ? nameOfPerson(name) : 'cette personne';
  };
  const shared = (request: AccountRequest, refusal: Refusal | undefined) => ({
    id: request.id,
    turn: request.life.turn,
    name: titleOf(request),
    alert: refusal ?? null,
    errors: refusal?.fields ?? {},
  });

  async function judge({ administrator }: Clerk, request: AccountRequest): Promise<void> {
    const decision = await administration.judge(administrator, {
      type: 'account_request',
      action: 'decide',
      id: request.id,
      ...placeOf(request),
    });
    if (!decision.decision) throw refusedBy(decision);
  }

  /** A page that shows a form, and the form that comes back. */
  function page(
    name: string,
    parts: {
      readonly open: (ctx: Context, clerk: Clerk, request: AccountRequest) => Promise<void>;
      readonly submit: (ctx: Context, clerk: Clerk, request: AccountRequest) => Promise<void>;
    },
  ): void {
    routes.get(`${PATH}/${name}`, ctx =>
      desk.openFor(ctx, ['account_request', 'decide'], async clerk => {
        const request = await files.seen(ctx, clerk);
        await judge(clerk, request);
        await parts.open(ctx, clerk, request);
      }),
    );
    routes.post(`${PATH}/${name}`, ctx =>
      desk.openFor(ctx, ['account_request', 'decide'], async clerk =>
        parts.submit(ctx, clerk, await files.seen(ctx, clerk)),
      ),
    );
  }

  const showRefusal = (ctx: Context, request: AccountRequest, typed: object, refusal?: Refusal) =>
    http.render(ctx, 'admin/request-refuse', {
      ...shared(request, refusal),
      typed,
      reasons: Object.entries(REFUSAL_REASONS).map(([value, label]) => ({ value, label })),
    });

  page('refuse', {
    open: (ctx, _clerk, request) => showRefusal(ctx, request, {}),
    async submit(ctx, clerk, request) {
      const form = await http.readForm(ctx);
      const typed = textsOf(form, ['reason_code', 'words']);
      await submitAct(
        context,
        ctx,
        clerk,
        { act: acts.refuse, input: { request: request.id, turn: turnOf(form), ...typed } },
        {
          again: refusal => showRefusal(ctx, request, typed, refusal),
          then: () => `/admin/requests/${request.id}?done=refused`,
        },
      );
    },
  });

  /** What the first administrator decided, in words. */
  async function decided({ known, login, grants }: Decision) {
    const [networks, organisations, person] = await Promise.all([
      directory.networks.all(),
      directory.organisations.all(),
      known === undefined ? null : directory.professionals.get(known),
    ]);
    const named = (all: readonly { readonly id: string; readonly name: string }[], id: string) =>
      all.find(one => one.id === id)?.name ?? id;
    return {
      person: person ? nameOfPerson(person) : null,
      login: login ?? null,
      grants: grants.map(({ network, organisation, profile, from, to }) => ({
        profile: directory.codes.profile(profile).label,
        network: named(networks, network),
        organisation: organisation === undefined ? null : named(organisations, organisation),
        from: from === undefined ? null : Date.parse(from),
        lastDay: to === undefined ? null : Date.parse(lastDayOf(Date.parse(to))),
      })),
    };
  }

  async function showAgreement(ctx: Context, request: AccountRequest, refusal?: Refusal): Promise<void> {
    const decision = request.treatment?.decision;
    if (!decision || request.life.state !== 'second_needed') throw notFound();
    const first = await directory.professionals.get(request.life.proposedBy ?? '');
    await http.render(ctx, 'admin/request-agree', {
      ...shared(request, refusal),
      first: first ? nameOfPerson(first) : null,
      decision: await decided(decision),
      forms: shownDocuments(request).filter(
        ({ kind, gone }) => kind === 'habilitation_form' && gone === null,
      ),
    });
  }

  page('agree', {
    async open(ctx, { administrator }, request) {
      checkFresh(context, administrator, ['account', 'open']);
      await showAgreement(ctx, request);
    },
    async submit(ctx, clerk, request) {
      const form = await http.readForm(ctx);
      await submitAct(
        context,
        ctx,
        clerk,
        { act: acts.agree, input: { request: request.id, turn: turnOf(form) } },
        {
          again: refusal => showAgreement(ctx, request, refusal),
          then: () => `/admin/requests/${request.id}?done=accepted`,
        },
      );
    },
  });

  const showCorrection = async (
    ctx: Context,
    { authority }: Clerk,
    request: AccountRequest,
    typed: Readonly<Record<string, string | undefined>>,
    refusal?: Refusal,
  ) =>
    http.render(ctx, 'admin/request-correct', {
      ...shared(request, refusal),
      typed,
      civilities: CIVILITIES,
      professions: choices.professions(),
      organisations: await choices.organisations(authority, ['account', 'create']),
    });

  page('correct', {
    async open(ctx, clerk, request) {
      const { phones, workplace } = request.answers;
      const name = nameOf(request);
      await showCorrection(ctx, clerk, request, {
        civility: name?.civility,
        given_name: name?.givenName,
        family_name: name?.familyName,
        profession: professionOf(request),
        rpps: rppsOf(request),
        phone: phones?.mobile,
        organisation: workplace?.kind === 'organisation' ? workplace.organisation : undefined,
      });
    },
    async submit(ctx, clerk, request) {
      const form = await http.readForm(ctx);
      const typed = textsOf(form, CORRECTED);
      // An emptied number is one that the person does not have.
      const input = { request: request.id, turn: turnOf(form), ...typed, rpps: form.get('rpps').trim() };
      await submitAct(
        context,
        ctx,
        clerk,
        { act: acts.correct, input },
        {
          again: refusal => showCorrection(ctx, clerk, request, typed, refusal),
          then: () => `/admin/requests/${request.id}?done=corrected`,
        },
      );
    },
  });
}
