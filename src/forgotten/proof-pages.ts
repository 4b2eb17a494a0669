import type { Audit } from '#audit/index.ts';
import type { Http } from '#http/index.ts';
import { hashToken } from '#kernel/index.ts';
import type { Devices } from '#signin/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import type { Asking } from './asking.ts';
import { isToken, type Browsers } from './browsers.ts';
import { linkEnded } from './choosing.ts';
import { codeRefused, linkProven } from './events.ts';
import type { PasswordLink, PasswordLinks } from './links.ts';
import { codeRefusalOf, interactionIn, type CodeRefusal, type Refusal } from './refusals.ts';

const MAX_WHO = 254;

/** `/forgotten` up to the proof: who, then the code or the link. A page that is not due leads to the one that is. */
export function createProofPages(
  routes: Router,
  deps: {
    readonly http: Http;
    readonly audit: Audit;
    readonly devices: Devices;
    readonly browsers: Browsers;
    readonly links: PasswordLinks;
    readonly asking: Asking;
    readonly validMinutes: number;
  },
): void {
  const { http, audit, devices, browsers, links, asking, validMinutes } = deps;

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

  async function showAsk(
    ctx: Context,
    who: string,
    interaction: string | null,
    refusal: Refusal | null = null,
  ) {
    refuse(ctx, refusal);
    await http.render(ctx, 'forgotten/ask', { who, interaction, validMinutes, alert: refusal });
  }

  routes.get('/forgotten', ctx => showAsk(ctx, '', interactionIn(ctx.query['interaction'])));

  routes.post('/forgotten', async ctx => {
    const form = await http.readForm(ctx);
    const who = form.get('who').trim().slice(0, MAX_WHO);
    const interaction = interactionIn(form.get('interaction'));
    if (who === '') {
      const message = 'Saisissez votre identifiant ou votre adresse électronique.';
      return showAsk(ctx, who, interaction, { code: 'forgotten.who_missing', message });
    }
    const browser = await asking.ask({
      who,
      source: http.source(ctx),
      ...(interaction !== null && { interaction }),
      deviceOf: account => devices.known(ctx, account),
    });
    browsers.keep(ctx, browser);
    http.redirect(ctx, '/forgotten/code');
  });

  /** A page for the browser that has asked and has shown nothing yet. */
  async function waiting(ctx: Context, act: (link: PasswordLink) => Promise<void>): Promise<void> {
    const link = await browsers.linkOf(ctx);
    if (!link) return http.redirect(ctx, '/forgotten');
    if (link.isProven) return http.redirect(ctx, '/forgotten/password');
    return act(link);
  }

  async function showCode(ctx: Context, { expiresAt }: PasswordLink, problem: CodeRefusal | null) {
    const refusal = problem && codeRefusalOf(problem);
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
    const link = isToken(token) ? await links.ofToken(token) : null;
    if (!link) throw linkEnded();
    return link;
  }

  // SECURITY: what reads mails before people do opens addresses too: without the browser that asked, or the button of a
  // first password, opening one changes nothing.
  routes.get('/forgotten/link/:token', async ctx => {
    const link = await linkInAddress(ctx);
    if (link.purpose === 'first') return http.render(ctx, 'forgotten/first', {});
    const browser = browsers.tokenOf(ctx);
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
    browsers.keep(ctx, browser);
    http.redirect(ctx, '/forgotten/password');
  });
}
