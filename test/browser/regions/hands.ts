import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { answerTo } from '../../enrolment/applicant.ts';
import { newMessage } from '../means-hands.ts';
import type { Demo, Visitor } from '../support.ts';

/** Somebody who is to have an account. Their mails go to `<login>@exemple.fr`. */
export interface Newcomer {
  readonly login: string;
  readonly familyName: string;
  readonly givenName: string;
  /** Without one, no physician: a nurse. */
  readonly rpps?: string;
  /** Words of the establishment, or none: libéral. */
  readonly workplace?: { readonly words: string; readonly id: string };
  readonly network: string;
}

export const PASSWORD = 'Garrigue-Mistral-47!';
const PDF = { name: 'scan.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.7\n%%EOF\n') };
/** A mail leaves within two seconds of its job; a machine under load is given its time. */
const PATIENCE = { seconds: 60 };

export const addressOf = ({ login }: Newcomer): string => `${login}@exemple.fr`;

/** What a person does at a page. */
export type Hands = Pick<Visitor, 'page' | 'type' | 'press' | 'tick' | 'see'>;

/** The règlement and the question of the first page. */
export async function begin({ page, type, press, tick, see }: Hands): Promise<void> {
  await see('#terms', 'terms');
  await type('#answer', answerTo((await page.textContent('#answer-label')) ?? ''));
  await tick('#accept');
  await press('#continue');
}

/** From the sign-in's first page, through all steps of the form, to the request received. */
export async function ask(demo: Demo, visitor: Visitor, who: Newcomer, seen: Set<string>): Promise<void> {
  const { page, type, press, tick, see } = visitor;
  await page.goto(demo.instance().issuer);
  await press('a[href="/request"]');
  await begin(visitor);
  await see('#profession', 'profession');
  await tick(`input[name=profession][value="${who.rpps === undefined ? 60 : 10}"]`);
  await press('#continue');
  if (who.rpps !== undefined) {
    // One digit is wrong.
    await type('#rpps', `${who.rpps.slice(0, -1)}${(Number(who.rpps.at(-1)) + 1) % 10}`);
    await press('#continue');
    await see('[data-code="enrolment.step_incomplete"]', 'number-refused');
  }
  await type('#rpps', who.rpps ?? '');
  await press('#continue');
  await see('#name', 'name');
  await tick('input[name=civility][value=MME]');
  await type('#family_name', who.familyName);
  await type('#given_name', who.givenName);
  await press('#continue');
  await placeAndContact(demo, visitor, who, seen);
  await see('#document', 'proofs');
  for (const kind of ['signed_request', 'identity_card']) await attach(visitor, kind);
  await see('#proofs', 'proofs-added');
  await press('#proofs #continue');
  await send(visitor);
}

/** Whoever an administrator has registered is told their login in one mail, and their first password in another. */
export async function firstPassword(demo: Demo, who: Newcomer, seen: Set<string>): Promise<string> {
  const to = addressOf(who);
  const login = await newMessage(demo, to, seen, { about: /Votre identifiant est/u, ...PATIENCE });
  expect(login.text).to.include(who.login);
  const { text } = await newMessage(demo, to, seen, { about: /première connexion/u, ...PATIENCE });
  const [, password = ''] = /^\s{4}(\S+)$/mu.exec(text) ?? [];
  expect(login.text, 'login and password go out in two mails').not.to.include(password);
  return password;
}

/** Address, establishment, telephone, e-mail with its code, and networks: what no card knows. */
export async function placeAndContact(
  demo: Demo,
  { page, type, press, tick, see }: Hands,
  who: Newcomer,
  seen: Set<string>,
): Promise<void> {
  await see('#street', 'address');
  await type('#street', '2 boulevard Tonnellé');
  await type('#postcode', '37000');
  await press('#continue');
  if (who.workplace) {
    await type('#q', who.workplace.words);
    await press('form[role=search] button');
  }
  await see('#workplace', 'workplace');
  await tick(`input[name=workplace][value="${who.workplace ? `place:${who.workplace.id}` : 'liberal'}"]`);
  await press('#workplace #continue');
  await see('#mobile', 'phones');
  await type('#mobile', '06 12 34 56 78');
  await press('#continue');
  await see('#email', 'email');
  await type('input[name=email]', addressOf(who));
  await type('input[name=email_again]', addressOf(who));
  await press('#continue');
  await see('#code', 'code');
  const { text } = await newMessage(demo, addressOf(who), seen, { about: /^\s+\d{6}$/mu, ...PATIENCE });
  await type('#code input[name=code]', /\b\d{6}\b/u.exec(text)?.[0] ?? '');
  await press('#continue');
  await see('#interests', 'interests');
  await tick(`input[name=networks][value=${who.network}]`);
  await press('#continue');
  expect(new URL(page.url()).pathname).to.match(/^\/request\/(?:proofs|summary)$/u);
}

async function attach({ page, choose, press }: Visitor, kind: string): Promise<void> {
  await choose('#kind', kind);
  await page.setInputFiles('#file', PDF);
  await press('#document button');
}

/** The summary, sent. */
export async function send({ press, see }: Hands): Promise<void> {
  await see('#summary', 'summary');
  await press('#continue');
  await see('[data-state="received"]', 'received');
}

/** An administrator finds the request in the work list, reads it and accepts it as it is proposed. */
export async function accept(administrator: Visitor, login: string, who: Newcomer): Promise<void> {
  const { page, press, see } = administrator;
  await administrator.enter('/admin/requests', login);
  await see('table', 'work-list');
  await press(`table a:has-text("${who.familyName}")`);
  await see('#continue', 'request');
  await press('#continue');
  await see('form#accept', 'acceptance');
  expect(await page.inputValue('#login')).to.equal(who.login);
  await press('form#accept #continue');
  await see('[role=status]', 'accepted');
}

/** Two mails, the password of one's choice, the first sign-in, and the record. */
export async function firstDay(
  demo: Demo,
  visitor: Visitor,
  who: Newcomer,
  { record, seen }: { readonly record: string; readonly seen: Set<string> },
): Promise<void> {
  const { page, type, press, see } = visitor;
  const to = addressOf(who);
  const first = await newMessage(demo, to, seen, { about: /Votre identifiant est/u, ...PATIENCE });
  expect(first.text).to.include(who.login).and.not.include('/forgotten/link/');
  const second = await newMessage(demo, to, seen, { about: /\/forgotten\/link\//u, ...PATIENCE });
  expect(second.text, 'login and password go out in two mails').not.to.include(who.login);
  await page.goto(/http\S+\/forgotten\/link\/\S+/u.exec(second.text)?.[0] ?? '');
  await see('form#first', 'first-password-link');
  await press('#continue');
  await see('form#change-password', 'first-password');
  await type('#new_password', PASSWORD);
  await type('#new_password_repeat', PASSWORD);
  await press('#continue');
  await see('#continue', 'password-chosen');
  await openRecord(demo, visitor, who, { record, seen });
}

/** Signs in on the way to a record of the DCC, which opens. */
export async function openRecord(
  demo: Demo,
  visitor: Visitor,
  who: Newcomer,
  { record, seen, first }: FirstRecord,
): Promise<void> {
  await visitor.page.goto(`${demo.instance().dccUrl}/records/${record}`);
  await passSteps(demo, visitor, who, { seen, first });
  await visitor.see('#diagnosis', 'first-record');
}

export interface FirstRecord {
  readonly record: string;
  readonly seen: Set<string>;
  /** What is shown on the first page of the sign-in; a password that the person has chosen by default. */
  readonly first?: { readonly password: string } | { readonly method: string };
}

/** Whatever the sign-in asks of somebody on their first day. */
async function passSteps(
  demo: Demo,
  visitor: Visitor,
  who: Newcomer,
  { seen, first = { password: PASSWORD } }: Pick<FirstRecord, 'seen'> & { first?: FirstRecord['first'] },
): Promise<void> {
  const { page, type, press, tick, see } = visitor;
  const MOST_STEPS = 6;
  for (let step = 0; step < MOST_STEPS && isSigningIn(page); step += 1) {
    const form = (await page.getAttribute('main form[id]', 'id')) ?? '';
    await see(`form#${form}`, `sign-in-${form}`);
    if (form === 'identify') {
      await type('#login', who.login);
      if ('method' in first) {
        await press(`button[name=method][value=${first.method}]`);
        continue;
      }
      await type('#password', first.password);
    } else if (form === 'change-password') {
      await type('#new_password', PASSWORD);
      await type('#new_password_repeat', PASSWORD);
    } else if (form === 'code') {
      const { text } = await newMessage(demo, addressOf(who), seen, { about: /\b\d{6}\b/u, ...PATIENCE });
      await type('#code input[name=code]', /\b\d{6}\b/u.exec(text)?.[0] ?? '');
    } else if (form === 'terms') await tick('#accept');
    else if (form === 'situation') await tick('input[name=situation] >> nth=0');
    await press('#continue');
  }
}

const isSigningIn = (page: Page): boolean => new URL(page.url()).pathname.startsWith('/interaction/');
