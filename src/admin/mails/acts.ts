import type { Directory } from '#directory/index.ts';
import {
  checkWording,
  MAIL_TEMPLATES,
  type MailTemplates,
  type MailWording,
  type MailWordings,
  type Notify,
  type TemplateName,
  type WordingProblem,
} from '#notify/index.ts';
import { z } from 'zod';
import { defineActEvent, type Act } from '../acts/act.ts';
import { conflict, invalidFields, notFound } from '../acts/refusals.ts';
import { sampleData } from './samples.ts';
import { createWordingActs, toLines } from './wording-acts.ts';

const template = z.string().max(100);
const revision = z.number().int().min(0);
const wording = {
  subject: z.string().trim(),
  text: z.string().transform(text => toLines(text).trim()),
};

const updateInput = z.strictObject({ template, revision, ...wording });
const resetInput = z.strictObject({ template, revision });
const trialInput = z.strictObject({ template, ...wording });

export interface MailActs {
  readonly update: Act<z.output<typeof updateInput>, void>;
  /** Back to the original words. */
  readonly reset: Act<z.output<typeof resetInput>, void>;
  /** Sends a trial to who asks for it, and to nobody else. */
  readonly trial: Act<z.output<typeof trialInput>, void>;
}

/** The template of that name. Throws `admin.not_found` (404). */
export function templateNamed(name: string): TemplateName {
  if (!Object.hasOwn(MAIL_TEMPLATES, name)) throw notFound();
  return name as TemplateName;
}

/** Throws `admin.invalid` (422), naming each placeholder that is wrong. */
export function assertWording(name: TemplateName, words: MailWording): void {
  const fields: Partial<Record<keyof MailWording, string>> = {};
  for (const problem of checkWording(MAIL_TEMPLATES[name], words))
    fields[problem.field] = [fields[problem.field], sentenceOf(problem)].filter(Boolean).join(' ');
  if (Object.keys(fields).length > 0) throw invalidFields(fields);
}

export function createMailActs(deps: {
  readonly wordings: MailWordings;
  readonly mailTemplates: MailTemplates;
  readonly notify: Notify;
  readonly directory: Directory;
  readonly issuer: string;
}): MailActs {
  const { wordings, mailTemplates, notify, directory, issuer } = deps;

  return {
    ...createWordingActs<TemplateName, MailWording>({
      update: {
        name: 'mail_template.update',
        title: 'Changer un courriel',
        event: defineActEvent('admin.mail_template.updated', 'Courriel changé'),
        schema: updateInput,
      },
      reset: {
        name: 'mail_template.reset',
        title: 'Revenir au courriel d’origine',
        event: defineActEvent('admin.mail_template.reset', 'Courriel d’origine repris'),
        schema: resetInput,
      },
      wordings,
      original: name => mailTemplates.original(name),
      named: templateNamed,
      assertWords: assertWording,
      wordsOf: ({ subject, text }) => ({ subject, text }),
    }),

    trial: {
      name: 'mail_template.trial',
      type: 'mail_template',
      action: 'update',
      title: 'S’envoyer un essai',
      event: defineActEvent('admin.mail_template.tried', 'Essai d’un courriel envoyé à soi-même'),
      schema: trialInput,
      about: ({ template: id }) => ({ id }),
      async plan({ template: id, ...words }, { administrator }) {
        const name = templateNamed(id);
        assertWording(name, words);
        const person =
          administrator.kind === 'person' ? await directory.professionals.get(administrator.sub) : null;
        const to = person?.email;
        if (to === undefined)
          throw conflict('admin.email_missing', {
            publicMessage: 'Vous n’avez pas d’adresse électronique : l’essai ne pourrait pas vous parvenir.',
          });
        return {
          account: person?.id,
          target: id,
          changes: { trial: [null, 'envoyé'] },
          apply: () =>
            notify.sendTrial({ to, wording: words, data: sampleData(MAIL_TEMPLATES[name], issuer) }),
        };
      },
    },
  };
}

function sentenceOf({ kind, field, name = '' }: WordingProblem): string {
  switch (kind) {
    case 'unknown':
      return `« {${name}} » n’existe pas dans ce courriel : retirez-le.`;
    case 'missing':
      return `« {${name}} » doit rester dans le texte : sans lui, le courriel ne sert à rien.`;
    case 'secret':
      return `« {${name}} » ne se met pas dans l’objet, qui s’affiche sur les écrans verrouillés.`;
    case 'line':
      return 'L’objet s’écrit sur une seule ligne.';
    case 'length':
      return field === 'subject'
        ? 'L’objet a de 1 à 150 caractères.'
        : 'Le texte a de 1 à 4 000 caractères, sans tabulation.';
  }
}
