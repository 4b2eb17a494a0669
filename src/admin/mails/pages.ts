import { isAppError } from '#kernel/index.ts';
import {
  MAIL_TEMPLATES,
  SMS_TEMPLATES,
  type MailWording,
  type RenderedMail,
  type SmsTemplateName,
  type TemplateName,
} from '#notify/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import { notFound } from '../acts/refusals.ts';
import type { AdminContext } from '../context.ts';
import type { Clerk } from '../desk.ts';
import { submitAct, toRefusal, type Refusal } from '../forms.ts';
import { assertWording, templateNamed, type MailActs } from './acts.ts';
import { describePlaceholders, sampleData } from './samples.ts';

const DONE: Readonly<Record<string, string>> = {
  updated: 'Le courriel est enregistré. Les prochains envois le suivront.',
  reset: 'Le courriel d’origine est repris.',
  trial: 'L’essai part vers votre adresse.',
};

/** The mails of the service, in the order of `MAIL_TEMPLATES`. */
const NAMES = Object.keys(MAIL_TEMPLATES) as readonly TemplateName[];

const SMS_NAMES = Object.keys(SMS_TEMPLATES) as readonly SmsTemplateName[];

interface Draft extends MailWording {
  readonly revision: number;
}

/** `/admin/mails`: what each mail says, and its words. */
export function createMailPages(routes: Router, context: AdminContext, acts: MailActs): void {
  const { http, desk, wordings, mailTemplates, notify, issuer } = context;

  /** Mails are the region’s own. */
  function assertReads({ authority }: Clerk): void {
    if (!authority.may('mail_template', 'read', {})) throw notFound();
  }

  async function draftOf(name: TemplateName): Promise<Draft & { readonly isOwn: boolean }> {
    const stored = await wordings.get(name);
    const isOwn = stored !== null && !stored.isOriginal;
    const { subject, text } = isOwn ? stored : mailTemplates.original(name);
    return { subject, text, revision: stored?.revision ?? 0, isOwn };
  }

  /** What stands saved, in its own look; what is being written, as it would become. */
  async function rendered(name: TemplateName, words: MailWording | null): Promise<RenderedMail> {
    const data = sampleData(MAIL_TEMPLATES[name], issuer);
    return words ? notify.preview(words, data) : notify.previewOriginal(name, data);
  }

  async function renderPage(
    ctx: Context,
    name: TemplateName,
    draft: Draft,
    mail: RenderedMail | null,
    refusal: Refusal | null,
  ) {
    allowStyledMail(ctx);
    const { isOwn } = await draftOf(name);
    await http.render(ctx, 'admin/mail', {
      name,
      heading: mailTemplates.original(name).subject,
      draft,
      isOwn,
      mail,
      placeholders: describePlaceholders(MAIL_TEMPLATES[name]),
      alert: refusal,
      errors: refusal?.fields ?? {},
      done: DONE[String(ctx.query['done'])] ?? null,
    });
  }

  routes.get('/admin/mails', ctx =>
    desk.openFor(ctx, ['mail_template', 'read'], async clerk => {
      assertReads(clerk);
      const rows = await Promise.all(
        NAMES.map(async name => {
          const { subject, isOwn } = await draftOf(name);
          return { name, title: mailTemplates.original(name).subject, subject, isOwn };
        }),
      );
      const messages = await Promise.all(
        SMS_NAMES.map(async name => ({
          name,
          text: await notify.previewSms(name, sampleData(SMS_TEMPLATES[name], issuer)),
        })),
      );
      await http.render(ctx, 'admin/mails', { rows, messages });
    }),
  );

  routes.get('/admin/mails/:template', ctx =>
    desk.openFor(ctx, ['mail_template', 'read'], async clerk => {
      assertReads(clerk);
      const name = templateNamed(String(ctx.params['template']));
      const { isOwn, ...draft } = await draftOf(name);
      await renderPage(ctx, name, draft, await rendered(name, isOwn ? draft : null), null);
    }),
  );

  routes.post('/admin/mails/:template', ctx =>
    desk.openFor(ctx, ['mail_template', 'update'], async clerk => {
      const form = await http.readForm(ctx);
      const name = templateNamed(String(ctx.params['template']));
      const revision = Number(form.get('revision'));
      const words = { subject: form.get('subject').trim(), text: form.get('text').replace(/\r\n?/gu, '\n') };
      const again = (refusal: Refusal) => renderPage(ctx, name, { ...words, revision }, null, refusal);
      const step = form.get('step');
      const goOn = (done: string) => ({ again, then: () => `/admin/mails/${name}?done=${done}` });
      if (step === 'save') {
        const input = { template: name, revision, ...words };
        return submitAct(context, ctx, clerk, { act: acts.update, input }, goOn('updated'));
      }
      if (step === 'reset') {
        const input = { template: name, revision };
        return submitAct(context, ctx, clerk, { act: acts.reset, input }, goOn('reset'));
      }
      if (step === 'trial') {
        const input = { template: name, ...words };
        return submitAct(context, ctx, clerk, { act: acts.trial, input }, goOn('trial'));
      }
      try {
        assertWording(name, words);
      } catch (error) {
        if (!isAppError(error, 'admin.invalid')) throw error;
        await again(toRefusal(error));
        ctx.status = error.status;
        return;
      }
      await renderPage(ctx, name, { ...words, revision }, await rendered(name, words), null);
    }),
  );
}

/**
 * A mail brings its styles in attributes, and its frame obeys the policy of this page: attributes of style only, on this
 * page only. SECURITY: the frame is sandboxed without any leave, so that nothing in it runs or leaves it.
 */
function allowStyledMail(ctx: Context): void {
  const policy = String(ctx.response.get('Content-Security-Policy'));
  ctx.set('Content-Security-Policy', `${policy}; style-src-attr 'unsafe-inline'`);
}
