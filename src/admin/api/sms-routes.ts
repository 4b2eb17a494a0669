import type { Administration } from '#access/index.ts';
import { measureSms, SMS_TEMPLATES, type MailTemplates, type SmsWordings } from '#notify/index.ts';
import { z } from 'zod';
import { smsNamed, smsPlaceholders, type SmsActs, type SmsReader } from '../mails/sms-acts.ts';
import { draftOf } from '../mails/wording-acts.ts';
import type { createActRoutes } from './act-route.ts';
import type { ApiRoute } from './route.ts';
import { smsPreviewSchema, smsTemplateSchema } from './service-schemas.ts';
import { wordingRoutes } from './wording-routes.ts';

/** The words of the text messages. */
export function smsRoutes(deps: {
  readonly administration: Administration;
  readonly smsWordings: SmsWordings;
  readonly mailTemplates: MailTemplates;
  readonly sms: SmsActs;
  readonly smsReader: SmsReader;
  readonly actRoute: ReturnType<typeof createActRoutes>;
}): readonly ApiRoute[] {
  const { smsWordings, mailTemplates, sms, smsReader } = deps;

  async function view(asked: string): Promise<z.input<typeof smsTemplateSchema>> {
    const template = smsNamed(asked);
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

  return wordingRoutes(deps, {
    path: '/sms-templates',
    templates: Object.keys(SMS_TEMPLATES),
    words: {
      one: { fr: 'Le SMS', en: 'The text message' },
      all: { fr: 'Les SMS', en: 'The text messages' },
    },
    schema: smsTemplateSchema,
    view,
    list: { name: 'listSmsTemplates', summary: { fr: 'Lister les SMS', en: 'List text message templates' } },
    get: { name: 'getSmsTemplate', summary: { fr: 'Lire un SMS', en: 'Read a text message template' } },
    update: {
      name: 'updateSmsTemplate',
      summary: { fr: 'Changer les mots d’un SMS', en: 'Change the words of a text message' },
      act: sms.update,
    },
    reset: {
      name: 'resetSmsTemplate',
      summary: { fr: 'Revenir aux mots d’origine', en: 'Return to the original words' },
      act: sms.reset,
    },
    preview: {
      name: 'previewSmsTemplate',
      summary: {
        fr: 'Voir un SMS avec des valeurs inventées, et combien de fois il serait compté',
        en: 'See a text message with made-up values, and how many times it would be counted',
      },
      body: z.strictObject({ text: z.string() }),
      schema: smsPreviewSchema,
      async of(template, words) {
        const text = await smsReader.check(smsNamed(template), words);
        const { alphabet, units, segments } = measureSms(text);
        return { text, alphabet, units, segments };
      },
    },
  });
}
