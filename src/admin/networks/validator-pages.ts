import type { Authority } from '#access/index.ts';
import type { Network } from '#directory/index.ts';
import { fold } from '#kernel/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import { notFound, refusedBy } from '../acts/refusals.ts';
import type { AdminContext } from '../context.ts';
import type { Clerk } from '../desk.ts';
import { doneSentence, queryText, submitAct, type Refusal } from '../forms.ts';
import type { NetworkActs } from './acts.ts';
import type { ValidatorActs } from './validator-acts.ts';

const MOST_CANDIDATES = 20;

const DONE: Readonly<Record<string, string>> = {
  added: 'Le valideur est désigné.',
  removed: 'Le valideur est retiré.',
};

/** `/admin/networks/:id/validators`: who answers for a network when somebody asks for an account in it. */
export function createValidatorPages(
  routes: Router,
  context: AdminContext,
  { network: acts, validator }: { readonly network: NetworkActs; readonly validator: ValidatorActs },
): void {
  const { http, desk, directory, catalogue } = context;
  const PAGE = '/admin/networks/:id/validators';

  async function networkOf(ctx: Context, { authority }: Clerk): Promise<Network> {
    const network = await directory.networks.get(String(ctx.params['id']));
    if (!network || !authority.may('network', 'update', { network: network.id })) throw notFound();
    return network;
  }

  /** Active people whom this administrator sees; nobody before a word was typed. */
  async function candidates({ validators = [] }: Network, authority: Authority, text: string) {
    const words = fold(text).split(/\s+/u).filter(Boolean);
    if (words.length === 0) return [];
    const found = [];
    for (const entry of await catalogue.entries()) {
      if (entry.status !== 'active' || validators.includes(entry.sub)) continue;
      if (!words.every(word => entry.text.includes(word))) continue;
      if (!authority.reaches('account', 'read', entry)) continue;
      const name = `${entry.givenName} ${entry.familyName}`;
      found.push({ sub: entry.sub, name, email: entry.email ?? null });
      if (found.length === MOST_CANDIDATES) break;
    }
    return found;
  }

  async function named({ validators = [] }: Network) {
    const people = await Promise.all(validators.map(sub => directory.professionals.get(sub)));
    return validators.map((sub, at) => {
      const person = people[at];
      return {
        sub,
        name: person ? `${person.givenName} ${person.familyName}` : sub,
        email: person?.email ?? null,
        isActive: person?.status === 'active',
      };
    });
  }

  async function show(ctx: Context, clerk: Clerk, network: Network, refusal?: Refusal): Promise<void> {
    const text = queryText(ctx, 'q') ?? '';
    const found = await candidates(network, clerk.authority, text);
    await http.render(ctx, 'admin/network-validators', {
      network: { id: network.id, name: network.name },
      done: doneSentence(ctx, DONE),
      alert: refusal ?? null,
      validators: await named(network),
      text,
      found,
      isCut: found.length === MOST_CANDIDATES,
    });
  }

  routes.get(PAGE, ctx =>
    desk.openFor(ctx, ['network', 'update'], async clerk => {
      const network = await networkOf(ctx, clerk);
      const decision = await context.acts.judge(clerk.administrator, acts.update, { id: network.id });
      if (!decision.decision) throw refusedBy(decision);
      await show(ctx, clerk, network);
    }),
  );

  for (const [path, act, done] of [
    [PAGE, validator.add, 'added'],
    [`${PAGE}/remove`, validator.remove, 'removed'],
  ] as const)
    routes.post(path, ctx =>
      desk.openFor(ctx, ['network', 'update'], async clerk => {
        const network = await networkOf(ctx, clerk);
        const input = { id: network.id, sub: (await http.readForm(ctx)).get('sub') };
        await submitAct(
          context,
          ctx,
          clerk,
          { act, input },
          {
            again: refusal => show(ctx, clerk, network, refusal),
            then: () => `/admin/networks/${network.id}/validators?done=${done}`,
          },
        );
      }),
    );
}
