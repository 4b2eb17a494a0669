import { isAppError } from '#kernel/index.ts';
import { MAIL_TEMPLATES, type MailWording, type RenderedMail, type TemplateName } from '#notify/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import type { AdminContext } from '../context.ts';
import { submitAct, toRefusal, type Refusal } from '../forms.ts';
import { assertWording, templateNamed, type MailActs } from './acts.ts';
import { assertReadsMails } from './reading.ts';
import { describePlaceholders, sampleData } from './samples.ts';
import type { SmsReader } from './sms-acts.ts';
import { listSms } from './sms-pages.ts';
import { draftOf, toLines } from './wording-acts.ts';

const DONE: Readonly<Record<string, string>> = {
  updated: 'Le courriel est enregistré. Les prochains envois le suivront.',
  reset: 'Le courriel d’origine est repris.',
  trial: 'L’essai part vers votre adresse.',
};

/** The mails of the service, in the order of `MAIL_TEMPLATES`. */
const NAMES = Object.keys(MAIL_TEMPLATES) as readonly TemplateName[];

interface Draft extends MailWording {
  readonly revision: number;
}

/** `/admin/mails`: what each mail says, and its words. */
export function createMailPages(
  routes: Router,
  context: AdminContext,
  acts: MailActs,
  reader: SmsReader,
): void {
  const { http, desk, wordings, mailTemplates, notify, issuer } = context;

  async function savedDraft(name: TemplateName): Promise<Draft & { readonly isOwn: boolean }> {
    const { words, revision, isOwn } = await draftOf(name, wordings, known => mailTemplates.original(known));
    return { subject: words.subject, text: words.text, revision, isOwn };
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
    const { isOwn } = await savedDraft(name);
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
      assertReadsMails(clerk);
      const rows = await Promise.all(
        NAMES.map(async name => {
          const { subject, isOwn } = await savedDraft(name);
          return { name, title: titleOf(mailTemplates.original(name).subject), subject, isOwn };
        }),
      );
      const messages = await listSms({ ...context, reader });
      await http.render(ctx, 'admin/mails', { rows, messages });
    }),
  );

  routes.get('/admin/mails/:template', ctx =>
    desk.openFor(ctx, ['mail_template', 'read'], async clerk => {
      assertReadsMails(clerk);
      const name = templateNamed(String(ctx.params['template']));
      const { isOwn, ...draft } = await savedDraft(name);
      await renderPage(ctx, name, draft, await rendered(name, isOwn ? draft : null), null);
    }),
  );

  routes.post('/admin/mails/:template', ctx =>
    desk.openFor(ctx, ['mail_template', 'update'], async clerk => {
      const form = await http.readForm(ctx);
      const name = templateNamed(String(ctx.params['template']));
      const revision = Number(form.get('revision'));
      const words = { subject: form.get('subject').trim(), text: toLines(form.get('text')) };
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

/** A mail is known by its original subject; what it is filled with is different each time. */
function titleOf(subject: string): string {
  return subject.replaceAll(/\{[a-z_A-Z]+\}/gu, '…');
}
