import type { Administration } from '#access/index.ts';
import {
  measureSms,
  SMS_TEMPLATES,
  type MailTemplates,
  type SmsTemplateName,
  type SmsWordings,
} from '#notify/index.ts';
import { z } from 'zod';
import { assertReadsMails } from '../mails/reading.ts';
import { smsNamed, smsPlaceholders, type SmsActs, type SmsReader } from '../mails/sms-acts.ts';
import { draftOf } from '../mails/wording-acts.ts';
import type { createActRoutes } from './act-route.ts';
import { defineRoute, type ApiRoute, type Caller } from './route.ts';
import { pageSchema } from './schemas.ts';
import { smsPreviewSchema, smsTemplateSchema } from './service-schemas.ts';

const TAG = 'Courriels';
const one = { schema: smsTemplateSchema, words: { fr: 'Le SMS', en: 'The text message' } };
const NAMES = Object.keys(SMS_TEMPLATES) as readonly SmsTemplateName[];
const named = z.strictObject({ template: z.string().max(100, 'Cet élément n’existe pas.') });

/** The words of the text messages. */
export function smsRoutes(deps: {
  readonly administration: Administration;
  readonly smsWordings: SmsWordings;
  readonly mailTemplates: MailTemplates;
  readonly sms: SmsActs;
  readonly smsReader: SmsReader;
  readonly actRoute: ReturnType<typeof createActRoutes>;
}): readonly ApiRoute[] {
  const { administration, smsWordings, mailTemplates, sms, smsReader, actRoute } = deps;

  async function assertReads({ administrator }: Caller): Promise<void> {
    assertReadsMails({ authority: await administration.authorityOf(administrator) });
  }

  async function view(template: SmsTemplateName): Promise<z.input<typeof smsTemplateSchema>> {
    const { words, revision, isOwn } = await draftOf(template, smsWordings, name =>
      mailTemplates.originalSms(name),
    );
    const { segments } = measureSms(await smsReader.preview(template, words));
    return {
      template,
      text: words.text,
      placeholders: [...smsPlaceholders(template)],
      segments,
      is_own: isOwn,
      revision,
    };
  }

  const then = async (_caller: Caller, _outcome: unknown, { template = '' }) => ({
    status: 200,
    body: await view(smsNamed(template)),
  });

  return [
    defineRoute({
      name: 'listSmsTemplates',
      method: 'GET',
      path: '/sms-templates',
      scope: 'admin:read',
      tag: TAG,
      summary: { fr: 'Lister les SMS', en: 'List text message templates' },
      answers: {
        200: { schema: pageSchema(smsTemplateSchema), words: { fr: 'Les SMS', en: 'The text messages' } },
      },
      async handle(call) {
        await assertReads(call);
        const items = await Promise.all(NAMES.map(view));
        return { status: 200, body: { items, total: items.length } };
      },
    }),
    defineRoute({
      name: 'getSmsTemplate',
      method: 'GET',
      path: '/sms-templates/{template}',
      scope: 'admin:read',
      tag: TAG,
      summary: { fr: 'Lire un SMS', en: 'Read a text message template' },
      params: named,
      answers: { 200: one },
      async handle(call) {
        await assertReads(call);
        return { status: 200, body: await view(smsNamed(call.params.template)) };
      },
    }),
    actRoute({
      name: 'updateSmsTemplate',
      method: 'PUT',
      path: '/sms-templates/{template}',
      tag: TAG,
      summary: { fr: 'Changer les mots d’un SMS', en: 'Change the words of a text message' },
      act: sms.update,
      answers: { 200: one },
      then,
    }),
    actRoute({
      name: 'resetSmsTemplate',
      method: 'POST',
      path: '/sms-templates/{template}/reset',
      tag: TAG,
      summary: { fr: 'Revenir aux mots d’origine', en: 'Return to the original words' },
      act: sms.reset,
      answers: { 200: one },
      then,
    }),
    defineRoute({
      name: 'previewSmsTemplate',
      method: 'POST',
      path: '/sms-templates/{template}/preview',
      scope: 'admin:read',
      tag: TAG,
      summary: {
        fr: 'Voir un SMS avec des valeurs inventées, et combien de fois il serait compté',
        en: 'See a text message with made-up values, and how many times it would be counted',
      },
      params: named,
      body: z.strictObject({ text: z.string() }),
      answers: { 200: { schema: smsPreviewSchema, words: { fr: 'Le SMS', en: 'The text message' } } },
      async handle(call) {
        await assertReads(call);
        const text = await smsReader.check(smsNamed(call.params.template), call.body);
        const { alphabet, units, segments } = measureSms(text);
        return { status: 200, body: { text, alphabet, units, segments } };
      },
    }),
  ];
}
