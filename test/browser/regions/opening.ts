/** From a request that an administrator accepts to the first record of the DCC. */
import { expect } from 'chai';
import type { Person } from '../support/person.ts';
import type { Visitor } from '../support.ts';
import type { Newcomer, Walk } from './journey.ts';

const PASSWORD = 'Garrigue-Mistral-47!';

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

/** Whoever an administrator has registered is told their login in one mail, and their first password in another. */
export async function readFirstPassword(walk: Walk, who: Newcomer): Promise<string> {
  const login = await walk.message(who.email, /Votre identifiant est/u);
  expect(login.text).to.include(who.login);
  const { text } = await walk.message(who.email, /première connexion/u);
  const [, password = ''] = /^\s{4}(\S+)$/mu.exec(text) ?? [];
  expect(login.text, 'login and password go out in two mails').not.to.include(password);
  return password;
}

/** Two mails, and the password of one's choice by the link of the second. */
export async function choosePassword(walk: Walk, person: Person, who: Newcomer): Promise<void> {
  const { page, type, press, see } = person;
  const first = await walk.message(who.email, /Votre identifiant est/u);
  expect(first.text).to.include(who.login).and.not.include('/forgotten/link/');
  const second = await walk.message(who.email, /\/forgotten\/link\//u);
  expect(second.text, 'login and password go out in two mails').not.to.include(who.login);
  await page.goto(/http\S+\/forgotten\/link\/\S+/u.exec(second.text)?.[0] ?? '');
  await see('form#first', 'first-password-link');
  await press('#continue');
  await see('form#change-password', 'first-password');
  await type('#new_password', PASSWORD);
  await type('#new_password_repeat', PASSWORD);
  await press('#continue');
  await see('#continue', 'password-chosen');
}

export interface FirstRecord {
  readonly record: string;
  /** What is shown on the first page of the sign-in; by default the password that the person has chosen. */
  readonly first?: { readonly password: string } | { readonly method: string };
}

/** Signs in on the way to a record of the DCC, which opens. */
export async function openRecord(
  walk: Walk,
  person: Person,
  who: Newcomer,
  { record, first = { password: PASSWORD } }: FirstRecord,
): Promise<void> {
  const { page, press, see } = person;
  const { dccUrl } = walk.demo.instance();
  await page.goto(`${dccUrl}/records/${record}`);
  const MOST_STEPS = 8;
  for (let step = 0; step < MOST_STEPS && !page.url().startsWith(dccUrl); step += 1) {
    const form = (await page.getAttribute('main form[id]', 'id')) ?? '';
    await see(`form#${form}`, `sign-in-${form}`);
    if (form === 'identify' && 'method' in first) {
      if (first.method !== 'card') await person.type('#login', who.login);
      await press(`button[name=method][value=${first.method}]`);
    } else {
      await fillIn(walk, person, who, 'password' in first ? first.password : PASSWORD);
      await press('#continue');
    }
  }
  await see('#diagnosis', 'first-record');
}

/** Whatever a page of the sign-in asks of somebody on their first day. */
async function fillIn(walk: Walk, person: Person, who: Newcomer, password: string): Promise<void> {
  const { page, type, tick } = person;
  const codeFrom = async (to: string) =>
    /\b\d{6}\b/u.exec((await walk.message(to, /\b\d{6}\b/u)).text)?.[0] ?? '';
  const fields: readonly (readonly [string, (field: string) => Promise<void>])[] = [
    ['#login', field => type(field, who.login)],
    ['#password', field => type(field, password)],
    ['#new_password', field => type(field, PASSWORD)],
    ['#new_password_repeat', field => type(field, PASSWORD)],
    ['#code input[name=code]', async field => type(field, await codeFrom(who.email))],
    ['input[name=mobile_code]', async field => type(field, await codeFrom(who.mobile))],
    ['#accept', tick],
    ['input[name=situation] >> nth=0', tick],
  ];
  for (const [field, act] of fields) if (await page.isVisible(field)) await act(field);
}
