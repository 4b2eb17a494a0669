import type { Professional } from '#directory/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import type { Act } from '../acts/act.ts';
import { refusedBy } from '../acts/refusals.ts';
import type { AdminContext } from '../context.ts';
import type { Clerk } from '../desk.ts';
import { submitAct, type Refusal } from '../forms.ts';
import type { PeopleActs } from './index.ts';
import { membershipRef } from './membership-acts.ts';
import { visibleMemberships } from './search.ts';
import { nameOf, seenPerson } from './seen.ts';

/** One act that is confirmed on a page of its own. */
interface Confirmation {
  /** After `/admin/people/:sub/`. */
  readonly path: string;
  readonly act: Act;
  readonly title: string;
  /** The button: the same verb. */
  readonly label: string;
  /** What will happen, sentence by sentence. */
  readonly effects: (
    person: Professional,
    params: Readonly<Record<string, string>>,
    clerk: Clerk,
  ) => Promise<readonly string[]>;
  /** What the act takes besides the person: what the address names. */
  readonly inputOf?: (params: Readonly<Record<string, string>>) => object;
  /** What cannot be taken back, said apart. */
  readonly isFinal?: boolean;
  readonly reason: 'needed' | 'optional' | 'none';
  readonly kind?: 'danger';
  readonly done: string;
}

/** Acts on a person that are confirmed: what will happen is said first, and why is asked where somebody may ask it later. */
export function createConfirmPages(routes: Router, context: AdminContext, people: PeopleActs): void {
  const { http, desk, directory, accounts, acts } = context;
  const { account, factors, membership, delegation } = people;
  const says =
    (...sentences: readonly string[]) =>
    async () =>
      sentences;

  const confirmations: readonly Confirmation[] = [
    {
      path: 'open',
      act: account.open,
      title: 'Ouvrir le compte de connexion',
      label: 'Ouvrir le compte',
      effects: async person => [
        `L’identifiant sera « ${await accounts.proposeLogin(person)} », ou le suivant s’il est pris entre-temps. Il ne change jamais.`,
        person.email === undefined
          ? 'Aucune adresse électronique n’est connue : ajoutez-la d’abord.'
          : `L’identifiant et un premier mot de passe partent dans deux courriels, à ${person.email}.`,
        'Le mot de passe sera changé à la première connexion.',
      ],
      isFinal: true,
      reason: 'none',
      done: 'opened',
    },
    {
      path: 'suspend',
      act: account.suspend,
      title: 'Suspendre le compte',
      label: 'Suspendre le compte',
      effects: says(
        'La personne ne pourra plus se connecter, et ses sessions se ferment tout de suite dans toutes les applications.',
        'Ses profils restent : le compte peut être rouvert.',
      ),
      reason: 'needed',
      kind: 'danger',
      done: 'suspended',
    },
    {
      path: 'reactivate',
      act: account.reactivate,
      title: 'Rouvrir le compte',
      label: 'Rouvrir le compte',
      effects: says(
        'La personne pourra de nouveau se connecter, avec ses profils en vigueur et le même identifiant.',
        'Les sessions fermées le restent.',
      ),
      reason: 'needed',
      done: 'reactivated',
    },
    {
      path: 'close',
      act: account.close,
      title: 'Fermer le compte définitivement',
      label: 'Fermer définitivement',
      effects: says(
        'La personne ne pourra plus jamais se connecter avec ce compte, et ses sessions se ferment tout de suite.',
        'Son identifiant ne sera donné à personne d’autre. Les traces restent.',
      ),
      isFinal: true,
      reason: 'needed',
      kind: 'danger',
      done: 'closed',
    },
    {
      path: 'reset-password',
      act: account.resetPassword,
      title: 'Envoyer un nouveau mot de passe',
      label: 'Envoyer un nouveau mot de passe',
      effects: async ({ email }) => [
        email === undefined
          ? 'Aucune adresse électronique n’est connue : ajoutez-la d’abord.'
          : `Un nouveau mot de passe part par courriel à ${email} ; il sera changé à la prochaine connexion.`,
        'L’ancien mot de passe cesse de valoir et toutes les sessions se ferment tout de suite.',
      ],
      isFinal: true,
      reason: 'needed',
      done: 'reset',
    },
    {
      path: 'expire-password',
      act: account.expirePassword,
      title: 'Faire expirer le mot de passe maintenant',
      label: 'Faire expirer',
      effects: says(
        'À sa prochaine connexion par mot de passe, la personne en choisira un autre ; l’actuel ne sert plus qu’à cela.',
        'Ses sessions ouvertes continuent, et rien ne lui est envoyé.',
      ),
      isFinal: false,
      reason: 'needed',
      done: 'expired',
    },
    {
      path: 'reset-factors',
      act: factors.reset,
      title: 'Noter la perte des moyens de connexion',
      label: 'Noter la perte',
      effects: async ({ id, email }) => {
        const counting = await context.factors.counting(id);
        const names = counting.map(({ name }) => `« ${name} »`).join(', ');
        return [
          'Assurez-vous que c’est bien la personne qui le demande : rappelez-la à son numéro de service.',
          counting.length === 0
            ? 'La personne n’a aucun moyen en vigueur qu’elle ait ajouté elle-même.'
            : `Ne comptent plus dès maintenant : ${names}. Toutes les sessions se ferment.`,
          'Un nouveau moyen ne comptera qu’à la fin du délai. La personne peut annuler jusque-là.',
          email === undefined
            ? 'Aucune adresse électronique n’est connue : ajoutez-la d’abord.'
            : `Un courriel part à ${email} maintenant, un autre à la fin du délai.`,
        ];
      },
      reason: 'needed',
      kind: 'danger',
      done: 'factors-reset',
    },
    {
      path: 'end-sessions',
      act: account.endSessions,
      title: 'Fermer toutes les sessions',
      label: 'Fermer toutes les sessions',
      effects: says(
        'Toutes les sessions de la personne se ferment tout de suite, dans toutes les applications ; ce qui n’y est pas enregistré est perdu.',
        'La personne peut se reconnecter.',
      ),
      reason: 'optional',
      kind: 'danger',
      done: 'sessions',
    },
    {
      path: 'memberships/:membership/remove',
      act: membership.remove,
      title: 'Retirer un profil',
      label: 'Retirer le profil',
      inputOf: ({ membership: ref }) => ({ membership: ref }),
      async effects(person, { membership: ref }, { authority }) {
        const held = visibleMemberships(person.memberships, authority).find(
          candidate => membershipRef(candidate) === ref,
        );
        if (!held) return [];
        const network = await directory.networks.get(held.network);
        const organisation =
          held.organisation === undefined ? null : await directory.organisations.get(held.organisation);
        return [
          `Profil « ${directory.codes.profile(held.profile).label} », ${network?.name ?? held.network}, ${organisation?.name ?? held.organisation ?? 'tout le réseau'}.`,
          'Il cesse de valoir tout de suite ; il reste dans l’historique de la personne et peut être donné de nouveau.',
        ];
      },
      reason: 'needed',
      kind: 'danger',
      done: 'removed',
    },
    {
      path: 'absence/:delegate/end',
      act: delegation.end,
      title: 'Terminer une délégation',
      label: 'Terminer la délégation',
      inputOf: ({ delegate }) => ({ delegate }),
      async effects(_person, { delegate }, { authority }) {
        const other = await seenPerson(directory, authority, delegate);
        return [`${nameOf(other)} ne pourra plus agir en son nom.`];
      },
      reason: 'none',
      done: 'absence-ended',
    },
  ];

  for (const confirmation of confirmations) {
    const { path, act, inputOf, effects } = confirmation;

    const show = async (
      ctx: Context,
      clerk: Clerk,
      person: Professional,
      typed: { readonly reason?: string; readonly refusal?: Refusal } = {},
    ) =>
      http.render(ctx, 'admin/person-confirm', {
        title: confirmation.title,
        alert: typed.refusal ?? null,
        errors: typed.refusal?.fields ?? {},
        confirmation,
        effects: await effects(person, paramsOf(ctx), clerk),
        reason: typed.reason ?? '',
        name: nameOf(person),
        back: `/admin/people/${person.id}`,
      });

    routes.get(`/admin/people/:sub/${path}`, ctx =>
      desk.openFor(ctx, [act.type, act.action], async clerk => {
        const person = await seenPerson(directory, clerk.authority, ctx.params['sub']);
        const input = { sub: person.id, ...inputOf?.(paramsOf(ctx)) };
        const decision = await acts.judge(clerk.administrator, act, input);
        if (!decision.decision) throw refusedBy(decision);
        await show(ctx, clerk, person);
      }),
    );

    routes.post(`/admin/people/:sub/${path}`, ctx =>
      desk.openFor(ctx, [act.type, act.action], async clerk => {
        const form = await http.readForm(ctx);
        const person = await seenPerson(directory, clerk.authority, ctx.params['sub']);
        const reason = form.get('reason').trim();
        const asked = {
          act,
          // SECURITY: whom it is about stands in the address alone; a `sub` in the body counts for nothing.
          input: { sub: person.id, ...inputOf?.(paramsOf(ctx)) },
          needsReason: confirmation.reason === 'needed',
          ...(reason !== '' && { reason }),
        };
        await submitAct(context, ctx, clerk, asked, {
          again: refusal => show(ctx, clerk, person, { reason, refusal }),
          then: ({ state }) =>
            `/admin/people/${person.id}?done=${state === 'done' ? confirmation.done : 'proposed'}`,
        });
      }),
    );
  }

  routes.post('/admin/people/:sub/end-session', ctx =>
    desk.openFor(ctx, ['account', 'end_sessions'], async clerk => {
      const form = await http.readForm(ctx);
      const person = await seenPerson(directory, clerk.authority, ctx.params['sub']);
      const input = { sub: person.id, session: form.get('session') };
      const { state } = await acts.perform(clerk.administrator, account.endSession, input, {
        via: 'page',
        source: http.source(ctx),
      });
      http.redirect(ctx, `/admin/people/${person.id}?done=${state === 'done' ? 'session' : 'proposed'}`);
    }),
  );
}

const paramsOf = (ctx: Context): Readonly<Record<string, string>> =>
  ctx.params as Readonly<Record<string, string>>;
