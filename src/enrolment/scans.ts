import type { Audit } from '#audit/index.ts';
import type { Scanner, ScanVerdict } from './clamd.ts';
import type { Documents } from './documents.ts';
import { documentInfected } from './events.ts';
import type { AccountRequest, ProofRef } from './request.ts';
import type { Requests } from './requests.ts';

/** What an antivirus says of documents, as they come and, after an outage, later. */
export interface Scans {
  /** Of a document that has just come; `unavailable` as well where the region has no antivirus. */
  judge(
    request: AccountRequest,
    kind: ProofRef['kind'],
    content: Buffer,
    source?: string,
  ): Promise<ScanVerdict>;
  /** Scans what was not: the oldest first, until the antivirus is away again. Idempotent. */
  catchUp(): Promise<void>;
}

const AT_ONCE = 20;

export function createScans(deps: {
  readonly scanner: Scanner | null;
  readonly requests: Requests;
  readonly documents: Documents;
  readonly audit: Audit;
}): Scans {
  const { scanner, requests, documents, audit } = deps;

  async function judge(
    { id }: AccountRequest,
    kind: ProofRef['kind'],
    content: Buffer,
    source?: string,
  ): Promise<ScanVerdict> {
    const verdict = (await scanner?.scan(content)) ?? { outcome: 'unavailable' };
    if (verdict.outcome === 'infected')
      await audit.record(documentInfected, {
        ...(source !== undefined && { source }),
        outcome: 'refused',
        data: { request: id, kind, signature: verdict.signature },
      });
    return verdict;
  }

  const mark = (request: AccountRequest, id: string, to: Partial<ProofRef>) =>
    requests.annotate(request.id, before => ({
      ...before,
      proofs: before.proofs.map(proof => (proof.id === id ? { ...proof, ...to } : proof)),
    }));

  /** False when the antivirus is away. */
  async function scanAll(request: AccountRequest): Promise<boolean> {
    for (const proof of request.proofs.filter(isUnscanned)) {
      const content = await documents.content(proof);
      if (!content) continue;
      const verdict = await judge(request, proof.kind, content);
      if (verdict.outcome === 'unavailable') return false;
      if (verdict.outcome === 'clean') await mark(request, proof.id, { isScanned: true });
      else {
        // ORDER: marked first: a stop leaves a document that nobody is given any more, and its content for the next round.
        await mark(request, proof.id, { gone: 'infected' });
        await documents.discard(proof.id);
      }
    }
    return true;
  }

  return {
    judge,
    async catchUp() {
      if (!scanner) return;
      let after: string | undefined;
      do {
        const page = await requests.list('unscanned', {
          prefix: '',
          limit: AT_ONCE,
          ...(after !== undefined && { after }),
        });
        for (const request of page.items) if (!(await scanAll(request))) return;
        after = page.next;
      } while (after !== undefined);
    },
  };
}

/** No antivirus has said anything of it yet. */
export const isUnscanned = ({ isScanned, gone }: ProofRef): boolean => !isScanned && gone === undefined;
