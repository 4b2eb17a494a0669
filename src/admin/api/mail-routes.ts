import type { Administration } from '#access/index.ts';
import { MAIL_TEMPLATES, type MailTemplates, type MailWordings, type Notify } from '#notify/index.ts';
import { z } from 'zod';
import { assertWording, templateNamed, type MailActs } from '../mails/acts.ts';
import { sampleData } from '../mails/samples.ts';
import { draftOf } from '../mails/wording-acts.ts';
import type { createActRoutes } from './act-route.ts';
import type { ApiRoute } from './route.ts';
import { mailPreviewSchema, mailTemplateSchema } from './service-schemas.ts';
import { wordingRoutes } from './wording-routes.ts';

/** The words of the mails. A trial goes to a person's own address: it stays with the pages. */
export function mailRoutes(deps: {
  readonly administration: Administration;
  readonly wordings: MailWordings;
  readonly mailTemplates: MailTemplates;
  readonly notify: Notify;
  readonly issuer: string;
  readonly mails: MailActs;
  readonly actRoute: ReturnType<typeof createActRoutes>;
}): readonly ApiRoute[] {
  const { wordings, mailTemplates, notify, issuer, mails } = deps;

  async function view(asked: string): Promise<z.input<typeof mailTemplateSchema>> {
    const template = templateNamed(asked);
    const { words, revision, isOwn } = await draftOf(template, wordings, name =>
      mailTemplates.original(name),
    );
    return {
      template,
      subject: words.subject,
      text: words.text,
      placeholders: [...MAIL_TEMPLATES[template]],
      is_own: isOwn,
      revision,
    };
  }

  return wordingRoutes(deps, {
    path: '/mail-templates',
    templates: Object.keys(MAIL_TEMPLATES),
    words: { one: { fr: 'Le courriel', en: 'The mail' }, all: { fr: 'Les courriels', en: 'The mails' } },
    schema: mailTemplateSchema,
    view,
    list: { name: 'listMailTemplates', summary: { fr: 'Lister les courriels', en: 'List mail templates' } },
    get: { name: 'getMailTemplate', summary: { fr: 'Lire un courriel', en: 'Read a mail template' } },
    update: {
      name: 'updateMailTemplate',
      summary: { fr: 'Changer les mots d’un courriel', en: 'Change the words of a mail' },
      act: mails.update,
    },
    reset: {
      name: 'resetMailTemplate',
      summary: { fr: 'Revenir aux mots d’origine', en: 'Return to the original words' },
      act: mails.reset,
    },
    preview: {
      name: 'previewMailTemplate',
      summary: {
        fr: 'Voir un courriel avec des valeurs inventées, sans l’envoyer',
        en: 'See a mail with made-up values, without sending it',
      },
      body: z.strictObject({ subject: z.string().trim(), text: z.string() }),
      schema: mailPreviewSchema,
      async of(asked, words) {
        const template = templateNamed(asked);
        assertWording(template, words);
        const data = sampleData(MAIL_TEMPLATES[template], issuer);
        const { subject, text, html } = await notify.preview(words, data);
        return { subject, text, html };
      },
    },
  });
}
