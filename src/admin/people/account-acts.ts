import type { Accounts } from '#accounts/index.ts';
import type { Directory, Professional, ProfessionalStatus } from '#directory/index.ts';
import type { Notify } from '#notify/index.ts';
import { hashToken } from '#kernel/index.ts';
import { z } from 'zod';
import { defineActEvent, type Act, type ActPlan } from '../acts/act.ts';
import { conflict, notFound } from '../acts/refusals.ts';
import type { AdministeredSession } from '../ports.ts';
import { idField, loginField } from './fields.ts';

interface Deps {
  readonly directory: Directory;
  readonly accounts: Accounts;
  readonly notify: Notify;
  /** Where people sign in, for the mails. */
  readonly address: string;
  /** Ends every session of an account, tokens and relying parties included; resolves to how many. */
  readonly endSessions: (sub: string, reason: string) => Promise<number>;
  readonly listSessions: (sub: string) => Promise<readonly AdministeredSession[]>;
  /** Ends one. Idempotent. */
  readonly endSession: (uid: string, reason: string) => Promise<void>;
}

const whom = z.strictObject({ sub: idField });
const oneSession = z.strictObject({ sub: idField, session: idField });
const openInput = z.strictObject({ sub: idField, login: loginField.optional() });

type Whom = z.output<typeof whom>;

const accountOpened = defineActEvent('admin.account.opened', 'Compte de connexion ouvert');

/** What becomes of somebody's way in. */
export interface AccountActs {
  /** The login and a first password, sent in two separate mails. */
  readonly open: Act<z.output<typeof openInput>, { readonly login: string }>;
  /** For a file of many, and for an accepted request: the login only, nothing sent yet; what leads to the password follows. */
  readonly openWithoutMails: Act<z.output<typeof openInput>, { readonly login: string }>;
  /** The two mails of an account that was opened without them. Nothing for who has chosen a password since. */
  readonly firstPassword: Act<Whom, void>;
  readonly resetPassword: Act<Whom, void>;
  /** The password stays the one its owner knows; another is asked for at the next sign-in by it. */
  readonly expirePassword: Act<Whom, void>;
  readonly suspend: Act<Whom, void>;
  readonly reactivate: Act<Whom, void>;
  /** For ever: a closed account is not opened again, and its login is nobody else's. */
  readonly close: Act<Whom, void>;
  readonly endSessions: Act<Whom, { readonly ended: number }>;
  /** One of them, by its `sessionRef`. */
  readonly endSession: Act<z.output<typeof oneSession>, void>;
}

/** How a page calls a session: its own id never leaves the server. */
export function sessionRef({ uid }: Pick<AdministeredSession, 'uid'>): string {
  return hashToken(`administered session ${uid}`).slice(0, 22);
}

export function createAccountActs(deps: Deps): AccountActs {
  const { directory, accounts, notify, address, endSessions } = deps;

  async function personOf(sub: string): Promise<Professional> {
    const person = await directory.professionals.get(sub);
    if (!person) throw notFound();
    return person;
  }

  async function sendLogin({ id, email: to, givenName }: Professional, login: string): Promise<void> {
    if (to === undefined) return;
    const data = { givenName, login, address };
    // The same mail twice is one: whoever begins again after a stop sends it once.
    await notify.send({ channel: 'email', to, template: 'account-login', data, id: `account-login-${id}` });
  }

  async function sendFirstPassword({ email: to, givenName }: Professional, password: string): Promise<void> {
    if (to === undefined) return;
    const data = { givenName, password, address };
    await notify.send({ channel: 'email', to, template: 'account-first-password', data });
  }

  const statusAct = (init: {
    readonly name: string;
    readonly action: 'suspend' | 'close';
    readonly title: string;
    readonly past: string;
    readonly verb: string;
    readonly from: readonly ProfessionalStatus[];
    readonly to: ProfessionalStatus;
  }): Act<Whom, void> => ({
    name: init.name,
    type: 'account',
    action: init.action,
    title: init.title,
    event: defineActEvent(`admin.account.${init.verb}`, init.past),
    schema: whom,
    about: ({ sub }) => ({ id: sub }),
    async plan({ sub }) {
      const { status } = await personOf(sub);
      if (status === 'closed' && init.to !== 'closed') throw closed();
      return {
        account: sub,
        changes: init.from.includes(status) ? { status: [status, init.to] } : {},
        async apply() {
          await directory.professionals.update(sub, person =>
            person.status === 'closed' ? person : { ...person, status: init.to },
          );
          // ORDER: the status first: from then on no session of the person counts, whatever becomes of this request.
          if (init.to !== 'active') await endSessions(sub, `account_${init.to}`);
        },
      };
    },
  });

  /** Without an address nothing could be sent, so nothing is opened. */
  async function reachable(sub: string): Promise<Professional> {
    const person = await personOf(sub);
    if (person.status === 'closed') throw closed();
    if (person.email === undefined) throw withoutEmail();
    return person;
  }

  async function planOpening(
    sub: string,
    asked: string | undefined,
    opening: { readonly sendsMails: boolean },
  ): Promise<ActPlan<{ readonly login: string }>> {
    const person = await reachable(sub);
    const existing = await accounts.loginOf(sub);
    if (existing !== null) return { account: sub, changes: {}, apply: async () => ({ login: existing }) };
    const login = asked ?? (await accounts.proposeLogin(person));
    return {
      account: sub,
      changes: { login: [null, login] },
      async apply() {
        const password = opening.sendsMails ? accounts.generatePassword() : undefined;
        const account = await accounts.create({
          sub,
          names: person,
          ...(asked !== undefined && { login: asked }),
          ...(password !== undefined && { password }),
          mustChangePassword: true,
          actor: 'admin',
          origin: 'admin',
        });
        // The directory notes that the person has changed: lists show the login.
        await directory.professionals.update(sub, before => ({ ...before }));
        if (password === undefined) return { login: account.login };
        await sendLogin(person, account.login);
        await sendFirstPassword(person, password);
        return { login: account.login };
      },
    };
  }

  return {
    open: {
      name: 'account.open',
      type: 'account',
      action: 'open',
      title: 'Ouvrir le compte de connexion',
      event: accountOpened,
      schema: openInput,
      about: ({ sub }) => ({ id: sub }),
      plan: ({ sub, login }) => planOpening(sub, login, { sendsMails: true }),
    },

    openWithoutMails: {
      name: 'account.open_without_mails',
      type: 'account',
      action: 'open',
      title: 'Ouvrir le compte de connexion, les courriels suivant',
      event: accountOpened,
      schema: openInput,
      about: ({ sub }) => ({ id: sub }),
      plan: ({ sub, login }) => planOpening(sub, login, { sendsMails: false }),
    },

    firstPassword: {
      name: 'account.first_password',
      type: 'account',
      action: 'open',
      title: 'Envoyer l’identifiant et le premier mot de passe',
      event: defineActEvent('admin.account.announced', 'Identifiant et premier mot de passe envoyés'),
      schema: whom,
      about: ({ sub }) => ({ id: sub }),
      async plan({ sub }, { actor, source }) {
        const person = await reachable(sub);
        const account = await accounts.get(sub);
        if (!account) throw withoutAccount();
        const hasChosen = account.passwordHash !== undefined && !account.mustChangePassword;
        return {
          account: sub,
          changes: hasChosen
            ? {}
            : { password: [null, 'envoyé par courriel, à changer à la première connexion'] },
          async apply() {
            if (hasChosen) return;
            const password = await accounts.imposePassword(sub, {
              actor,
              ...(source !== undefined && { source }),
            });
            await sendLogin(person, account.login);
            await sendFirstPassword(person, password);
          },
        };
      },
    },

    resetPassword: {
      name: 'account.reset_password',
      type: 'account',
      action: 'reset',
      title: 'Envoyer un nouveau mot de passe',
      event: defineActEvent('admin.password.reset', 'Nouveau mot de passe envoyé'),
      schema: whom,
      about: ({ sub }) => ({ id: sub }),
      async plan({ sub }, { actor, source }) {
        const person = await personOf(sub);
        if ((await accounts.loginOf(sub)) === null) throw withoutAccount();
        if (person.status !== 'active') throw inactive();
        if (person.email === undefined) throw withoutEmail();
        return {
          account: sub,
          changes: { password: ['…', 'envoyé par courriel, à changer à la prochaine connexion'] },
          async apply() {
            const password = await accounts.imposePassword(sub, {
              actor,
              ...(source !== undefined && { source }),
            });
            // ORDER: whoever had the former password is out before the new one is on its way.
            await endSessions(sub, 'password_changed');
            await sendFirstPassword(person, password);
          },
        };
      },
    },

    expirePassword: {
      name: 'account.expire_password',
      type: 'account',
      action: 'reset',
      title: 'Faire expirer le mot de passe maintenant',
      event: defineActEvent('admin.password.expired', 'Mot de passe expiré par un administrateur'),
      schema: whom,
      about: ({ sub }) => ({ id: sub }),
      async plan({ sub }) {
        const { status } = await personOf(sub);
        const account = await accounts.get(sub);
        if (!account) throw withoutAccount();
        if (status !== 'active') throw inactive();
        const isDue = account.passwordHash !== undefined && !accounts.passwordState(account).mustChange;
        return {
          account: sub,
          changes: isDue ? { password: ['valable', 'à changer à la prochaine connexion'] } : {},
          async apply() {
            if (isDue) await accounts.expirePassword(sub);
          },
        };
      },
    },

    suspend: statusAct({
      name: 'account.suspend',
      action: 'suspend',
      title: 'Suspendre le compte',
      past: 'Compte suspendu',
      verb: 'suspended',
      from: ['active'],
      to: 'suspended',
    }),
    reactivate: statusAct({
      name: 'account.reactivate',
      action: 'suspend',
      title: 'Rouvrir le compte',
      past: 'Compte rouvert',
      verb: 'reactivated',
      from: ['suspended'],
      to: 'active',
    }),
    close: statusAct({
      name: 'account.close',
      action: 'close',
      title: 'Fermer le compte définitivement',
      past: 'Compte fermé',
      verb: 'closed',
      from: ['active', 'suspended'],
      to: 'closed',
    }),

    endSessions: {
      name: 'account.end_sessions',
      type: 'account',
      action: 'end_sessions',
      title: 'Fermer toutes les sessions',
      event: defineActEvent('admin.sessions.ended', 'Sessions fermées par un administrateur'),
      schema: whom,
      about: ({ sub }) => ({ id: sub }),
      async plan({ sub }) {
        await personOf(sub);
        return {
          account: sub,
          changes: { sessions: ['ouvertes', 'fermées'] },
          apply: async () => ({ ended: await endSessions(sub, 'ended_by_administrator') }),
        };
      },
    },

    endSession: {
      name: 'account.end_session',
      type: 'account',
      action: 'end_sessions',
      title: 'Fermer une session',
      event: defineActEvent('admin.session.ended', 'Session fermée par un administrateur'),
      schema: oneSession,
      about: ({ sub }) => ({ id: sub }),
      async plan({ sub, session }) {
        await personOf(sub);
        // SECURITY: only sessions of this account are looked at, whatever the form names.
        const meant = (await deps.listSessions(sub)).find(live => sessionRef(live) === session);
        return {
          account: sub,
          changes: meant ? { session: ['ouverte', 'fermée'] } : {},
          async apply() {
            if (meant) await deps.endSession(meant.uid, 'ended_by_administrator');
          },
        };
      },
    },
  };
}

function closed() {
  return conflict('admin.account_closed', {
    publicMessage: 'Ce compte est fermé définitivement.',
    hint: 'Un compte fermé ne se rouvre pas : enregistrez de nouveau la personne si elle revient.',
  });
}

function withoutEmail() {
  return conflict('admin.email_missing', {
    publicMessage: 'Cette personne n’a pas d’adresse électronique : rien ne pourrait lui être envoyé.',
    hint: 'Ajoutez d’abord son adresse.',
  });
}

function inactive() {
  return conflict('admin.account_inactive', {
    publicMessage: 'Ce compte n’est pas actif.',
    hint: 'Rouvrez-le d’abord.',
  });
}

function withoutAccount() {
  return conflict('admin.no_account', {
    publicMessage: 'Cette personne n’a pas de compte de connexion.',
    hint: 'Ouvrez-lui d’abord un compte.',
  });
}
