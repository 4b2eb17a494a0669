import { addCalendarMonths } from '#accounts/index.ts';
import type { Audit } from '#audit/index.ts';
import type { SectionValues } from '#config/index.ts';
import { isAppError, type Clock } from '#kernel/index.ts';
import type { Documents } from './documents.ts';
import { proofsDestroyed, requestLapsed } from './events.ts';
import type { AccountRequest } from './request.ts';
import type { Requests } from './requests.ts';
import type { enrolmentSection } from './section.ts';

/** How long what was sent is kept. What was never sent ends by itself. */
export interface Retention {
  /**
   * Ends requests whose question nobody has answered, and destroys the documents of those that ended long enough ago;
   * the request itself, the hashes of its documents and the trail stay. Idempotent, and goes on after a stop.
   */
  run(): Promise<void>;
}

const AT_ONCE = 50;

export function createRetention(deps: {
  readonly clock: Clock;
  readonly requests: Requests;
  readonly documents: Documents;
  readonly audit: Audit;
  readonly settings: SectionValues<typeof enrolmentSection>;
}): Retention {
  const { clock, requests, documents, audit, settings } = deps;

  const isOver = (sinceAt: number, months: number) => addCalendarMonths(sinceAt, months) <= clock.now();

  /** Every request of an index under a prefix, until `act` resolves to false. */
  async function each(
    index: 'state' | 'retained',
    prefix: string,
    act: (request: AccountRequest) => Promise<boolean>,
  ): Promise<void> {
    let after: string | undefined;
    do {
      const page = await requests.list(index, {
        prefix,
        limit: AT_ONCE,
        ...(after !== undefined && { after }),
      });
      for (const request of page.items) if (!(await act(request))) return;
      after = page.next;
    } while (after !== undefined);
  }

  async function lapse({ id, life }: AccountRequest): Promise<boolean> {
    if (!isOver(life.askedAt ?? clock.now(), settings.refusedMonths)) return true;
    try {
      await requests.act(id, { kind: 'service' }, () => ({ type: 'lapse' }));
    } catch (error) {
      // Answered in this very moment: it goes on.
      if (isAppError(error, 'enrolment.not_now')) return true;
      throw error;
    }
    await audit.record(requestLapsed, { outcome: 'success', data: { request: id } });
    return true;
  }

  async function destroy({ id, life, proofs }: AccountRequest, months: number): Promise<boolean> {
    // In the order of their end: the rest is newer.
    if (!isOver(life.decidedAt ?? clock.now(), months)) return false;
    const live = proofs.filter(({ gone }) => gone === undefined);
    // ORDER: the contents, then the word that they are gone: a stop leaves a request that is found again.
    for (const proof of live) await documents.discard(proof.id);
    await requests.annotate(id, before => ({
      ...before,
      links: [],
      proofs: before.proofs.map(proof => ({ ...proof, gone: proof.gone ?? 'retention' })),
    }));
    await audit.record(proofsDestroyed, { outcome: 'success', data: { request: id, proofs: live.length } });
    return true;
  }

  return {
    async run() {
      await each('state', 'asked|', lapse);
      await each('retained', 'opened|', request => destroy(request, settings.openedMonths));
      for (const state of ['refused', 'withdrawn'])
        await each('retained', `${state}|`, request => destroy(request, settings.refusedMonths));
    },
  };
}
