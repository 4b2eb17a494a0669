import { nameOf, partsWaiting, professionOf, type AccountRequest } from '#enrolment/index.ts';
import type { Network } from '#directory/index.ts';
import { isAppError, type AppError } from '#kernel/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import { defineActEvent } from '../acts/act.ts';
import { invalidFields, notFound } from '../acts/refusals.ts';
import type { AdminContext } from '../context.ts';
import type { Clerk } from '../desk.ts';
import { doneSentence, toRefusal, type Refusal } from '../forms.ts';
import { createFileView } from './file-view.ts';
import { turnOf } from './file-page.ts';
import { workplaceWords } from './list-page.ts';
import { nameOf as nameOfPerson } from '../people/seen.ts';
import { withStep } from './treating.ts';

/** A network has answered for its part; done by its validators, whatever profile they hold. */
export const partJudged = defineActEvent(
  'admin.account_request.judge_part',
  'Réponse d’un réseau à une demande de compte',
);

const MOST_SHOWN = 100;
const VERDICTS = { agreed: 'part_agreed', refused: 'part_refused' } as const;
type Verdict = keyof typeof VERDICTS;
const DONE: Readonly<Record<string, string>> = {
  agreed: 'Votre accord est enregistré.',
  refused: 'Votre refus est enregistré : aucun profil ne sera donné dans ce réseau.',
};

/** Those who may answer for a network: its validators, and in their place who administers the whole region. */
const isValidator = ({ sub, authority }: Clerk, { validators = [] }: Network): boolean =>
  validators.includes(sub) || (validators.length > 0 && authority.may('account_request', 'decide', {}));

/**
 * `/admin/requests/validate`: the parts of requests that wait for a network. SECURITY: judged by the list of validators
 * of the network, not by the policy: they need no office, and see nothing else of administration.
 */
export function createValidatePages(routes: Router, context: AdminContext): void {
  const { http, desk, directory, enrolment, audit, clock } = context;
  const { requests } = enrolment;
  const viewOf = createFileView(context);

  const own = async (clerk: Clerk) =>
    (await directory.networks.all()).filter(network => isValidator(clerk, network));
  const may = async (clerk: Clerk) => (await own(clerk)).length > 0;

  routes.get('/admin/requests/validate', ctx =>
    desk.openFurther(ctx, may, async clerk => {
      const networks = await own(clerk);
      const rows = await Promise.all(
        networks.map(async ({ id, name }) => {
          const { items } = await requests.list('network', { prefix: `${id}|`, limit: MOST_SHOWN });
          return items.map(request => rowOf(request, { id, name }));
        }),
      );
      await http.render(ctx, 'admin/requests-validate', { done: doneSentence(ctx, DONE), rows: rows.flat() });
    }),
  );

  function rowOf(request: AccountRequest, network: { readonly id: string; readonly name: string }) {
    const name = nameOf(request);
    const profession = professionOf(request);
    return {
      href: `/admin/requests/validate/${network.id}/${request.id}`,
      network: network.name,
      name: name ? nameOfPerson(name) : 'Sans nom',
      profession: profession === undefined ? null : directory.codes.profession(profession).label,
      place: workplaceWords(request.answers.workplace),
      sentAtMs: (request.life.sentAt ?? 0) * 1000,
    };
  }

  /** The part that the address names. Throws `admin.not_found` (404) for what is not theirs, and once it was answered. */
  async function part(ctx: Context, clerk: Clerk) {
    const network = (await own(clerk)).find(({ id }) => id === ctx.params['network']);
    const request = await requests.get(String(ctx.params['id']));
    if (!network || !request || !partsWaiting(request.life).includes(network.id)) throw notFound();
    return { network, request };
  }

  async function show(
    ctx: Context,
    clerk: Clerk,
    { network, request }: Awaited<ReturnType<typeof part>>,
    refusal?: Refusal,
  ): Promise<void> {
    const { id, turn, title, rows, sentAtMs, isOwn } = await viewOf(request, clerk);
    await http.render(ctx, 'admin/request-validate', {
      ...{ id, turn, title, rows, sentAtMs, isOwn },
      network: { id: network.id, name: network.name },
      alert: refusal ?? null,
      errors: refusal?.fields ?? {},
    });
  }

  async function judge(
    ctx: Context,
    clerk: Clerk,
    { network, request }: Awaited<ReturnType<typeof part>>,
    { verdict, turn }: { readonly verdict: Verdict; readonly turn: number },
  ): Promise<void> {
    const actor = { kind: 'administrator', sub: clerk.sub } as const;
    const event = { type: 'judge_part', turn, network: network.id, verdict } as const;
    requests.check(request, actor, event);
    // ORDER: the trail first, as for every act.
    await audit.record(partJudged, {
      actor: clerk.sub,
      source: http.source(ctx),
      acr: clerk.session.acr,
      outcome: 'success',
      data: {
        act: 'account_request.judge_part',
        target: request.id,
        changes: JSON.stringify({ [network.id]: ['waiting', verdict] }),
        via: 'page',
      },
    });
    const step = { kind: VERDICTS[verdict], at: clock.now(), by: clerk.sub, words: network.name };
    await requests.act(
      request.id,
      actor,
      () => event,
      before => withStep(before, step),
    );
  }

  const PART = '/admin/requests/validate/:network/:id';
  routes.get(PART, ctx =>
    desk.openFurther(ctx, may, async clerk => show(ctx, clerk, await part(ctx, clerk))),
  );
  routes.post(PART, ctx =>
    desk.openFurther(ctx, may, async clerk => {
      const meant = await part(ctx, clerk);
      const form = await http.readForm(ctx);
      const verdict = form.get('verdict');
      try {
        if (verdict !== 'agreed' && verdict !== 'refused')
          throw invalidFields({ verdict: 'Choisissez une réponse.' });
        await judge(ctx, clerk, meant, { verdict, turn: turnOf(form) });
        return http.redirect(ctx, `/admin/requests/validate?done=${verdict}`);
      } catch (error) {
        if (!isMendable(error)) throw error;
        await show(ctx, clerk, meant, toRefusal(error));
        ctx.status = error.status;
      }
    }),
  );
}

const isMendable = (error: unknown): error is AppError =>
  isAppError(error) && error.status < 500 && error.status !== 404;
