import type { Clock, Sealer } from '#kernel/index.ts';
import type { Store } from '#store/index.ts';
import { createRequests, type Requests } from '../../src/enrolment/requests.ts';

/** A proof of three parts. */
export const PROOF = Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(1_200_000, 'x')]);

export const SETTINGS = {
  isOpen: true,
  draftDays: 7,
  startsPerSource: 20,
  mailsPerAddress: 10,
  mailsPerSource: 100,
  ticketSeconds: 900,
  openedMonths: 12,
  refusedMonths: 3,
  clamd: undefined,
  townsFile: undefined,
} as const;

export function openRequests(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly sealer: Sealer;
}): Requests {
  return createRequests({ ...deps, settings: SETTINGS });
}
