import { tellPasswordChanged, type Accounts } from '#accounts/index.ts';
import type { Form, Http } from '#http/index.ts';
import { ACR, type Clock } from '#kernel/index.ts';
import type { Method } from '#methods/index.ts';
import type { Notify } from '#notify/index.ts';
import type { Guard } from '#signin/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import { FRESH_SECONDS, type Standing } from './factors/standing.ts';
import { lockedRefusal } from './locked.ts';
import type { PortalPorts } from './ports.ts';
import type { Visitor, Visitors } from './visitor.ts';

interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly status?: number;
  readonly retryAfterSeconds?: number;
  readonly fields?: Readonly<Record<string, readonly string[]>>;
}

/** The relying party that an attempt on this page is recorded for: our own pages. */
const CLIENT = 'trousseau';

/**
 * `/account/password`: a new password, for who shows the current one; a first one, for who has none and has just shown a
 * second factor (a card). SECURITY: never for a code alone: whoever reads the mails would give themselves a password.
 */
export function createPasswordPage(
  routes: Router,
  deps: {
    readonly http: Http;
    readonly clock: Clock;
    readonly accounts: Accounts;
    readonly notify: Notify;
    readonly guard: Guard;
    readonly password: Method;
    readonly ports: PortalPorts;
    readonly visitors: Visitors;
    readonly standing: Pick<Standing, 'isProven' | 'canProve'>;
  },
): void {
  const { http, accounts, guard, password, ports, visitors, standing } = deps;

  const hasPassword = ({ account }: Visitor) => account.passwordHash !== undefined;

  /** Where who has no password yet shows the means that lets them choose one; `null` for who needs nothing, or has none. */
  async function proofUrl(visitor: Visitor): Promise<string | null> {
    if (hasPassword(visitor) || standing.isProven(visitor) || !(await standing.canProve(visitor)))
      return null;
    return ports.signInUrl('/account/password', { acr: ACR.mfa, maxAge: FRESH_SECONDS });
  }

  async function show(ctx: Context, visitor: Visitor, refusal?: Refusal, password = ''): Promise<void> {
    ctx.status = refusal?.status ?? (refusal ? 422 : 200);
    if (refusal?.retryAfterSeconds !== undefined) ctx.set('Retry-After', String(refusal.retryAfterSeconds));
    await http.render(ctx, 'portal/password', {
      login: visitor.account.login,
      rules: await accounts.passwordRules({ ...visitor, password }),
      suggestion: accounts.generatePassword(),
      hasPassword: hasPassword(visitor),
      mayChoose: hasPassword(visitor) || standing.isProven(visitor),
      proofUrl: await proofUrl(visitor),
      alert: refusal ?? null,
      fieldErrors: refusal?.fields ?? {},
    });
  }

  /** Who is counted by the guard. This very session counts as a known device of its own. */
  const askerOf = (ctx: Context, { account, professional, session }: Visitor) => ({
    login: account.login,
    person: { account, professional },
    source: http.source(ctx),
    client: CLIENT,
    knownDevice: `session:${session.uid}`,
  });

  /** The current password, behind the guard of every sign-in. */
  async function refuseProof(ctx: Context, visitor: Visitor, typed: string): Promise<Refusal | null> {
    if (typed === '') return refusalOf('portal.password_missing', 'Saisissez votre mot de passe actuel.');
    const asker = askerOf(ctx, visitor);
    const verdict = await guard.attempt({ ...asker, method: password }, () =>
      password.verify(asker.person, typed, { interaction: visitor.session.uid, purpose: 'first' }),
    );
    if (verdict.ok) return null;
    if ('retryAfterSeconds' in verdict) return lockedRefusal(verdict.code, verdict.retryAfterSeconds);
    return refusalOf('portal.current_password_wrong', 'Le mot de passe actuel n’est pas le bon.');
  }

  async function change(ctx: Context, visitor: Visitor, form: Form): Promise<Refusal | null> {
    const chosen = form.get('new_password');
    // What costs nothing is looked at first: a slip of the finger must not use up an attempt.
    if (chosen !== form.get('new_password_repeat')) {
      return refusalOf(
        'portal.passwords_differ',
        'Les deux saisies du nouveau mot de passe sont différentes.',
      );
    }
    if (!hasPassword(visitor) && !standing.isProven(visitor))
      return refusalOf(
        'portal.proof_missing',
        'Connectez-vous avec votre carte pour choisir un mot de passe.',
      );
    const refusal = hasPassword(visitor) ? await refuseProof(ctx, visitor, form.get('password')) : null;
    if (refusal) return refusal;
    const { account } = visitor;
    const asker = askerOf(ctx, visitor);
    const { source } = asker;
    const admitted = await guard.admit(asker, 'change-password', () =>
      accounts.changePassword(account.id, chosen, { reason: 'chosen', actor: account.id, source }),
    );
    if (!admitted.ok) return lockedRefusal(admitted.code, admitted.retryAfterSeconds);
    const outcome = admitted.value;
    if (outcome === 'changed') return null;
    return {
      code: 'portal.password_refused',
      message: 'Ce nouveau mot de passe ne convient pas.',
      fields: { new_password: outcome.map(({ sentence }) => sentence) },
    };
  }

  /** SECURITY: whoever had the old password may have sessions: all others end, and the owner is told by mail. */
  async function followUp({ account, professional, session }: Visitor): Promise<void> {
    await ports.onPasswordChanged(account.id, session.uid);
    await tellPasswordChanged(deps, professional);
  }

  routes.get('/account/password', ctx => visitors.require(ctx, visitor => show(ctx, visitor)));

  routes.post('/account/password', async ctx => {
    const form = await http.readForm(ctx);
    await visitors.require(ctx, async visitor => {
      const refusal = await change(ctx, visitor, form);
      if (refusal) return show(ctx, visitor, refusal, form.get('new_password'));
      await followUp(visitor);
      http.redirect(ctx, '/account?done=password');
    });
  });

  // SPEC: https://w3c.github.io/webappsec-change-password-url/: password managers know this address.
  routes.get('/.well-known/change-password', async ctx => http.redirect(ctx, '/account/password'));
}

function refusalOf(code: string, message: string): Refusal {
  return { code, message };
}
