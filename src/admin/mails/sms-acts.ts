import {
  checkSmsWording,
  MAX_SMS_SEGMENTS,
  MAX_SMS_WORDING,
  SMS_TEMPLATES,
  type MailTemplates,
  type Notify,
  type SmsProblem,
  type SmsTemplateName,
  type SmsWording,
  type SmsWordings,
} from '#notify/index.ts';
import { z } from 'zod';
import { defineActEvent, type Act } from '../acts/act.ts';
import { invalidFields, notFound } from '../acts/refusals.ts';
import { sampleData } from './samples.ts';
import { createWordingActs, toLines, type SeenWording } from './wording-acts.ts';

const seen = { template: z.string().max(100), revision: z.number().int().min(0) };
const updateInput = z.strictObject({ ...seen, text: z.string().transform(text => toLines(text).trim()) });

export interface SmsActs {
  readonly update: Act<SmsWording & SeenWording, void>;
  /** Back to the original words. */
  readonly reset: Act<SeenWording, void>;
}

/** What every text message may be given: its own texts, and the name of the service. */
export function smsPlaceholders(name: SmsTemplateName) {
  return ['regionName', ...SMS_TEMPLATES[name]] as const;
}

/** The text message of that name. Throws `admin.not_found` (404). */
export function smsNamed(name: string): SmsTemplateName {
  if (!Object.hasOwn(SMS_TEMPLATES, name)) throw notFound();
  return name as SmsTemplateName;
}

/** Reads text messages with samples in their place, and judges words. */
export interface SmsReader {
  /** As it would leave. */
  preview(name: SmsTemplateName, words: SmsWording): Promise<string>;
  /** Resolves to the message as it would leave. Throws `admin.invalid` (422), naming what is wrong. */
  check(name: SmsTemplateName, words: SmsWording): Promise<string>;
}

export function createSmsReader({ notify }: { readonly notify: Pick<Notify, 'previewSms'> }): SmsReader {
  const preview: SmsReader['preview'] = (name, words) =>
    notify.previewSms(words, sampleData(SMS_TEMPLATES[name], ''));
  return {
    preview,
    async check(name, words) {
      const sent = await preview(name, words);
      const problems = checkSmsWording(smsPlaceholders(name), words, sent);
      if (problems.length > 0) throw invalidFields({ text: problems.map(sentenceOf).join(' ') });
      return sent;
    },
  };
}

export function createSmsActs(deps: {
  readonly smsWordings: SmsWordings;
  readonly mailTemplates: MailTemplates;
  readonly reader: SmsReader;
}): SmsActs {
  const { smsWordings, mailTemplates, reader } = deps;
  return createWordingActs<SmsTemplateName, SmsWording>({
    update: {
      name: 'sms_template.update',
      title: 'Changer un SMS',
      event: defineActEvent('admin.sms_template.updated', 'SMS changé'),
      schema: updateInput,
    },
    reset: {
      name: 'sms_template.reset',
      title: 'Revenir au SMS d’origine',
      event: defineActEvent('admin.sms_template.reset', 'SMS d’origine repris'),
      schema: z.strictObject(seen),
    },
    wordings: smsWordings,
    original: name => mailTemplates.originalSms(name),
    named: smsNamed,
    assertWords: async (name, words) => void (await reader.check(name, words)),
    wordsOf: ({ text }) => ({ text }),
  });
}

function sentenceOf({ kind, name = '' }: SmsProblem): string {
  switch (kind) {
    case 'unknown':
      return `« {${name}} » n’existe pas dans ce SMS : retirez-le.`;
    case 'missing':
      return name === 'code'
        ? '« {code} » doit rester dans le texte : sans lui, le SMS ne sert à rien.'
        : `« {${name}} » doit rester dans le texte : sans le nom du service, personne ne sait qui écrit.`;
    case 'characters':
      return 'Le texte ne contient ni tabulation ni caractère invisible.';
    case 'length':
      return `Le texte a de 1 à ${MAX_SMS_WORDING} caractères.`;
    case 'segments':
      return `Un SMS est compté ${MAX_SMS_SEGMENTS} fois au plus : raccourcissez le texte.`;
  }
}
