import type { Administration } from '#access/index.ts';
import {
  MAIL_TEMPLATES,
  type MailTemplates,
  type MailWordings,
  type Notify,
  type TemplateName,
} from '#notify/index.ts';
import { z } from 'zod';
import { assertWording, templateNamed, type MailActs } from '../mails/acts.ts';
import { assertReadsMails } from '../mails/reading.ts';
import { sampleData } from '../mails/samples.ts';
import { draftOf } from '../mails/wording-acts.ts';
import type { createActRoutes } from './act-route.ts';
import { defineRoute, type ApiRoute, type Caller } from './route.ts';
import { pageSchema } from './schemas.ts';
import { mailPreviewSchema, mailTemplateSchema } from './service-schemas.ts';

const TAG = 'Courriels';
const one = { schema: mailTemplateSchema, words: { fr: 'Le courriel', en: 'The mail' } };
const NAMES = Object.keys(MAIL_TEMPLATES) as readonly TemplateName[];
const named = z.strictObject({ template: z.string().max(100, 'Cet élément n’existe pas.') });

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
  const { administration, wordings, mailTemplates, notify, issuer, mails, actRoute } = deps;

  async function assertReads({ administrator }: Caller): Promise<void> {
    assertReadsMails({ authority: await administration.authorityOf(administrator) });
  }

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

  const then = async (_caller: Caller, _outcome: unknown, { template = '' }) => ({
    status: 200,
    body: await view(template),
  });

  return [
    defineRoute({
      name: 'listMailTemplates',
      method: 'GET',
      path: '/mail-templates',
      scope: 'admin:read',
      tag: TAG,
      summary: { fr: 'Lister les courriels', en: 'List mail templates' },
      answers: {
        200: { schema: pageSchema(mailTemplateSchema), words: { fr: 'Les courriels', en: 'The mails' } },
      },
      async handle(call) {
        await assertReads(call);
        const items = await Promise.all(NAMES.map(view));
        return { status: 200, body: { items, total: items.length } };
      },
    }),
    defineRoute({
      name: 'getMailTemplate',
      method: 'GET',
      path: '/mail-templates/{template}',
      scope: 'admin:read',
      tag: TAG,
      summary: { fr: 'Lire un courriel', en: 'Read a mail template' },
      params: named,
      answers: { 200: one },
      async handle(call) {
        await assertReads(call);
        return { status: 200, body: await view(call.params.template) };
      },
    }),
    actRoute({
      name: 'updateMailTemplate',
      method: 'PUT',
      path: '/mail-templates/{template}',
      tag: TAG,
      summary: { fr: 'Changer les mots d’un courriel', en: 'Change the words of a mail' },
      act: mails.update,
      answers: { 200: one },
      then,
    }),
    actRoute({
      name: 'resetMailTemplate',
      method: 'POST',
      path: '/mail-templates/{template}/reset',
      tag: TAG,
      summary: { fr: 'Revenir aux mots d’origine', en: 'Return to the original words' },
      act: mails.reset,
      answers: { 200: one },
      then,
    }),
    defineRoute({
      name: 'previewMailTemplate',
      method: 'POST',
      path: '/mail-templates/{template}/preview',
      scope: 'admin:read',
      tag: TAG,
      summary: {
        fr: 'Voir un courriel avec des valeurs inventées, sans l’envoyer',
        en: 'See a mail with made-up values, without sending it',
      },
      params: named,
      body: z.strictObject({ subject: z.string().trim(), text: z.string() }),
      answers: { 200: { schema: mailPreviewSchema, words: { fr: 'Le courriel', en: 'The mail' } } },
      async handle(call) {
        await assertReads(call);
        const template = templateNamed(call.params.template);
        assertWording(template, call.body);
        const { subject, text, html } = await notify.preview(
          call.body,
          sampleData(MAIL_TEMPLATES[template], issuer),
        );
        return { status: 200, body: { subject, text, html } };
      },
    }),
  ];
}
