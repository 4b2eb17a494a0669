import { hashToken, randomId, type Clock } from '#kernel/index.ts';
import type { Notify } from '#notify/index.ts';
import type { CollectionSpec, Doc, Store } from '#store/index.ts';
import type { AccountRequest } from './request.ts';
import type { Requests } from './requests.ts';

/** A link that was asked for by an address. `id` is the hash of its token. */
interface LostLink extends Doc {
  /** `null`: nobody asks for an account with that address, or they are not to be written to. */
  readonly request: string | null;
  readonly expiresAt: number;
}

const linksSpec: CollectionSpec<LostLink> = { name: 'enrolment_lost_links', version: 1, indexes: {} };

/** As long as the mail of a forgotten password: whoever asked is waiting for it. */
const VALID_MINUTES = 30;

/** A new link for who has lost theirs, by the address of the request. */
export interface LostLinks {
  /**
   * Sends a link to the newest request of that address. SECURITY: the same is looked up, written and composed for an
   * address that no request has; whether one has it is read from the mail alone.
   */
  send(address: string): Promise<void>;
  /** The request behind a live link; `null` for any other. */
  requestOf(token: string): Promise<AccountRequest | null>;
}

export function createLostLinks(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly notify: Notify;
  readonly requests: Requests;
  /** The public address of the service. */
  readonly issuer: string;
}): LostLinks {
  const { clock, notify, requests, issuer } = deps;
  const links = deps.store.collection(linksSpec);
  return {
    async send(address) {
      const found = await requests.ofMailbox(address);
      const token = randomId(32);
      await links.insert({
        id: hashToken(token),
        request: found?.id ?? null,
        expiresAt: clock.now() + VALID_MINUTES * 60,
      });
      const mail = {
        channel: 'email',
        template: 'request-link',
        data: { minutes: String(VALID_MINUTES), address: `${issuer}/request/link/${token}` },
        notAfterAt: clock.now() + VALID_MINUTES * 60,
      } as const;
      await (found ? notify.send({ ...mail, to: address }) : notify.pretend(mail));
    },
    async requestOf(token) {
      const link = await links.get(hashToken(token));
      return link && link.request !== null ? requests.get(link.request) : null;
    },
  };
}
