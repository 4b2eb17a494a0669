import { createHash } from 'node:crypto';
import { AppError, randomId, type Clock } from '#kernel/index.ts';
import type { CollectionSpec, Doc, Store } from '#store/index.ts';
import { pdfPages } from './pdf-pages.ts';
import { isOpen } from './life.ts';
import { waitsForTheirWord } from './steps.ts';
import type { AccountRequest, ProofKind, ProofRef, ProofType } from './request.ts';
import type { Requests } from './requests.ts';

/** Says that parts of a proof may lie in the store, so that what a stop left behind is found again. */
interface ProofHead extends Doc {
  readonly request: string;
  readonly addedAt: number;
}

interface ProofPart extends Doc {
  readonly proof: string;
  /** Base64. */
  readonly content: string;
}

const headsSpec: CollectionSpec<ProofHead> = {
  name: 'enrolment_proofs',
  version: 1,
  indexes: { added: { key: ({ addedAt }) => String(addedAt).padStart(12, '0') } },
};
const partsSpec: CollectionSpec<ProofPart> = {
  name: 'enrolment_proof_parts',
  version: 1,
  indexes: { proof: { key: ({ proof }) => proof } },
  sealed: ['content'],
};

/** The largest document that is taken. */
export const MAX_PROOF_BYTES = 10 * 1024 * 1024;
/** A request needs three documents; some are of two pages, photographed one by one. */
export const MOST_PROOFS = 9;
const PART_BYTES = 512 * 1024;
/** What an upload under way is given before its parts count as left behind. */
const UNDER_WAY_SECONDS = 3600;
const SWEEP_LIMIT = 200;

export interface Documents {
  /** Keeps a document and adds it to a request, in place of `replaces` when given. Resolves when it is durable. */
  add(
    request: AccountRequest,
    content: Buffer,
    what: { readonly kind: ProofKind; readonly type: ProofType; readonly isScanned?: boolean },
  ): Promise<ProofRef>;
  /** Its content, verified against its hash; `null` when it is not whole. */
  content(proof: ProofRef): Promise<Buffer | null>;
  /** Destroys the content of a document that no request names any more. Idempotent. */
  discard(id: string): Promise<void>;
  /** Destroys what belongs to no request: expired drafts, uploads that a stop cut short. */
  sweep(): Promise<void>;
}

export function createDocuments(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly requests: Pick<Requests, 'get'>;
}): Documents {
  const { clock, requests } = deps;
  const heads = deps.store.collection(headsSpec);
  const parts = deps.store.collection(partsSpec);

  async function discard(id: string): Promise<void> {
    // ORDER: the parts first: while the head is there, what is left of them is found again.
    await parts.removeBy('proof', id);
    await heads.remove(id);
  }

  return {
    discard,
    async add(request, content, { kind, type, isScanned = false }) {
      const id = randomId();
      const addedAt = clock.now();
      // ORDER: the head, so that a stop leaves nothing unknown; then all parts. Only then does the caller name the
      // document in its request: one that a request names is whole, and an answer is given after that.
      await heads.insert({ id, request: request.id, addedAt });
      const starts = Array.from({ length: Math.ceil(content.byteLength / PART_BYTES) }, (_, at) => at);
      for (const at of starts) {
        const part = content.subarray(at * PART_BYTES, (at + 1) * PART_BYTES);
        await parts.insert({ id: partId(id, at), proof: id, content: part.toString('base64') });
      }
      const sha256 = sha256Of(content);
      const pages = type === 'application/pdf' ? pdfPages(content) : undefined;
      const head = { id, kind, type, bytes: content.byteLength, sha256, addedAt, isScanned };
      return { ...head, ...(pages !== undefined && { pages }) };
    },
    async content({ id, bytes, sha256 }) {
      const read: Buffer[] = [];
      for (let at = 0; at < Math.ceil(bytes / PART_BYTES); at += 1) {
        const part = await parts.get(partId(id, at));
        if (part) read.push(Buffer.from(part.content, 'base64'));
      }
      const content = Buffer.concat(read);
      return sha256Of(content) === sha256 ? content : null;
    },
    async sweep() {
      const before = clock.now() - UNDER_WAY_SECONDS;
      let after: string | undefined;
      do {
        const page = await heads.list('added', {
          prefix: '',
          limit: SWEEP_LIMIT,
          ...(after !== undefined && { after }),
        });
        for (const { id, request: owner, addedAt } of page.items) {
          // In the order of their age: the rest is newer.
          if (addedAt > before) return;
          const request = await requests.get(owner);
          if (!request?.proofs.some(proof => proof.id === id)) await discard(id);
        }
        after = page.next;
      } while (after !== undefined);
    },
  };
}

const partId = (proof: string, at: number) => `${proof}.${String(at).padStart(3, '0')}`;
const sha256Of = (content: Buffer) => createHash('sha256').update(content).digest('hex');

/** SPEC: ISO/IEC 23008-12 §10: brands of HEIF files whose pictures are HEVC. */
const HEIC_BRANDS = new Set(['heic', 'heix', 'heim', 'heis', 'mif1', 'msf1']);

/** What the content is, whatever its name and declared type say; `null` for anything that is not asked for. */
export function proofTypeOf(content: Buffer): ProofType | null {
  const head = content.toString('latin1', 0, 12);
  if (head.startsWith('%PDF-')) return 'application/pdf';
  if (head.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png';
  if (head.slice(4, 8) === 'ftyp' && HEIC_BRANDS.has(head.slice(8, 12))) return 'image/heic';
  return null;
}

/** A document of the request by its id. Throws `enrolment.document_unknown` (404), whatever is wrong with it. */
export function proofOf(request: AccountRequest, id: string): ProofRef {
  const found = request.proofs.find(proof => proof.id === id);
  if (found?.gone === undefined && found) return found;
  throw new AppError({
    code: 'enrolment.document_unknown',
    status: 404,
    publicMessage: 'Ce document n’existe pas.',
  });
}

/** Documents may still be added to it by the person. */
export const takesDocuments = (request: AccountRequest): boolean =>
  request.proven === null &&
  isOpen(request.life) &&
  request.life.state !== 'second_needed' &&
  !waitsForTheirWord(request);
