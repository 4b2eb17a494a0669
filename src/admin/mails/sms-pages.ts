import { isAppError } from '#kernel/index.ts';
import { measureSms, SMS_TEMPLATES, type SmsTemplateName } from '#notify/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import type { AdminContext } from '../context.ts';
import { submitAct, toRefusal, type Refusal } from '../forms.ts';
import { assertReadsMails } from './reading.ts';
import { describePlaceholders } from './samples.ts';
import { smsNamed, smsPlaceholders, type SmsActs, type SmsReader } from './sms-acts.ts';
import { draftOf, toLines } from './wording-acts.ts';

const DONE: Readonly<Record<string, string>> = {
  updated: 'Le SMS est enregistré. Les prochains envois le suivront.',
  reset: 'Le SMS d’origine est repris.',
};

/** What each message is for, as the list and the pages name it. */
const TITLES: Readonly<Record<SmsTemplateName, string>> = {
  'signin-code': 'Code de connexion',
  'contact-code': 'Vérification d’un numéro',
};

const NAMES = Object.keys(SMS_TEMPLATES) as readonly SmsTemplateName[];

/** The text messages of the list of `/admin/mails`, as they would leave. */
export function listSms({
  smsWordings,
  mailTemplates,
  reader,
}: Pick<AdminContext, 'smsWordings' | 'mailTemplates'> & { readonly reader: SmsReader }) {
  return Promise.all(
    NAMES.map(async name => {
      const { words, isOwn } = await draftOf(name, smsWordings, known => mailTemplates.originalSms(known));
      const text = await reader.preview(name, words);
      return { name, title: TITLES[name], text, segments: measureSms(text).segments, isOwn };
    }),
  );
}

/** `/admin/mails/sms/:template`: what a text message says, how often it is counted, and its words. */
export function createSmsPages(
  routes: Router,
  context: AdminContext,
  acts: SmsActs,
  reader: SmsReader,
): void {
  const { http, desk, smsWordings, mailTemplates } = context;
  const draft = (name: SmsTemplateName) =>
    draftOf(name, smsWordings, known => mailTemplates.originalSms(known));

  /** `sent`: the message as it would leave; `null` while its words are refused. */
  async function renderPage(
    ctx: Context,
    name: SmsTemplateName,
    written: { readonly text: string; readonly revision: number },
    sent: string | null,
    refusal: Refusal | null = null,
  ) {
    await http.render(ctx, 'admin/sms', {
      name,
      heading: TITLES[name],
      draft: written,
      isOwn: (await draft(name)).isOwn,
      sent: sent === null ? null : { text: sent, ...measureSms(sent) },
      placeholders: describePlaceholders(smsPlaceholders(name)),
      alert: refusal,
      errors: refusal?.fields ?? {},
      done: DONE[String(ctx.query['done'])] ?? null,
    });
  }

  routes.get('/admin/mails/sms/:template', ctx =>
    desk.openFor(ctx, ['mail_template', 'read'], async clerk => {
      assertReadsMails(clerk);
      const name = smsNamed(String(ctx.params['template']));
      const { words, revision } = await draft(name);
      await renderPage(ctx, name, { ...words, revision }, await reader.preview(name, words));
    }),
  );

  routes.post('/admin/mails/sms/:template', ctx =>
    desk.openFor(ctx, ['mail_template', 'update'], async clerk => {
      const form = await http.readForm(ctx);
      const name = smsNamed(String(ctx.params['template']));
      const seen = { template: name, revision: Number(form.get('revision')) };
      const words = { text: toLines(form.get('text')).trim() };
      const written = { ...words, revision: seen.revision };
      const again = (refusal: Refusal) => renderPage(ctx, name, written, null, refusal);
      const goOn = (done: string) => ({ again, then: () => `/admin/mails/sms/${name}?done=${done}` });
      const step = form.get('step');
      if (step === 'save')
        return submitAct(
          context,
          ctx,
          clerk,
          { act: acts.update, input: { ...seen, ...words } },
          goOn('updated'),
        );
      if (step === 'reset')
        return submitAct(context, ctx, clerk, { act: acts.reset, input: seen }, goOn('reset'));
      try {
        await renderPage(ctx, name, written, await reader.check(name, words));
      } catch (error) {
        if (!isAppError(error, 'admin.invalid')) throw error;
        await again(toRefusal(error));
        ctx.status = error.status;
      }
    }),
  );
}
