import { EXTENSIONS, MAX_PROOF_BYTES, proofOf, type AccountRequest } from '#enrolment/index.ts';
import { AppError, isAppError } from '#kernel/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import { defineActEvent } from '../acts/act.ts';
import { notFound } from '../acts/refusals.ts';
import type { AdminContext } from '../context.ts';
import type { Clerk } from '../desk.ts';
import { submitAct, toRefusal } from '../forms.ts';
import type { Logos } from '../logos/index.ts';
import { turnOf, type FilePages } from './file-page.ts';
import type { RequestActs } from './index.ts';

/** A copy of somebody’s identity card is read by nobody without a trace. */
export const documentRead = defineActEvent(
  'admin.account_request.document_read',
  'Justificatif d’une demande de compte lu',
);

/** Documents of a request: as downloads, or as pictures drawn again; and the form that administrators add. */
export function createDocumentPages(
  routes: Router,
  context: AdminContext,
  { acts, files, logos }: { readonly acts: RequestActs; readonly files: FilePages; readonly logos: Logos },
): void {
  const { http, desk, audit, enrolment } = context;

  /** The document that the address names, read and traced. Throws 404, whatever is wrong. */
  async function read(ctx: Context, clerk: Clerk) {
    const request = await files.seen(ctx, clerk);
    const proof = proofNamed(request, String(ctx.params['document']));
    const content = await enrolment.documents.content(proof);
    if (!content) throw notFound();
    // SECURITY: the trail first; without its line, no document.
    await audit.record(documentRead, {
      actor: clerk.sub,
      source: http.source(ctx),
      acr: clerk.session.acr,
      outcome: 'success',
      data: { target: `${request.id}/${proof.kind}`, via: 'page' },
    });
    return { proof, content };
  }

  routes.get('/admin/requests/:id/documents/:document', ctx =>
    desk.openFor(ctx, ['account_request', 'read'], async clerk => {
      const { proof, content } = await read(ctx, clerk);
      // SECURITY: what somebody has sent is never shown in our origin: a download of its true type, and of no other.
      ctx.set('Content-Disposition', `attachment; filename="${proof.kind}.${EXTENSIONS[proof.type]}"`);
      ctx.set('Cache-Control', 'no-store');
      ctx.type = proof.type;
      ctx.body = content;
    }),
  );

  routes.get('/admin/requests/:id/documents/:document/picture', ctx =>
    desk.openFor(ctx, ['account_request', 'read'], async clerk => {
      const { content } = await read(ctx, clerk);
      const drawn = await logos.drawProof(content);
      if (typeof drawn === 'string') throw notDrawn();
      ctx.set('Content-Disposition', 'inline');
      ctx.set('Cache-Control', 'no-store');
      ctx.type = 'image/png';
      ctx.body = Buffer.from(drawn);
    }),
  );

  routes.post('/admin/requests/:id/form', ctx =>
    desk.openFor(ctx, ['account_request', 'decide'], async clerk => {
      const request = await files.seen(ctx, clerk);
      const again = (error: AppError) => files.show(ctx, clerk, request, { refusal: toRefusal(error) });
      try {
        const { form, file } = await http.readUpload(ctx, MAX_PROOF_BYTES);
        const input = {
          request: request.id,
          turn: turnOf(form),
          file: file?.content.toString('base64') ?? '',
        };
        await submitAct(
          context,
          ctx,
          clerk,
          { act: acts.addForm, input },
          {
            again: refusal => files.show(ctx, clerk, request, { refusal }),
            then: () => `/admin/requests/${request.id}?done=form`,
          },
        );
      } catch (error) {
        // Too large: said on the page, where another file can be chosen.
        if (!isAppError(error, 'http.too_large')) throw error;
        await again(error);
        ctx.status = error.status;
      }
    }),
  );
}

/** SECURITY: documents are reached through their request only. */
function proofNamed(request: AccountRequest, id: string) {
  try {
    return proofOf(request, id);
  } catch (error) {
    throw isAppError(error, 'enrolment.document_unknown') ? notFound() : error;
  }
}

function notDrawn(): AppError {
  return new AppError({
    code: 'admin.picture_not_drawn',
    status: 404,
    publicMessage: 'Cette image ne peut pas être montrée ici.',
    hint: 'Téléchargez le document.',
  });
}
