import { AppError, isAppError } from '#kernel/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import type { EnrolmentContext } from '../context.ts';
import { MAX_PROOF_BYTES, MOST_PROOFS, proofOf, proofTypeOf, takesDocuments } from '../documents.ts';
import { documentReplaced } from '../events.ts';
import { isBeingWritten } from '../life.ts';
import type { AccountRequest, ProofKind, ProofRef, ProofType } from '../request.ts';
import { goneRequest, refusalOf } from '../refusals.ts';
import { hasProof, missingOf } from '../steps.ts';
import { frameOf } from './frame.ts';

export const PROOF_LABELS: Readonly<Record<ProofKind, string>> = {
  signed_request: 'Demande signée',
  identity_card: 'Pièce d’identité',
  professional_card: 'Carte professionnelle',
  habilitation_form: 'Formulaire d’habilitation signé par le chef d’établissement',
};
export const TYPE_LABELS: Readonly<Record<ProofType, string>> = {
  'application/pdf': 'PDF',
  'image/jpeg': 'JPEG',
  'image/png': 'PNG',
  'image/heic': 'HEIC',
};
export const EXTENSIONS: Readonly<Record<ProofType, string>> = {
  'application/pdf': 'pdf',
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/heic': 'heic',
};
const KINDS = Object.keys(PROOF_LABELS) as readonly ProofKind[];

/** Each upload stands in memory while it is read. */
const MOST_AT_ONCE = 6;

interface Refusal {
  readonly code: string;
  readonly status: number;
  readonly message: string;
  readonly hint?: string | undefined;
}

export const proofsShown = ({ proofs }: AccountRequest) =>
  proofs.map(({ id, kind, type, bytes, addedAt, gone }) => ({
    id,
    label: PROOF_LABELS[kind],
    type: TYPE_LABELS[type],
    kibibytes: Math.ceil(bytes / 1024),
    addedAt,
    gone: gone ?? null,
  }));

export async function showProofs(
  { http }: Pick<EnrolmentContext, 'http'>,
  ctx: Context,
  request: AccountRequest,
  refusal: Refusal | null = null,
): Promise<void> {
  ctx.status = refusal?.status ?? 200;
  await http.render(ctx, 'enrolment/proofs', {
    ...frameOf(request, 'proofs'),
    isSent: !isBeingWritten(request.life),
    proofs: proofsShown(request),
    kinds: KINDS.map(value => ({ value, label: PROOF_LABELS[value] })),
    nextKind: KINDS.find(kind => !hasProof(request, kind)) ?? null,
    isFull: request.proofs.length >= MOST_PROOFS,
    alert: refusal,
  });
}

/** Documents of a request: added, taken away, and given back to who sent them, as downloads only. */
export function createProofPages(routes: Router, context: EnrolmentContext): void {
  const { http, requests, browsers, documents, scans, audit } = context;
  let underWay = 0;

  /** Changes the documents of a draft, or of a request under way; then the trail says so. */
  async function change(
    ctx: Context,
    request: AccountRequest,
    kind: ProofKind,
    to: (proofs: readonly ProofRef[]) => readonly ProofRef[],
  ): Promise<void> {
    if (isBeingWritten(request.life)) {
      await requests.save(request.id, before => ({ ...before, proofs: to(before.proofs) }));
      return;
    }
    await requests.act(
      request.id,
      { kind: 'requester' },
      () => ({ type: 'replace_document' }),
      before => {
        const after = { ...before, proofs: to(before.proofs) };
        if (missingOf(after).includes('proofs')) throw neededError();
        return after;
      },
    );
    const data = { request: request.id, kind };
    await audit.record(documentReplaced, { source: http.source(ctx), outcome: 'success', data });
  }

  async function add(ctx: Context, request: AccountRequest): Promise<Refusal | null> {
    const { form, file } = await http.readUpload(ctx, MAX_PROOF_BYTES);
    const kind = KINDS.find(one => one === form.get('kind'));
    if (!kind) return refusal('kind_missing', 'Dites de quel document il s’agit.');
    if (!file) return refusal('file_missing', 'Choisissez un fichier.');
    const type = proofTypeOf(file.content);
    if (!type)
      return refusal(
        'file_format',
        'Ce fichier n’est ni un PDF, ni une image JPEG, PNG ou HEIC.',
        'Photographiez le document, ou enregistrez-le en PDF.',
      );
    if (request.proofs.length >= MOST_PROOFS) return full();
    const { outcome } = await scans.judge(request, kind, file.content, http.source(ctx));
    if (outcome === 'infected')
      return refusal(
        'document_infected',
        'L’antivirus a trouvé un logiciel malveillant dans ce fichier : il n’a pas été gardé.',
        'Faites vérifier votre appareil, puis photographiez le document de nouveau.',
      );
    const proof = await documents.add(request, file.content, { kind, type, isScanned: outcome === 'clean' });
    try {
      // ORDER: the document is whole and durable before the request names it, and the answer comes after that.
      await change(ctx, request, kind, proofs => {
        if (proofs.length >= MOST_PROOFS) throw fullError();
        return [...proofs, proof];
      });
      return null;
    } catch (error) {
      await documents.discard(proof.id);
      if (isAppError(error, 'enrolment.proofs_full')) return full();
      throw error;
    }
  }

  const pageOf = ({ life }: AccountRequest) =>
    isBeingWritten(life) ? '/request/proofs' : '/request/documents';

  async function changing(ctx: Context, act: (request: AccountRequest) => Promise<void>): Promise<void> {
    const request = await browsers.find(ctx);
    if (!request) throw goneRequest();
    if (!takesDocuments(request)) throw refusalOf('enrolment.not_now');
    await act(request);
  }

  routes.get('/request/documents', ctx =>
    browsers.require(ctx, request =>
      takesDocuments(request) && !isBeingWritten(request.life)
        ? showProofs(context, ctx, request)
        : Promise.resolve(http.redirect(ctx, '/request')),
    ),
  );

  routes.post('/request/documents/add', ctx =>
    changing(ctx, async request => {
      if (underWay >= MOST_AT_ONCE) throw busy();
      underWay += 1;
      try {
        const refused = await add(ctx, request);
        if (refused) return await showProofs(context, ctx, request, refused);
        return http.redirect(ctx, pageOf(request));
      } catch (error) {
        if (!isAppError(error, 'http.too_large')) throw error;
        return await showProofs(context, ctx, request, {
          code: error.code,
          status: 413,
          message: 'Ce fichier est trop volumineux.',
          hint: 'Choisissez un fichier de 10 Mio au plus.',
        });
      } finally {
        underWay -= 1;
      }
    }),
  );

  routes.post('/request/documents/remove', async ctx => {
    const form = await http.readForm(ctx);
    await changing(ctx, async request => {
      const { id, kind } = proofOf(request, form.get('document'));
      // ORDER: no longer named first: a stop leaves a content without a name, which the sweep destroys.
      try {
        await change(ctx, request, kind, proofs => proofs.filter(proof => proof.id !== id));
      } catch (error) {
        if (!isAppError(error, 'enrolment.proof_needed')) throw error;
        const { code, status, publicMessage: message, hint } = error;
        return showProofs(context, ctx, request, { code, status, message, hint });
      }
      await documents.discard(id);
      return http.redirect(ctx, pageOf(request));
    });
  });

  routes.get('/request/documents/:id', ctx =>
    browsers.require(ctx, async request => {
      const proof = proofOf(request, String(ctx.params['id']));
      const content = await documents.content(proof);
      if (!content) throw refusalOf('enrolment.not_now');
      // SECURITY: a file of a stranger is never shown on our pages, whatever it claims to be.
      ctx.set('Content-Disposition', `attachment; filename="${proof.kind}.${EXTENSIONS[proof.type]}"`);
      ctx.set('Content-Security-Policy', "default-src 'none'; sandbox");
      ctx.type = 'application/octet-stream';
      ctx.body = content;
    }),
  );
}

function refusal(noun: string, message: string, hint?: string): Refusal {
  return { code: `enrolment.${noun}`, status: 422, message, hint };
}

const full = () =>
  refusal('proofs_full', `Une demande a ${MOST_PROOFS} documents au plus.`, 'Retirez-en un d’abord.');

function fullError(): AppError {
  return new AppError({ code: 'enrolment.proofs_full', status: 422, publicMessage: full().message });
}

/** What was sent whole stays whole: the new document first, then the old one goes. */
function neededError(): AppError {
  return new AppError({
    code: 'enrolment.proof_needed',
    status: 422,
    publicMessage: 'La demande a besoin de ce document.',
    hint: 'Ajoutez d’abord celui qui le remplace, puis retirez-le.',
  });
}

function busy(): AppError {
  return new AppError({
    code: 'enrolment.busy',
    status: 503,
    publicMessage: 'Trop de documents arrivent en même temps.',
    hint: 'Recommencez dans un instant. Ce que vous avez écrit est gardé.',
    retryAfterSeconds: 10,
  });
}
