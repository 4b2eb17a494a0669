import { createHmac } from 'node:crypto';
import {
  equalsInConstantTime,
  hashToken,
  randomDigits,
  randomId,
  type Clock,
  type Sealer,
} from '#kernel/index.ts';
import type { Account } from '#accounts/index.ts';
import type { Counters } from '#signin/index.ts';
import type { CollectionSpec, Doc, Store } from '#store/index.ts';

/** `forgotten`: asked for on a page; `first`: sent to whoever has a new account. */
export type LinkPurpose = 'forgotten' | 'first';

/** Leave to choose a password once. `id` is the hash of the token in the address that was sent. */
export interface PasswordLink extends Doc {
  readonly purpose: LinkPurpose;
  /** Whose password; `null` for nobody, who sees the same pages. */
  readonly account: string | null;
  /** Hash of the token that the browser keeps: the one that asked, or of a first password the last that opened it. */
  readonly browser?: string;
  /** HMAC of the digits that may be typed instead of opening the address. */
  readonly mac?: string;
  /** The address was opened, or the code typed, in that browser. */
  readonly isProven: boolean;
  /** INVARIANT: good for this password only (`markOf`). Whatever changed it meanwhile has ended this link too. */
  readonly password: string | null;
  /** The sign-in that the person came from. */
  readonly interaction?: string;
  readonly expiresAt: number;
}

const linksSpec: CollectionSpec<PasswordLink> = {
  name: 'password_links',
  version: 1,
  indexes: { browser: { key: ({ browser }) => browser, unique: true } },
};

/** More than at sign-in: alone they lead to a password, and they are good for longer. */
const CODE_DIGITS = 8;
const CODE_TRIES = 5;

export type CodeProblem = 'forgotten.code_wrong' | 'forgotten.code_exhausted' | 'forgotten.link_ended';

/**
 * Tells a password of an account from every other that it has had or will have, the same words chosen again included,
 * since their hash has another salt; `null` for none. Nothing of the hash can be read from it.
 */
export function markOf(account: Pick<Account, 'passwordHash'> | null | undefined): string | null {
  return account?.passwordHash === undefined ? null : hashToken(account.passwordHash);
}

/** What was made for whom. The token and the code are kept nowhere. */
export interface NewLink {
  readonly purpose: LinkPurpose;
  readonly account: string | null;
  readonly password: string | null;
  readonly validSeconds: number;
  readonly interaction?: string;
}

/** The links and what proves that their mail was read. Knows neither people nor mails. */
export interface PasswordLinks {
  /** For the browser that asks: the tokens of the address and of the browser, and the code. */
  issueHere(
    link: NewLink,
  ): Promise<{ readonly token: string; readonly browser: string; readonly code: string }>;
  /** For whoever reads the mail, on any browser; resolves to the token of the address. */
  issueAnywhere(link: NewLink): Promise<string>;
  /** The live one that a browser holds. */
  ofBrowser(browser: string): Promise<PasswordLink | null>;
  /** The live one of an address; looking changes nothing. */
  ofToken(token: string): Promise<PasswordLink | null>;
  /** Notes that the address was opened where it had been asked for. Again and again the same. */
  prove(link: PasswordLink): Promise<boolean>;
  /** Gives a first password's link to the browser that opens it; resolves to the browser's token. */
  claim(link: PasswordLink): Promise<string | null>;
  /** Judges a code that was typed. A few tries, counted before they are judged. */
  tryCode(link: PasswordLink, typed: string): Promise<CodeProblem | null>;
  /** Takes a proven link away: under a race exactly one caller gets it. */
  take(link: PasswordLink): Promise<PasswordLink | null>;
  /** Gives back what was taken for nothing (a password that does not suit). */
  giveBack(link: PasswordLink): Promise<void>;
}

export function createPasswordLinks(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly sealer: Sealer;
  readonly counters: Counters;
}): PasswordLinks {
  const { clock, counters } = deps;
  const links = deps.store.collection(linksSpec);
  const key = deps.sealer.derive('forgotten code');

  /** SECURITY: eight digits are guessed from a bare hash at once; the key keeps a stolen table useless. */
  const macOf = (id: string, digits: string) =>
    createHmac('sha256', key).update(`${id}\n${digits}`).digest('base64url');

  function newLink({ validSeconds, ...link }: NewLink) {
    const token = randomId(32);
    return {
      token,
      doc: { ...link, id: hashToken(token), isProven: false, expiresAt: clock.now() + validSeconds },
    };
  }

  return {
    async issueHere(link) {
      const { token, doc } = newLink(link);
      const browser = randomId(32);
      const code = randomDigits(CODE_DIGITS);
      // For nobody the same is written: the time of the answer tells nothing.
      await links.insert({ ...doc, browser: hashToken(browser), mac: macOf(doc.id, code) });
      return { token, browser, code };
    },
    async issueAnywhere(link) {
      const { token, doc } = newLink(link);
      await links.insert(doc);
      return token;
    },
    ofBrowser: browser => links.findOne('browser', hashToken(browser)),
    ofToken: token => links.get(hashToken(token)),
    prove: async link => (await links.update(link.id, before => ({ ...before, isProven: true }))) !== null,
    async claim(link) {
      const browser = randomId(32);
      const claimed = await links.update(link.id, before =>
        before.purpose === 'first' ? { ...before, browser: hashToken(browser), isProven: true } : before,
      );
      return claimed ? browser : null;
    },
    async tryCode({ id, mac, account, expiresAt }, typed) {
      const tries = await counters.count({
        name: 'tries',
        id: `forgotten:tries:${id}`,
        max: CODE_TRIES,
        windowSeconds: Math.max(1, expiresAt - clock.now()),
      });
      if (tries === null) return 'forgotten.code_exhausted';
      const isRight = mac !== undefined && equalsInConstantTime(macOf(id, typed.replace(/\s+/gu, '')), mac);
      // SECURITY: nobody's code is never right, whatever was drawn for it.
      if (!isRight || account === null)
        return tries < CODE_TRIES ? 'forgotten.code_wrong' : 'forgotten.code_exhausted';
      const proven = await links.update(id, before => ({ ...before, isProven: true }));
      return proven ? null : 'forgotten.link_ended';
    },
    // INVARIANT: single use. What was not proven is not taken, whatever page was posted to.
    take: link => links.consume(link.id, ({ isProven, browser }) => isProven && browser === link.browser),
    giveBack: link => links.insert(link),
  };
}
