import {
  MAX_PROOF_BYTES,
  MOST_PROOFS,
  proofTypeOf,
  type ProofRef,
  type RequestsOffice,
} from '#enrolment/index.ts';
import { z } from 'zod';
import type { Act } from '../acts/act.ts';
import { conflict, invalidFields } from '../acts/refusals.ts';
import { onRequest } from './talk-acts.ts';
import type { Treating } from './treating.ts';

const FILE_PROBLEM = 'Choisissez un PDF ou une image JPEG, PNG ou HEIC de 10 Mio au plus.';

const formInput = z.strictObject({
  ...onRequest,
  /** In base64. */
  file: z.string().max(Math.ceil(MAX_PROOF_BYTES / 3) * 4, FILE_PROBLEM),
});

/** Adds the form that the head of the establishment has signed: without one, no habilitation particulière is given. */
export type FormAct = Act<z.output<typeof formInput>, void>;

export function createFormAct(deps: {
  readonly enrolment: RequestsOffice;
  readonly treating: Treating;
}): FormAct {
  const { enrolment, treating } = deps;
  return treating.act({
    name: 'add_form',
    title: 'Ajouter un formulaire d’habilitation signé',
    past: 'Formulaire d’habilitation ajouté à une demande de compte',
    kind: () => 'form_added',
    schema: formInput,
    async plan(request, { turn, file }) {
      const content = Buffer.from(file, 'base64');
      const type = proofTypeOf(content);
      if (!type) throw invalidFields({ file: FILE_PROBLEM });
      if (request.proofs.length >= MOST_PROOFS) throw tooMany();
      let added: ProofRef | undefined;
      return {
        changes: { form: [null, `${Math.ceil(content.byteLength / 1024)} Kio`] },
        event: { type: 'correct', turn },
        // ORDER: whole and durable before the request names it; one that no request names is swept away.
        async prepare() {
          added = await enrolment.documents.add(request, content, { kind: 'habilitation_form', type });
        },
        also: before => (added ? { ...before, proofs: [...before.proofs, added] } : before),
      };
    },
  });
}

const tooMany = () =>
  conflict('admin.request_documents_full', {
    publicMessage: `Cette demande porte déjà ${MOST_PROOFS} documents.`,
  });
