import type { AccountRequest, Answers, RequestsOffice } from '#enrolment/index.ts';
import { nameOf, professionOf, rppsOf } from '#enrolment/index.ts';
import type { Directory } from '#directory/index.ts';
import { checkRpps } from '#kernel/index.ts';
import { z } from 'zod';
import type { Act } from '../acts/act.ts';
import { changesBetween } from '../acts/changes.ts';
import { conflict, invalidFields } from '../acts/refusals.ts';
import { identityFields, idField, lineField, phoneField } from '../people/fields.ts';
import { onRequest } from './talk-acts.ts';
import type { Treating } from './treating.ts';

const correctInput = z.strictObject({
  ...onRequest,
  civility: identityFields.civility,
  given_name: lineField(100).optional(),
  family_name: lineField(100).optional(),
  profession: lineField(10).optional(),
  rpps: z
    .string()
    .transform(text => text.replace(/\s/gu, ''))
    .refine(text => text === '' || checkRpps(text).ok, 'Vérifiez les 11 chiffres du numéro RPPS.')
    .optional(),
  phone: phoneField.optional(),
  organisation: idField.optional(),
});

type CorrectInput = z.output<typeof correctInput>;

export type CorrectAct = Act<CorrectInput, void>;

/**
 * Corrects what was declared; before and after stand in the trail and in the history. What a card has proven is never
 * corrected, nor the address, which the person has verified.
 */
export function createCorrectAct(deps: {
  readonly enrolment: RequestsOffice;
  readonly directory: Directory;
  readonly treating: Treating;
}): CorrectAct {
  const { enrolment, directory, treating } = deps;
  const { requests, duplicates, places } = enrolment;

  /** The answers as corrected. */
  async function corrected(request: AccountRequest, given: CorrectInput): Promise<Answers> {
    const { answers } = request;
    const { civility, given_name, family_name, profession, rpps, phone, organisation } = given;
    const name = answers.name ?? { civility: '', givenName: '', familyName: '' };
    const place = organisation === undefined ? null : await places.find(organisation);
    if (organisation !== undefined && !place)
      throw invalidFields({ organisation: 'Cet établissement n’existe pas.' });
    if (profession !== undefined && !directory.codes.professions().some(({ code }) => code === profession))
      throw invalidFields({ profession: 'Choisissez une profession de la liste.' });
    return {
      ...answers,
      ...(profession !== undefined && { profession: { code: profession } }),
      // The register was asked about another number.
      ...(rpps !== undefined &&
        rpps !== (answers.number?.rpps ?? '') && {
          number: { rpps: rpps === '' ? null : rpps, register: { outcome: 'unknown' as const } },
        }),
      name: {
        civility: civility ?? name.civility,
        givenName: given_name ?? name.givenName,
        familyName: family_name ?? name.familyName,
      },
      ...(phone !== undefined && { phones: { others: answers.phones?.others ?? [], mobile: phone } }),
      ...(place && {
        workplace: { kind: 'organisation' as const, organisation: place.id, name: place.name },
      }),
    };
  }

  return treating.act<CorrectInput>({
    name: 'correct',
    title: 'Corriger la demande',
    past: 'Demande de compte corrigée par un administrateur',
    kind: () => 'corrected',
    schema: correctInput,
    async plan(request, input) {
      if (request.proven && [input.civility, input.given_name, input.family_name, input.rpps].some(Boolean))
        throw conflict('admin.request_proven', {
          publicMessage: 'Ce qu’une carte ou Pro Santé Connect a prouvé ne se corrige pas.',
        });
      const answers = await corrected(request, input);
      const after = { ...request, answers };
      const [marks, found] = [requests.marksOf(after), await duplicates.find(after)];
      const changes = changesBetween(shownOf(request), shownOf(after));
      if (Object.keys(changes).length === 0) throw invalidFields({ family_name: 'Rien n’a été changé.' });
      return {
        words: Object.entries(changes)
          .map(([field, [was, is]]) => `${FIELDS[field] ?? field} : « ${was ?? ''} » → « ${is ?? ''} »`)
          .join('\n'),
        changes,
        event: { type: 'correct', turn: input.turn },
        // SECURITY: whom it resembles now is nobody who decides on it.
        also: before => ({
          ...before,
          answers,
          marks,
          duplicates: found,
          life: {
            ...before.life,
            own: [
              ...new Set([
                ...before.life.own,
                ...found.flatMap(({ by, account }) =>
                  by === 'name' || account === undefined ? [] : [account],
                ),
              ]),
            ],
          },
        }),
      };
    },
  });
}

/** What the history calls them. */
const FIELDS: Readonly<Record<string, string>> = {
  civility: 'Civilité',
  given_name: 'Prénom',
  family_name: 'Nom',
  profession: 'Profession',
  rpps: 'RPPS',
  phone: 'Mobile',
  organisation: 'Établissement',
};

function shownOf(request: AccountRequest): Readonly<Record<string, unknown>> {
  const name = nameOf(request);
  const { phones, workplace } = request.answers;
  return {
    civility: name?.civility,
    given_name: name?.givenName,
    family_name: name?.familyName,
    profession: professionOf(request),
    rpps: rppsOf(request),
    phone: phones?.mobile,
    organisation: workplace?.kind === 'organisation' ? workplace.organisation : workplace?.kind,
  };
}
