import type { Accounts } from '#accounts/index.ts';
import type { Audit } from '#audit/index.ts';
import type { Http } from '#http/index.ts';
import { hashToken } from '#kernel/index.ts';
import type { Holder } from '#methods/index.ts';
import type { Devices } from '#signin/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import type { Asking } from './asking.ts';
import { linkEnded, type Choosing } from './choosing.ts';
import { codeRefused, linkProven } from './events.ts';
import type { CodeProblem, PasswordLink, PasswordLinks } from './links.ts';

/** The shape of our tokens: anything else is not looked for. */
const TOKEN = /^[\w-]{43}$/u;
/** What an interaction's uid is made of (oidc-provider: nanoid). */
const INTERACTION = /^[\w-]{10,64}$/u;
const MAX_WHO = 254;

interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly status?: number;
  readonly fields?: Readonly<Record<string, readonly string[]>>;
}

const CODE_REFUSALS: Readonly<Record<CodeProblem | 'forgotten.code_missing', readonly [string, string]>> = {
  'forgotten.code_missing': ['Saisissez le code du courriel.', 'Il a huit chiffres.'],
  'forgotten.code_wrong': ['Ce code n’est pas le bon.', 'Recopiez celui du courriel le plus récent.'],
  'forgotten.code_exhausted': ['Ce code a été refusé trop de fois.', 'Recommencez depuis le début.'],
  'forgotten.link_ended': ['Ce code n’est plus valable.', 'Recommencez depuis le début.'],
};

/** The pages of `/forgotten`: who, the code or the link, the password. A page that is not due leads to the one that is. */
export function createForgottenPages(
  routes: Router,
  deps: {
    readonly http: Http;
    readonly audit: Audit;
    readonly accounts: Accounts;
    readonly devices: Devices;
    readonly links: PasswordLinks;
    readonly asking: Asking;
    readonly choosing: Choosing;
    readonly isSecure: boolean;
    readonly validMinutes: number;
  },
): void {
  const { http, audit, accounts, devices, links, asking, choosing, isSecure, validMinutes } = deps;
  const cookieName = isSecure ? '__Host-trousseau_forgotten' : 'trousseau_forgotten';
  const cookie = { httpOnly: true, sameSite: 'lax', secure: isSecure, path: '/', overwrite: true } as const;

  function browserOf(ctx: Context): string | null {
    const token = ctx.cookies.get(cookieName);
    return token !== undefined && TOKEN.test(token) ? token : null;
  }

  async function linkOf(ctx: Context): Promise<PasswordLink | null> {
    const browser = browserOf(ctx);
    return browser === null ? null : links.ofBrowser(browser);
  }

  function refuse(ctx: Context, refusal: Refusal | null): void {
    ctx.status = refusal?.status ?? (refusal ? 422 : 200);
  }

  async function noteProven(ctx: Context, { account }: PasswordLink, by: 'link' | 'code'): Promise<void> {
    await audit.record(linkProven, {
      ...(account === null ? {} : { account, actor: account }),
      source: http.source(ctx),
      outcome: 'success',
      data: { by },
    });
  }

  async function showAsk(ctx: Context, who: string, interaction: string, refusal: Refusal | null = null) {
    refuse(ctx, refusal);
    await http.render(ctx, 'forgotten/ask', { who, interaction, validMinutes, alert: refusal });
  }

  routes.get('/forgotten', ctx => {
    const { interaction } = ctx.query;
    return showAsk(
      ctx,
      '',
      typeof interaction === 'string' && INTERACTION.test(interaction) ? interaction : '',
    );
  });

  routes.post('/forgotten', async ctx => {
    const form = await http.readForm(ctx);
    const who = form.get('who').trim().slice(0, MAX_WHO);
    const interaction = form.get('interaction');
    if (who === '') {
      const message = 'Saisissez votre identifiant ou votre adresse électronique.';
      return showAsk(ctx, who, interaction, { code: 'forgotten.who_missing', message });
    }
    const browser = await asking.ask({
      who,
      source: http.source(ctx),
      ...(INTERACTION.test(interaction) && { interaction }),
      deviceOf: account => devices.known(ctx, account),
    });
    ctx.cookies.set(cookieName, browser, cookie);
    http.redirect(ctx, '/forgotten/code');
  });

  /** A page for the browser that has asked and has shown nothing yet. */
  async function waiting(ctx: Context, act: (link: PasswordLink) => Promise<void>): Promise<void> {
    const link = await linkOf(ctx);
    if (!link) return http.redirect(ctx, '/forgotten');
    if (link.isProven) return http.redirect(ctx, '/forgotten/password');
    return act(link);
  }

  async function showCode(
    ctx: Context,
    { expiresAt }: PasswordLink,
    problem: keyof typeof CODE_REFUSALS | null,
  ) {
    const [message = '', hint] = problem === null ? [] : CODE_REFUSALS[problem];
    const refusal = problem === null ? null : { code: problem, message, ...(hint !== undefined && { hint }) };
    refuse(ctx, refusal);
    await http.render(ctx, 'forgotten/code', { expiresAt, alert: refusal });
  }

  routes.get('/forgotten/code', ctx => waiting(ctx, link => showCode(ctx, link, null)));

  routes.post('/forgotten/code', async ctx => {
    const form = await http.readForm(ctx);
    await waiting(ctx, async link => {
      const typed = form.get('code').trim();
      if (typed === '') return showCode(ctx, link, 'forgotten.code_missing');
      const problem = await links.tryCode(link, typed);
      if (problem === null) {
        await noteProven(ctx, link, 'code');
        return http.redirect(ctx, '/forgotten/password');
      }
      await audit.record(codeRefused, {
        ...(link.account === null ? {} : { account: link.account }),
        source: http.source(ctx),
        outcome: 'refused',
        data: { reason: problem },
      });
      return showCode(ctx, link, problem);
    });
  });

  async function linkInAddress(ctx: Context): Promise<PasswordLink> {
    const { token = '' } = ctx.params as { token?: string };
    const link = TOKEN.test(token) ? await links.ofToken(token) : null;
    if (!link) throw linkEnded();
    return link;
  }

  // SECURITY: what reads mails before people do opens addresses too: without the browser that asked, or the button of a
  // first password, opening one changes nothing.
  routes.get('/forgotten/link/:token', async ctx => {
    const link = await linkInAddress(ctx);
    if (link.purpose === 'first') return http.render(ctx, 'forgotten/first', {});
    const browser = browserOf(ctx);
    if (browser === null || hashToken(browser) !== link.browser)
      return http.render(ctx, 'forgotten/elsewhere', {});
    if (!(await links.prove(link))) throw linkEnded();
    if (!link.isProven) await noteProven(ctx, link, 'link');
    return http.redirect(ctx, '/forgotten/password');
  });

  routes.post('/forgotten/link/:token', async ctx => {
    await http.readForm(ctx);
    const link = await linkInAddress(ctx);
    const browser = link.purpose === 'first' ? await links.claim(link) : null;
    if (browser === null) throw linkEnded();
    await noteProven(ctx, link, 'link');
    ctx.cookies.set(cookieName, browser, cookie);
    http.redirect(ctx, '/forgotten/password');
  });

  /** A page for the browser that has shown that it reads the mails of the account. */
  async function proven(
    ctx: Context,
    act: (link: PasswordLink, holder: Holder) => Promise<void>,
  ): Promise<void> {
    const link = await linkOf(ctx);
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
    refuse(ctx, refusal);
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
        ctx.cookies.set(cookieName, null, cookie);
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
    const { interaction } = ctx.query;
    const isOurs = typeof interaction === 'string' && INTERACTION.test(interaction);
    return http.render(ctx, 'forgotten/done', {
      address: isOurs ? `/interaction/${interaction}` : '/account',
    });
  });
}
