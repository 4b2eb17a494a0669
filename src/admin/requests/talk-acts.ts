import type { AccountRequest, Handler, RequestsOffice } from '#enrolment/index.ts';
import type { Clock } from '#kernel/index.ts';
import { z } from 'zod';
import { defineActEvent, type Act } from '../acts/act.ts';
import { conflict, invalidFields } from '../acts/refusals.ts';
import { idField } from '../people/fields.ts';
import { placeOf, withStep, type Treating } from './treating.ts';
import { REFUSAL_REASONS, type RefusalReason } from './words.ts';

/** Several lines of plain text. */
export const textField = (max: number) =>
  z
    .string()
    .transform(text => text.replace(/\r\n?/gu, '\n').trim())
    .pipe(
      z
        .string()
        .min(1, 'Écrivez quelques mots.')
        .max(max, `Écrivez ${max} caractères au plus.`)
        .regex(/^[^\p{Cf}\p{Cs}]*$/u, 'Enlevez les signes invisibles.')
        .refine(text => !/[^\P{Cc}\n]/u.test(text), 'Enlevez les signes invisibles.'),
    );

/** Which request, and the turn of it that was looked at. */
export const onRequest = {
  request: idField,
  turn: z.int('Rechargez la page, puis recommencez.').min(0, 'Rechargez la page, puis recommencez.'),
};

const askInput = z.strictObject({ ...onRequest, question: textField(2000) });
const noteInput = z.strictObject({ request: idField, note: textField(2000) });
const refuseInput = z.strictObject({
  ...onRequest,
  reason_code: z.enum(
    Object.keys(REFUSAL_REASONS) as [RefusalReason, ...RefusalReason[]],
    'Choisissez un motif de la liste.',
  ),
  words: textField(1000).optional(),
});
const transferInput = z.strictObject({
  ...onRequest,
  /** Absent: to the region. */
  organisation: idField.optional(),
});

export interface TalkActs {
  /** A question to the person; the request waits for the answer. */
  readonly ask: Act<z.output<typeof askInput>, void>;
  /** A note among administrators. Needs no turn: it decides nothing. */
  readonly note: Act<z.output<typeof noteInput>, void>;
  /** The person reads the reason and the words. */
  readonly refuse: Act<z.output<typeof refuseInput>, void>;
  /** To the administrators of another establishment, or of the region. */
  readonly transfer: Act<z.output<typeof transferInput>, void>;
}

/** What administrators say about a request: to the person, among themselves, and to each other. */
export function createTalkActs(deps: {
  readonly enrolment: RequestsOffice;
  readonly clock: Clock;
  readonly treating: Treating;
}): TalkActs {
  const { enrolment, clock, treating } = deps;
  const { requests, places } = enrolment;

  const withMessage = (text: string) => (before: AccountRequest) => ({
    ...before,
    messages: [...before.messages, { from: 'administrator' as const, text, at: clock.now() }],
  });

  async function nameOf(handler: Handler | undefined): Promise<string> {
    if (handler?.kind !== 'local') return 'Région';
    return (await places.find(handler.organisation))?.name ?? handler.organisation;
  }

  return {
    ask: treating.act({
      name: 'ask',
      title: 'Poser une question',
      past: 'Question posée sur une demande de compte',
      kind: () => 'asked',
      schema: askInput,
      plan: async ({ life }, { turn, question }) => ({
        changes: { state: [life.state, 'asked'] },
        event: { type: 'ask', turn },
        errand: 'question',
        also: withMessage(question),
      }),
    }),

    note: {
      name: 'account_request.note',
      type: 'account_request',
      action: 'decide',
      title: 'Ajouter une note interne',
      event: defineActEvent('admin.account_request.note', 'Note ajoutée à une demande de compte'),
      schema: noteInput,
      about: ({ request }) => ({ id: request }),
      resolve: async ({ request }) => placeOf(await treating.sent(request)),
      async plan({ request, note }, { actor }) {
        const { id } = await treating.sent(request);
        return {
          target: id,
          // What is written stays with the request: the trail says that something was.
          changes: { note: [null, `${note.length} caractères`] },
          async apply() {
            const step = { kind: 'note', at: clock.now(), by: actor, words: note } as const;
            await requests.annotate(id, before => withStep(before, step));
          },
        };
      },
    },

    refuse: treating.act({
      name: 'refuse',
      title: 'Refuser la demande',
      past: 'Demande de compte refusée',
      kind: () => 'refused',
      schema: refuseInput,
      async plan({ life }, { turn, reason_code, words }) {
        if (reason_code === 'other' && words === undefined)
          throw invalidFields({ words: 'Expliquez le motif : la personne le lira.' });
        const text = [REFUSAL_REASONS[reason_code], words].filter(Boolean).join('\n');
        return {
          words: text,
          changes: { state: [life.state, 'refused'], reason_code: [null, reason_code] },
          event: { type: 'refuse', turn },
          errand: 'refusal',
          also: withMessage(text),
        };
      },
    }),

    transfer: treating.act({
      name: 'transfer',
      title: 'Transmettre la demande',
      past: 'Demande de compte transmise à d’autres administrateurs',
      kind: () => 'transferred',
      schema: transferInput,
      async plan({ life }, { turn, organisation }) {
        const to: Handler =
          organisation === undefined ? { kind: 'regional' } : { kind: 'local', organisation };
        if (to.kind === 'local') {
          const place = await places.find(to.organisation);
          if (!place) throw invalidFields({ organisation: 'Cet établissement n’existe pas.' });
          // Somebody must be there to treat it: it would be forgotten.
          const found = await places.handlerOf({
            kind: 'organisation',
            organisation: place.id,
            name: place.name,
          });
          if (found.kind !== 'local' || found.organisation !== to.organisation) throw nobodyThere();
        }
        const [from, towards] = [await nameOf(life.handler), await nameOf(to)];
        if (from === towards) throw invalidFields({ organisation: 'La demande y est déjà.' });
        return {
          words: `${from} → ${towards}`,
          changes: { handler: [from, towards] },
          event: { type: 'transfer', turn, handler: to },
          // A question that has not left yet goes first.
          also: before => ({ ...before, errand: before.errand ?? 'transfer' }),
        };
      },
    }),
  };
}

function nobodyThere() {
  return conflict('admin.request_without_administrator', {
    publicMessage: 'Cet établissement n’a pas d’administrateur local présent.',
    hint: 'Transmettez la demande à la région.',
  });
}
