import type { Accounts } from '#accounts/index.ts';
import type { Http } from '#http/index.ts';
import type { Holder } from '#methods/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import type { Browsers } from './browsers.ts';
import { linkEnded, type Choosing } from './choosing.ts';
import type { PasswordLink } from './links.ts';
import { interactionIn, type Refusal } from './refusals.ts';

/** `/forgotten/password`: the choice itself, for the browser whose link is proven; then where to sign in. */
export function createPasswordPages(
  routes: Router,
  deps: {
    readonly http: Http;
    readonly accounts: Accounts;
    readonly browsers: Browsers;
    readonly choosing: Choosing;
  },
): void {
  const { http, accounts, browsers, choosing } = deps;

  /** A page for the browser that has shown that it reads the mails of the account. */
  async function proven(
    ctx: Context,
    act: (link: PasswordLink, holder: Holder) => Promise<void>,
  ): Promise<void> {
    const link = await browsers.linkOf(ctx);
    if (!link) return http.redirect(ctx, '/forgotten');
    if (!link.isProven) return http.redirect(ctx, '/forgotten/code');
    const holder = await choosing.holderOf(link);
    if (!holder) throw linkEnded();
    return act(link, holder);
  }

  async function showPassword(
    ctx: Context,
    holder: Holder,
    refusal: Refusal | null = null,
    password = '',
  ): Promise<void> {
    ctx.status = refusal?.status ?? (refusal ? 422 : 200);
    await http.render(ctx, 'forgotten/password', {
      login: holder.account.login,
      rules: await accounts.passwordRules({ ...holder, password }),
      suggestion: accounts.generatePassword(),
      alert: refusal,
      fieldErrors: refusal?.fields ?? {},
    });
  }

  routes.get('/forgotten/password', ctx => proven(ctx, (_link, holder) => showPassword(ctx, holder)));

  routes.post('/forgotten/password', async ctx => {
    const form = await http.readForm(ctx);
    await proven(ctx, async (link, holder) => {
      const password = form.get('new_password');
      if (password !== form.get('new_password_repeat')) {
        const message = 'Les deux saisies du nouveau mot de passe sont différentes.';
        return showPassword(ctx, holder, { code: 'forgotten.passwords_differ', message });
      }
      const outcome = await choosing.choose(link, password, http.source(ctx));
      if (outcome === 'changed') {
        browsers.forget(ctx);
        return http.redirect(
          ctx,
          `/forgotten/done${link.interaction ? `?interaction=${link.interaction}` : ''}`,
        );
      }
      if ('code' in outcome) {
        ctx.set('Retry-After', String(outcome.retryAfterSeconds));
        const message = 'Trop de mots de passe ont été essayés. Patientez quelques minutes.';
        return showPassword(ctx, holder, { code: outcome.code, status: 429, message });
      }
      return showPassword(
        ctx,
        holder,
        {
          code: 'forgotten.password_refused',
          message: 'Ce mot de passe ne convient pas.',
          fields: { new_password: outcome.map(({ sentence }) => sentence) },
        },
        password,
      );
    });
  });

  routes.get('/forgotten/done', ctx => {
    const interaction = interactionIn(ctx.query['interaction']);
    return http.render(ctx, 'forgotten/done', {
      address: interaction === null ? '/account' : `/interaction/${interaction}`,
    });
  });
}
