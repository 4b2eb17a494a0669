import type { Authority } from '#access/index.ts';
import { isInForce, type Membership, type Professional } from '#directory/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import type { Act } from '../acts/act.ts';
import type { AdminContext } from '../context.ts';
import type { Clerk } from '../desk.ts';
import { doneSentence, type Refusal } from '../forms.ts';
import { sessionRef } from './account-acts.ts';
import { createHistory, personRead } from './history.ts';
import type { PeopleActs } from './index.ts';
import { membershipRef } from './membership-acts.ts';
import { mobileStateOf } from './mobile.ts';
import { visibleMemberships } from './search.ts';
import { nameOf, seenPerson } from './seen.ts';

/** What the page says after an act. */
const DONE: Readonly<Record<string, string>> = {
  created: 'La personne est enregistrée.',
  'created-partly': 'La personne est enregistrée, mais une étape n’a pas abouti : reprenez-la ci-dessous.',
  changed: 'Les informations sont enregistrées.',
  enrolled: 'L’établissement de rattachement est enregistré.',
  opened: 'Le compte est ouvert ; l’identifiant et le premier mot de passe sont envoyés dans deux courriels.',
  given: 'Le profil est donné.',
  dates: 'Les dates du profil sont enregistrées.',
  removed: 'Le profil est retiré.',
  suspended: 'Le compte est suspendu et ses sessions sont fermées.',
  reactivated: 'Le compte est rouvert.',
  closed: 'Le compte est fermé définitivement.',
  reset: 'Un nouveau mot de passe est envoyé.',
  expired: 'Le mot de passe a expiré : un autre sera demandé à la prochaine connexion.',
  sessions: 'Les sessions sont fermées.',
  'factors-reset':
    'La perte est notée. La personne est prévenue ; un nouveau moyen comptera à la fin du délai.',
  session: 'La session est fermée.',
  absence: 'L’absence est enregistrée.',
  'absence-ended': 'La délégation est terminée.',
  proposed: 'Votre proposition attend la confirmation d’un autre administrateur.',
};

/** `/admin/people/:sub`: what is known of a person, what remains to be done, and every act that is allowed. */
export function createPersonPage(
  routes: Router,
  context: AdminContext,
  people: PeopleActs,
  all: readonly Act[],
) {
  const { http, desk, directory, accounts, clock, acts, ports, audit, notify, mobileCheck } = context;
  const historyOf = createHistory(context, all);

  async function nameOfOrganisation(id: string | undefined, authority: Authority): Promise<string | null> {
    if (id === undefined || !authority.may('organisation', 'read', { organisation: id })) return null;
    return (await directory.organisations.get(id))?.name ?? id;
  }

  async function rowOf(held: Membership, person: Professional, { sub, authority }: Clerk) {
    const { network, organisation, profile, fromMs, toMs, givenBy, proof } = held;
    const nowMs = clock.nowMs();
    const isOver = toMs !== undefined && toMs <= nowMs;
    const giver = givenBy === undefined ? null : await directory.professionals.get(givenBy);
    return {
      ref: membershipRef(held),
      network: (await directory.networks.get(network))?.name ?? network,
      organisation: await nameOfOrganisation(organisation, authority),
      profile: directory.codes.profile(profile).label,
      state: isOver ? 'over' : isInForce(held, nowMs) ? 'current' : 'coming',
      fromMs: fromMs ?? null,
      lastMs: toMs === undefined ? null : toMs - 1,
      givenBy: giver && authority.reaches('account', 'read', giver) ? nameOf(giver) : null,
      proof: proof ?? null,
      mayChange:
        !isOver &&
        person.id !== sub &&
        person.status !== 'closed' &&
        authority.givable({ network, organisation }).includes(profile),
    };
  }

  /** SECURITY: sessions tell which applications somebody opens, wherever they work: the whole person is needed. */
  async function sessionsOf(person: Professional, authority: Authority) {
    if (!authority.reachesWhole('account', 'read', person)) return null;
    const live = [...(await ports.sessions.list(person.id))].sort((a, b) => b.startedAt - a.startedAt);
    return Promise.all(
      live.map(async session => {
        const opened = await Promise.all(session.clients.map(id => directory.applications.get(id)));
        return {
          ref: sessionRef(session),
          startedAtMs: session.startedAt * 1000,
          endsAtMs: session.expiresAt * 1000,
          acr: session.acr,
          applications: opened.flatMap(application => application?.name ?? []),
        };
      }),
    );
  }

  /** True also when only a fresher sign-in is missing: the button then leads to it. */
  async function isOffered<I, R>({ administrator }: Clerk, act: Act<I, R>, input: unknown): Promise<boolean> {
    const { decision, context: reasons } = await acts.judge(administrator, act, input);
    return decision || reasons.acr_values !== undefined;
  }

  async function offersOf(person: Professional, clerk: Clerk, login: string | null) {
    const { account, identity, delegation } = people;
    const { id: sub, status } = person;
    const [update, suspend, close, reset, endSessions, absence] = await Promise.all([
      isOffered(clerk, identity.update, { sub }),
      isOffered(clerk, account.suspend, { sub }),
      isOffered(clerk, account.close, { sub }),
      isOffered(clerk, account.resetPassword, { sub }),
      isOffered(clerk, account.endSessions, { sub }),
      isOffered(clerk, delegation.end, { sub, delegate: sub }),
    ]);
    const isOpen = status !== 'closed';
    return {
      update: update && isOpen,
      enrol: update && isOpen,
      open: update && isOpen && login === null,
      give: isOpen && sub !== clerk.sub && clerk.authority.mayAnywhere('membership', 'give'),
      absence: absence && isOpen,
      suspend: suspend && status === 'active',
      reactivate: suspend && status === 'suspended',
      close: close && isOpen,
      reset: reset && status === 'active' && login !== null,
      endSessions,
    };
  }

  async function delegationsOf(person: Professional, { authority }: Clerk) {
    const nowMs = clock.nowMs();
    const running = person.delegations.filter(({ toMs }) => toMs === undefined || toMs > nowMs);
    const shown = await Promise.all(
      running.map(async ({ delegate, fromMs, toMs }) => {
        const other = await directory.professionals.get(delegate);
        if (!other || !authority.reaches('account', 'read', other)) return [];
        return [
          {
            sub: delegate,
            name: nameOf(other),
            fromMs: fromMs ?? null,
            lastMs: toMs === undefined ? null : toMs - 1,
            isComing: fromMs !== undefined && fromMs > nowMs,
          },
        ];
      }),
    );
    return shown.flat();
  }

  async function show(ctx: Context, clerk: Clerk, person: Professional, refusal?: Refusal): Promise<void> {
    const { authority } = clerk;
    const login = await accounts.loginOf(person.id);
    const mayReadTrail = authority.reaches('audit', 'read', person);
    // A page that shows a part of the trail, or is shown to an auditor, is itself in the trail.
    await audit.record(personRead, {
      actor: clerk.sub,
      account: person.id,
      source: http.source(ctx),
      acr: clerk.session.acr,
      outcome: 'success',
    });
    const memberships = visibleMemberships(person.memberships, authority);
    const [rows, sessions, offers, history, home, delegations, lastSignIn] = await Promise.all([
      Promise.all(memberships.map(held => rowOf(held, person, clerk))),
      sessionsOf(person, authority),
      offersOf(person, clerk, login),
      mayReadTrail ? historyOf(person, authority) : null,
      nameOfOrganisation(person.branch, authority),
      delegationsOf(person, clerk),
      accounts.activity.lastOf(person.id),
    ]);
    await http.render(ctx, 'admin/person', {
      title: nameOf(person),
      alert: refusal ?? null,
      done: doneSentence(ctx, DONE),
      person,
      mobile: mobileStateOf(person, { policy: mobileCheck, hasSms: notify.hasSms }),
      name: nameOf(person),
      isSelf: person.id === clerk.sub,
      login,
      civility: person.civility === undefined ? null : directory.codes.civility(person.civility).label,
      profession:
        person.profession === undefined ? null : directory.codes.profession(person.profession).label,
      specialties: person.specialties.map(code => directory.codes.savoirFaire(code).label),
      home,
      hasHome: person.branch !== undefined,
      rows: rows.sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state)),
      sessions,
      offers,
      history,
      delegations,
      lastSignIn,
    });
  }

  routes.get('/admin/people/:sub', ctx =>
    desk.openFor(ctx, ['account', 'read'], async clerk =>
      show(ctx, clerk, await seenPerson(directory, clerk.authority, ctx.params['sub'])),
    ),
  );

  return { show };
}

const ORDER = ['current', 'coming', 'over'];
