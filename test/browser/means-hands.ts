import { expect } from 'chai';
import { generateSync } from 'otplib';
import type { Page } from 'playwright-core';
import { systemClock } from '#kernel/index.ts';
import { readOutbox, type OutboxMessage } from '../../scripts/interop/outbox.ts';
import type { Demo, Visitor } from './support.ts';

export const ACR = {
  code: 'urn:trousseau:acr:code',
  mfa: 'urn:trousseau:acr:mfa',
  card: 'urn:trousseau:acr:card',
} as const;

/** Leaves for the DCC, which asks for that level; the first page of the sign-in follows, or the DCC itself. */
export async function leaveForDcc(demo: Demo, { page }: Visitor, acr: string): Promise<void> {
  const query = new URLSearchParams({ return_to: '/patients', acr_values: acr });
  await page.goto(`${demo.instance().dccUrl}/sign-in?${query}`);
}

export async function identify(
  demo: Demo,
  visitor: Visitor,
  login: string,
  password?: string,
): Promise<void> {
  await visitor.type('#login', login);
  await visitor.type('#password', password ?? demo.instance().passwords[login] ?? '');
  await visitor.press('#continue');
}

interface Proof {
  readonly acr: string;
  readonly amr: readonly string[];
}

/** What the DCC shows of the sign-in: the `acr` and the `amr` of its ID token. */
export async function expectProof(page: Page, { acr, amr }: Proof): Promise<void> {
  expect(await page.textContent('[data-acr]')).to.equal(acr);
  const shown = await page.textContent('[data-amr]');
  expect(shown?.split(' ')).to.have.members([...amr]);
}

export async function expectAtDcc(visitor: Visitor, proof: Proof): Promise<void> {
  await visitor.see('.patients', 'patients');
  await expectProof(visitor.page, proof);
}

/** The code that an application of codes shows so many seconds from now. */
export function appCode(key: string, aheadSeconds = 0): string {
  return generateSync({ secret: key.replaceAll(' ', ''), epoch: systemClock.now() + aheadSeconds });
}

/** The key that a page shows in text. */
export async function keyOn({ page }: Visitor): Promise<string> {
  return (await page.textContent('code.key')) ?? '';
}

/** The newest message to that address or telephone which is not among those `seen`, which it joins. */
export async function newMessage(
  demo: Demo,
  to: string,
  seen: Set<string>,
  { about = /./u, seconds = 30 }: { readonly about?: RegExp; readonly seconds?: number } = {},
): Promise<OutboxMessage> {
  const until = systemClock.now() + seconds;
  for (;;) {
    const messages = await readOutbox(demo.instance().outboxUrl);
    const found = messages.find(
      message => message.to === to && !seen.has(message.id) && about.test(message.text),
    );
    if (found) {
      seen.add(found.id);
      return found;
    }
    if (systemClock.now() > until) throw new Error(`no message came to ${to}`);
    await new Promise(resolve => setTimeout(resolve, 100));
  }
}

/** The code of the newest text message to a telephone. */
export async function smsCode(demo: Demo, phone: string, seen: Set<string>): Promise<string> {
  const { text } = await newMessage(demo, phone, seen, { about: /\b\d{6}\b/u });
  return /\b\d{6}\b/u.exec(text)?.[0] ?? '';
}

/** A refusal stands on the page, with words that say what happened. */
export async function expectRefusal(visitor: Visitor, code: string, words: string): Promise<void> {
  await visitor.see(`[role="alert"][data-code="${code}"]`, code);
  expect(await visitor.page.textContent('[role="alert"]')).to.include(words);
}
