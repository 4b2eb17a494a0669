import type { AccountRequest } from '#enrolment/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import type { Act } from '../acts/act.ts';
import { notFound } from '../acts/refusals.ts';
import type { AdminContext } from '../context.ts';
import type { Clerk } from '../desk.ts';
import { doneSentence, submitAct, type Refusal } from '../forms.ts';
import { createFileView } from './file-view.ts';
import type { RequestActs } from './index.ts';
import { maySee, type Treating } from './treating.ts';
import { REFUSAL_REASONS } from './words.ts';

const DONE: Readonly<Record<string, string>> = {
  asked: 'La question est enregistrée ; la personne la reçoit par courriel.',
  noted: 'La note est ajoutée.',
  corrected: 'La demande est corrigée.',
  transferred: 'La demande est transmise.',
  refused: 'La demande est refusée ; la personne reçoit le motif par courriel.',
  accepted: 'La demande est acceptée : le compte s’ouvre, et les courriels partent.',
  proposed: 'Votre accord est enregistré. Un second administrateur doit donner le sien.',
  form: 'Le formulaire est ajouté à la demande.',
};

export interface FilePages {
  /** A request that this clerk may read. Throws `admin.not_found` (404): unknown, unsent and of elsewhere alike. */
  seen(ctx: Context, clerk: Clerk): Promise<AccountRequest>;
  /** `typed`: what a refused form of the page held. */
  show(
    ctx: Context,
    clerk: Clerk,
    request: AccountRequest,
    again?: { readonly refusal: Refusal; readonly typed?: object },
  ): Promise<void>;
}

/** `/admin/requests/:id`: what was declared beside what proves it, and every act that is allowed. */
export function createFilePages(
  routes: Router,
  context: AdminContext,
  { acts, treating }: { readonly acts: RequestActs; readonly treating: Treating },
): FilePages {
  const { http, desk, directory, enrolment } = context;
  const viewOf = createFileView(context);

  async function seen(ctx: Context, { authority }: Clerk): Promise<AccountRequest> {
    const request = await treating.sent(String(ctx.params['id']));
    if (!maySee(authority, request)) throw notFound();
    return request;
  }

  const show: FilePages['show'] = async (ctx, clerk, request, again) => {
    const { refusal, typed = {} } = again ?? {};
    const view = await viewOf(request, clerk);
    await http.render(ctx, 'admin/request', {
      ...view,
      alert: refusal ?? null,
      errors: refusal?.fields ?? {},
      typed,
      done: doneSentence(ctx, DONE),
      reasons: Object.entries(REFUSAL_REASONS).map(([value, label]) => ({ value, label })),
      places: view.offers.transfer ? await placesOf(request) : [],
    });
  };

  /** Where a request may be handed to: the region, and establishments with somebody there. */
  async function placesOf({ life: { handler } }: AccountRequest) {
    const own = handler?.kind === 'local' ? handler.organisation : null;
    const all = await directory.organisations.all();
    const handled = await Promise.all(
      all.map(async ({ id, name }) => {
        const found = await enrolment.places.handlerOf({ kind: 'organisation', organisation: id, name });
        return found.kind === 'local' && found.organisation === id && id !== own
          ? [{ value: id, label: name }]
          : [];
      }),
    );
    return [...(own === null ? [] : [{ value: '', label: 'La région' }]), ...handled.flat()];
  }

  routes.get('/admin/requests/:id', ctx =>
    desk.openFor(ctx, ['account_request', 'read'], async clerk => show(ctx, clerk, await seen(ctx, clerk))),
  );

  /** An act from a form of the page itself; a refusal shows the page again, with what was typed. */
  const onFile = <I>(
    path: string,
    act: Act<I, void>,
    done: string,
    typed: (form: Awaited<ReturnType<typeof http.readForm>>) => object,
  ) =>
    routes.post(`/admin/requests/:id/${path}`, ctx =>
      desk.openFor(ctx, ['account_request', 'decide'], async clerk => {
        const request = await seen(ctx, clerk);
        const given = typed(await http.readForm(ctx));
        await submitAct(
          context,
          ctx,
          clerk,
          { act, input: { request: request.id, ...given } },
          {
            again: async refusal =>
              show(ctx, clerk, await treating.sent(request.id), { refusal, typed: given }),
            then: () =>
              done === 'transferred'
                ? '/admin/requests?done=transferred'
                : `/admin/requests/${request.id}?done=${done}`,
          },
        );
      }),
    );

  onFile('ask', acts.ask, 'asked', form => ({ turn: turnOf(form), question: form.get('question') }));
  onFile('note', acts.note, 'noted', form => ({ note: form.get('note') }));
  onFile('transfer', acts.transfer, 'transferred', form => ({
    turn: turnOf(form),
    ...(form.get('organisation') !== '' && { organisation: form.get('organisation') }),
  }));

  return { seen, show };
}

/** The turn of the request that the form was made for. */
export const turnOf = (form: { get(name: string): string }): number => Number(form.get('turn') || 'NaN');
