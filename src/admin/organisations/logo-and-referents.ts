import type { Authority } from '#access/index.ts';
import { treeOf } from '#access/index.ts';
import type { Organisation } from '#directory/index.ts';
import { fold, isAppError } from '#kernel/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import type { AdminContext } from '../context.ts';
import type { Act } from '../acts/act.ts';
import { refusedBy } from '../acts/refusals.ts';
import type { Clerk } from '../desk.ts';
import { queryText, submitAct, toRefusal } from '../forms.ts';
import { MAX_LOGO_BYTES } from '../logos/index.ts';
import type { OrganisationActs } from './acts.ts';
import type { OrganisationPages } from './pages.ts';
import { worksAround, type ReferentActs } from './referent-acts.ts';

const MOST_CANDIDATES = 20;

/** What is done from the page of an establishment: its logo and its référents. */
export function createLogoAndReferents(
  routes: Router,
  context: AdminContext,
  {
    organisation: acts,
    referent,
  }: { readonly organisation: OrganisationActs; readonly referent: ReferentActs },
  { visible, show }: OrganisationPages,
): void {
  const { http, desk, directory, clock, catalogue } = context;

  /** An act from a form of the page itself; a refusal shows the page again. */
  async function submit<I, R>(
    ctx: Context,
    clerk: Clerk,
    organisation: Organisation,
    asked: { readonly act: Act<I, R>; readonly input: unknown; readonly done: string },
  ): Promise<void> {
    await submitAct(context, ctx, clerk, asked, {
      again: refusal => show(ctx, organisation, clerk.authority, refusal),
      then: () => `/admin/organisations/${organisation.id}?done=${asked.done}`,
    });
  }

  const onOrganisation = (
    path: string,
    work: (ctx: Context, clerk: Clerk, organisation: Organisation) => Promise<void>,
  ) =>
    routes.post(`/admin/organisations/:id/${path}`, ctx =>
      desk.openFor(ctx, ['organisation', 'update'], async clerk =>
        work(ctx, clerk, await visible(String(ctx.params['id']), clerk.authority)),
      ),
    );

  onOrganisation('logo', async (ctx, clerk, organisation) => {
    try {
      const { file } = await http.readUpload(ctx, MAX_LOGO_BYTES);
      const input = { id: organisation.id, ...(file && { picture: file.content.toString('base64') }) };
      await submit(ctx, clerk, organisation, { act: acts.setLogo, input, done: 'logo' });
    } catch (error) {
      // Too large: said on the page, where another file can be chosen.
      if (!isAppError(error) || error.code !== 'http.too_large') throw error;
      await show(ctx, organisation, clerk.authority, toRefusal(error));
      ctx.status = error.status;
    }
  });

  onOrganisation('logo/remove', async (ctx, clerk, organisation) => {
    await http.readForm(ctx);
    const input = { id: organisation.id };
    await submit(ctx, clerk, organisation, { act: acts.removeLogo, input, done: 'logo-removed' });
  });

  onOrganisation('referents', async (ctx, clerk, organisation) => {
    const input = { id: organisation.id, sub: (await http.readForm(ctx)).get('sub') };
    await submit(ctx, clerk, organisation, { act: referent.add, input, done: 'referent' });
  });

  onOrganisation('referents/remove', async (ctx, clerk, organisation) => {
    const input = { id: organisation.id, sub: (await http.readForm(ctx)).get('sub') };
    await submit(ctx, clerk, organisation, { act: referent.remove, input, done: 'referent-removed' });
  });

  /** Who may be named there, among the people of the branch. */
  async function candidates({ id, referents = [] }: Organisation, authority: Authority, text: string) {
    const tree = treeOf(await directory.organisations.all());
    const words = fold(text).split(/\s+/u);
    const found = [];
    for (const entry of await catalogue.entries()) {
      if (!authority.reaches('account', 'read', entry) || !words.every(word => entry.text.includes(word)))
        continue;
      if (entry.status !== 'active' || referents.includes(entry.sub)) continue;
      if (!worksAround(entry, id, tree, clock.nowMs())) continue;
      found.push({
        sub: entry.sub,
        name: `${entry.givenName} ${entry.familyName}`,
        email: entry.email ?? null,
      });
      if (found.length === MOST_CANDIDATES) break;
    }
    return found;
  }

  routes.get('/admin/organisations/:id/referents', ctx =>
    desk.openFor(ctx, ['organisation', 'update'], async ({ administrator, authority }) => {
      const organisation = await visible(String(ctx.params['id']), authority);
      const decision = await context.acts.judge(administrator, acts.update, { id: organisation.id });
      if (!decision.decision) throw refusedBy(decision);
      const text = queryText(ctx, 'q') ?? '';
      const found = await candidates(organisation, authority, text);
      await http.render(ctx, 'admin/organisation-referents', {
        organisation,
        text,
        found,
        isCut: found.length === MOST_CANDIDATES,
      });
    }),
  );
}
