import type { Membership } from '#directory/index.ts';
import { isAppError } from '#kernel/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import { actorOf } from '../acts/act.ts';
import type { Proposal } from '../acts/proposals.ts';
import type { AdminContext } from '../context.ts';
import type { Clerk } from '../desk.ts';
import { doneSentence, toRefusal, type Refusal } from '../forms.ts';
import { membershipRef } from './membership-acts.ts';
import { visibleMemberships } from './search.ts';
import { nameOf } from './seen.ts';

const DONE: Readonly<Record<string, string>> = {
  proposed: 'Votre proposition attend la confirmation d’un autre administrateur.',
  seconded:
    'Votre confirmation est enregistrée. Une application l’a proposé : un autre administrateur doit confirmer aussi.',
  confirmed: 'L’acte est confirmé et fait.',
  declined: 'La proposition est retirée.',
};

const STATES = { done: 'confirmed', proposed: 'seconded' } as const;

/** `/admin/proposals`: acts that wait for a second person, to confirm or decline. */
export function createProposalsPage(routes: Router, context: AdminContext): void {
  const { http, desk, directory, acts } = context;

  async function nameOfPerson(sub: string | undefined, { authority }: Clerk): Promise<string | null> {
    if (sub === undefined) return null;
    if (sub.startsWith('client:')) {
      const application = await directory.applications.get(sub.slice('client:'.length));
      return application ? `l’application ${application.name}` : null;
    }
    const person = await directory.professionals.get(sub);
    return person && authority.reaches('account', 'read', person) ? nameOf(person) : null;
  }

  /** The profile that an act on one names by its reference. */
  async function heldOf({ sub, membership }: Readonly<Record<string, unknown>>, { authority }: Clerk) {
    if (typeof sub !== 'string' || membership === undefined) return undefined;
    const person = await directory.professionals.get(sub);
    return visibleMemberships(person?.memberships ?? [], authority).find(
      candidate => membershipRef(candidate) === membership,
    );
  }

  async function rowOf(proposal: Proposal, clerk: Clerk) {
    const input = proposal.input as Readonly<Record<string, unknown>>;
    const held = await heldOf(input, clerk);
    const text = (field: string) => {
      const value = input[field] ?? held?.[field as keyof Membership];
      return typeof value === 'string' ? value : undefined;
    };
    const [author, seconded, whom, network, organisation] = await Promise.all([
      nameOfPerson(proposal.author, clerk),
      nameOfPerson(proposal.seconded?.sub, clerk),
      nameOfPerson(text('sub'), clerk),
      text('network') === undefined ? null : directory.networks.get(text('network') ?? ''),
      text('organisation') === undefined ? null : directory.organisations.get(text('organisation') ?? ''),
    ]);
    const profile = text('profile');
    return {
      id: proposal.id,
      title: acts.titleOf(proposal.act),
      author: author ?? 'un administrateur d’une autre branche',
      isOwn: proposal.author === actorOf(clerk.administrator),
      /** The first of the two persons whom the proposal of an application needs; `null`: nobody has confirmed yet. */
      seconded: proposal.seconded ? (seconded ?? 'un administrateur d’une autre branche') : null,
      isSecondedByMe: proposal.seconded?.sub === actorOf(clerk.administrator),
      needsTwo: proposal.administrator.kind === 'application' && !proposal.seconded,
      whom,
      sub: whom === null ? null : (text('sub') ?? null),
      details: [
        profile === undefined ? null : directory.codes.profile(profile).label,
        network?.name,
        organisation?.name,
        // What moves somebody’s way in is read before it is confirmed.
        text('email'),
        text('phone'),
      ]
        .filter(Boolean)
        .join(', '),
      reason: proposal.reason ?? null,
      proposedAtMs: proposal.proposedAt * 1000,
      expiresAtMs: proposal.expiresAt * 1000,
    };
  }

  async function show(ctx: Context, clerk: Clerk, refusal?: Refusal): Promise<void> {
    const waiting = await acts.proposals(clerk.administrator);
    await http.render(ctx, 'admin/proposals', {
      title: 'Actes à confirmer',
      alert: refusal ?? null,
      done: doneSentence(ctx, DONE),
      rows: await Promise.all(waiting.map(proposal => rowOf(proposal, clerk))),
    });
  }

  routes.get('/admin/proposals', ctx => desk.open(ctx, clerk => show(ctx, clerk)));

  for (const verb of ['confirm', 'decline'] as const) {
    routes.post(`/admin/proposals/:id/${verb}`, ctx =>
      desk.open(ctx, async clerk => {
        await http.readForm(ctx);
        try {
          const outcome = await acts[verb](clerk.administrator, String(ctx.params['id']), {
            via: 'page',
            source: http.source(ctx),
          });
          http.redirect(ctx, `/admin/proposals?done=${outcome ? STATES[outcome.state] : 'declined'}`);
        } catch (error) {
          if (!isAppError(error) || error.status >= 500 || error.status === 404) throw error;
          await show(ctx, clerk, toRefusal(error));
          ctx.status = error.status;
        }
      }),
    );
  }
}
