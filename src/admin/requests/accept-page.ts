import type { Authority } from '#access/index.ts';
import { nameOf, type AccountRequest } from '#enrolment/index.ts';
import type { Form } from '#http/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import { checkFresh } from '../acts/fresh.ts';
import { refusedBy } from '../acts/refusals.ts';
import type { AdminContext } from '../context.ts';
import type { Clerk } from '../desk.ts';
import { submitAct, type Refusal } from '../forms.ts';
import { PARTICULAR, PRIVILEGED } from '../particular.ts';
import type { Choices } from '../people/choices.ts';
import { endOfDay, startOfDay } from '../people/days.ts';
import { createFileView } from './file-view.ts';
import { turnOf, type FilePages } from './file-page.ts';
import { offeredProfiles } from './grants.ts';
import { usualBranch } from './identity.ts';
import type { RequestActs } from './index.ts';
import { placeOf } from './treating.ts';

/** One profile, as typed. */
interface TypedGrant {
  readonly network: string;
  readonly organisation: string;
  readonly profile: string;
  readonly from: string;
  readonly until: string;
}

interface Typed {
  readonly known: string;
  readonly login: string;
  readonly branch: string;
  readonly grants: readonly TypedGrant[];
}

const MOST_ROWS = 10;
const USUAL_PROFILE = 'utilisateur_cancerologie';
const GRANT_FIELDS = ['network', 'organisation', 'profile', 'from', 'until'] as const;

/** `/admin/requests/:id/accept`: for whom, under which login, with which profiles. */
export function createAcceptPage(
  routes: Router,
  context: AdminContext,
  {
    acts,
    files,
    choices,
  }: { readonly acts: RequestActs; readonly files: FilePages; readonly choices: Choices },
): void {
  const { http, desk, accounts } = context;
  const viewOf = createFileView(context);

  /** The sign-in is asked for before the form, not after it; so is the right. */
  async function admit({ administrator }: Clerk, request: AccountRequest): Promise<void> {
    const decision = await context.administration.judge(administrator, {
      type: 'account_request',
      action: 'decide',
      id: request.id,
      ...placeOf(request),
    });
    if (!decision.decision) throw refusedBy(decision);
    checkFresh(context, administrator, ['account', 'open']);
  }

  /** What the person asked for, as a decision to look over. */
  async function proposed(request: AccountRequest, authority: Authority): Promise<Typed> {
    const { answers, duplicates } = request;
    const { interests } = answers;
    const organisation = usualBranch(request) ?? '';
    const name = nameOf(request);
    const same = duplicates.find(({ by, account }) => by === 'national_id' && account !== undefined);
    const grants = (interests?.networks ?? []).slice(0, MOST_ROWS).map(network => {
      const offered = offeredProfiles(authority, { network, ...(organisation !== '' && { organisation }) });
      const profile = offered.includes(USUAL_PROFILE) ? USUAL_PROFILE : '';
      return { ...EMPTY_GRANT, network, organisation, profile };
    });
    return {
      known: same?.account ?? '',
      login: name ? await accounts.proposeLogin(name) : '',
      branch: organisation,
      grants: grants.length > 0 ? grants : [{ ...EMPTY_GRANT, organisation }],
    };
  }

  async function show(
    ctx: Context,
    clerk: Clerk,
    request: AccountRequest,
    typed: Typed,
    refusal?: Refusal,
  ): Promise<void> {
    const { authority } = clerk;
    const view = await viewOf(request, clerk);
    const offered = choices.profiles(authority).filter(({ value }) => !PRIVILEGED.has(value));
    await http.render(ctx, 'admin/request-accept', {
      ...view,
      alert: refusal ?? null,
      errors: errorsOf(refusal),
      typed,
      people: view.duplicates.filter(({ account }) => account !== null),
      networks: await choices.networks(authority),
      organisations: await choices.organisations(authority, ['membership', 'give']),
      homes: await choices.organisations(authority, ['account', 'create']),
      profiles: offered,
      particular: offered.filter(({ value }) => PARTICULAR.has(value)).map(({ label }) => label),
    });
  }

  routes.get('/admin/requests/:id/accept', ctx =>
    desk.openFor(ctx, ['account_request', 'decide'], async clerk => {
      const request = await files.seen(ctx, clerk);
      await admit(clerk, request);
      await show(ctx, clerk, request, await proposed(request, clerk.authority));
    }),
  );

  routes.post('/admin/requests/:id/accept', ctx =>
    desk.openFor(ctx, ['account_request', 'decide'], async clerk => {
      const request = await files.seen(ctx, clerk);
      const form = await http.readForm(ctx);
      const typed = typedIn(form);
      if (form.has('more')) {
        const grants = [...typed.grants, { ...EMPTY_GRANT, organisation: typed.branch }];
        return show(ctx, clerk, request, { ...typed, grants: grants.slice(0, MOST_ROWS) });
      }
      return submitAct(
        context,
        ctx,
        clerk,
        { act: acts.accept, input: inputOf(request.id, turnOf(form), typed) },
        {
          again: refusal => show(ctx, clerk, request, typed, refusal),
          then: ({ state, ...outcome }) => {
            const isProposal =
              state === 'done' && 'changes' in outcome && outcome.changes['state']?.[1] === 'second_needed';
            return `/admin/requests/${request.id}?done=${isProposal ? 'proposed' : 'accepted'}`;
          },
        },
      );
    }),
  );
}

const EMPTY_GRANT: TypedGrant = { network: '', organisation: '', profile: '', from: '', until: '' };

/** Rows are numbered; those without a profile are left out when the decision is read. */
function typedIn(form: Form): Typed {
  const rows = Array.from({ length: MOST_ROWS }, (_, at) => at).filter(at => form.has(`profile-${at}`));
  return {
    known: form.get('known'),
    login: form.get('login').trim(),
    branch: form.get('branch'),
    grants: rows.map(
      at =>
        Object.fromEntries(GRANT_FIELDS.map(name => [name, form.get(`${name}-${at}`).trim()])) as Record<
          (typeof GRANT_FIELDS)[number],
          string
        >,
    ),
  };
}

function inputOf(request: string, turn: number, { known, login, branch, grants }: Typed): object {
  return {
    request,
    turn,
    ...(known !== '' ? { known } : { ...(login !== '' && { login }), ...(branch !== '' && { branch }) }),
    grants: grants
      .filter(({ profile }) => profile !== '')
      .map(({ network, organisation, profile, from, until }) => ({
        network,
        profile,
        ...(organisation !== '' && { organisation }),
        ...(from !== '' && { from: startOfDay(from) }),
        ...(until !== '' && { to: endOfDay(until) }),
      })),
  };
}

/** Errors of a row name it in the schema (`grants.1.to`): they are gathered above the rows. */
function errorsOf(refusal: Refusal | undefined): Refusal['fields'] {
  const { organisation = [], network = [], to = [], from = [], ...fields } = refusal?.fields ?? {};
  const grants = [...(fields['grants'] ?? []), ...network, ...organisation, ...from, ...to];
  return { ...fields, ...(grants.length > 0 && { grants }) };
}
