import { PURPOSES, RECORD_ACTIONS, type Authority, type Explanation } from '#access/index.ts';
import { ACR, ACR_LADDER, isAppError } from '#kernel/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import { notFound, refusedBy } from '../acts/refusals.ts';
import type { AdminContext } from '../context.ts';
import type { Clerk } from '../desk.ts';
import { textsOf, toRefusal, type Refusal } from '../forms.ts';
import { ACR_WORDS } from '../networks/words.ts';
import { nameOf } from '../people/seen.ts';
import { actionWords, purposeWords } from '../policies/words.ts';
import { decisionExplained } from './events.ts';
import { QUESTION_FIELDS, readQuestion, type TypedQuestion } from './question.ts';

/** What a page shows of an explanation. */
interface Answer {
  readonly name: string;
  readonly explanation: Explanation;
  readonly isOfRecord: boolean;
}

/**
 * `/admin/explain`: why somebody may do something with a record, or may not, and what would change it. SECURITY: only
 * who answers for the whole of a network may name a record; to the others the page tells what is known of the person
 * and their profiles, and stops where the rules begin to ask of a patient.
 */
export function createExplainPage(routes: Router, context: AdminContext): void {
  const { http, desk, directory, administration, explainer, audit } = context;

  async function networksOf(authority: Authority) {
    const all = await directory.networks.all();
    return all.filter(({ id }) => authority.mayInNetwork('decision', 'read', id));
  }

  async function show(
    ctx: Context,
    { authority }: Clerk,
    typed: TypedQuestion,
    outcome: { readonly answer?: Answer; readonly refusal?: Refusal },
  ): Promise<void> {
    const networks = await networksOf(authority);
    const { answer, refusal } = outcome;
    await http.render(ctx, 'admin/explain', {
      typed: refusal ? withoutKey(typed) : typed,
      alert: refusal ?? null,
      errors: refusal?.fields ?? {},
      answer: answer ?? null,
      networks: networks.map(({ id, name }) => ({ value: id, label: name })),
      mayNameRecord: networks.some(({ id }) => authority.may('decision', 'read_record', { network: id })),
      actions: RECORD_ACTIONS.map(action => ({ value: action, label: actionWords(action) })),
      purposes: PURPOSES.map(purpose => ({ value: purpose, label: purposeWords(purpose) })),
      levels: ACR_LADDER.map(acr => ({ value: acr, label: ACR_WORDS[acr] ?? acr })),
    });
  }

  async function answerTo(ctx: Context, clerk: Clerk, typed: TypedQuestion): Promise<Answer> {
    const { person, request } = await readQuestion(typed, clerk.authority, context);
    const { network, patientKey, atMs } = request;
    if (!(await networksOf(clerk.authority)).some(({ id }) => id === network)) throw notFound();
    const isOfRecord = patientKey !== undefined;
    const judged = await administration.judge(clerk.administrator, {
      type: 'decision',
      action: isOfRecord ? 'read_record' : 'read',
      id: person.id,
      network,
    });
    if (!judged.decision) throw refusedBy(judged);
    // SECURITY: what the person holds in another branch counts, and is neither named nor placed.
    const explanation = await explainer.explain({
      ...request,
      sees: ({ organisation }) => clerk.authority.may('membership', 'read', { network, organisation }),
    });
    // SECURITY: without its line in the trail, nothing is told.
    await audit.record(decisionExplained, {
      actor: clerk.sub,
      account: person.id,
      source: http.source(ctx),
      acr: clerk.session.acr,
      outcome: 'success',
      ...(isOfRecord && { patientKey }),
      data: {
        network,
        action: request.action,
        purpose: request.purpose,
        simulatedAt: atMs === undefined ? undefined : new Date(atMs).toISOString(),
        code: explanation.decision?.context.reason_code,
        via: 'page',
      },
    });
    return { name: nameOf(person), explanation, isOfRecord };
  }

  routes.get('/admin/explain', ctx =>
    desk.openFor(ctx, ['decision', 'read'], async clerk => {
      const [network] = await networksOf(clerk.authority);
      const usual = { action: 'read', purpose: 'normal', acr: ACR.code };
      await show(ctx, clerk, { ...usual, ...(network && { network: network.id }) }, {});
    }),
  );

  // A patient key never stands in an address: the answer is shown by the POST itself.
  routes.post('/admin/explain', ctx =>
    desk.openFor(ctx, ['decision', 'read'], async clerk => {
      const typed: TypedQuestion = textsOf(await http.readForm(ctx), QUESTION_FIELDS);
      try {
        await show(ctx, clerk, typed, { answer: await answerTo(ctx, clerk, typed) });
      } catch (error) {
        if (!isAppError(error) || error.status >= 500 || error.status === 404) throw error;
        await show(ctx, clerk, typed, { refusal: toRefusal(error) });
        ctx.status = error.status;
      }
    }),
  );
}

/** SECURITY: what was refused as a key may be an INS: it does not come back. */
function withoutKey({ patient_key: _, ...typed }: TypedQuestion): TypedQuestion {
  return typed;
}
