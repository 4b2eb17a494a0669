/** Asking for an account, from the sign-in's first page to the request received. */
import { expect } from 'chai';
import { answerTo } from '../../enrolment/applicant.ts';
import type { Person } from '../support/person.ts';
import type { Newcomer, Walk } from './journey.ts';

const PDF = { name: 'scan.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.7\n%%EOF\n') };

/** The règlement and the question of the first page. */
export async function begin({ page, type, press, tick, see }: Person): Promise<void> {
  await see('#terms', 'terms');
  await tick('#accept');
  await type('#answer', answerTo((await page.textContent('#answer-label')) ?? ''));
  await press('#continue');
}

export async function ask(walk: Walk, person: Person, who: Newcomer): Promise<void> {
  const { page, type, press, tick, see } = person;
  await page.goto(walk.demo.instance().issuer);
  await press('a[href="/request"]');
  await begin(person);
  await see('#profession', 'profession');
  await tick(`input[name=profession][value="${who.isPhysician ? 10 : 60}"]`);
  await press('#profession #continue');
  if (who.isPhysician) {
    await see('#number', 'number');
    await type('#rpps', withOneWrongDigit(who.rpps));
    await press('#continue');
    await see('[data-code="enrolment.step_incomplete"]', 'number-refused');
    await type('#rpps', who.rpps);
  }
  await press('#number #continue');
  await see('#name', 'name');
  await tick('input[name=civility][value=MME]');
  await type('#family_name', who.familyName);
  await type('#given_name', who.givenName);
  await press('#continue');
  await placeAndContact(walk, person, who);
  await see('#document', 'proofs');
  for (const kind of ['signed_request', 'identity_card']) {
    // What is still missing is proposed.
    await page.waitForSelector(`#kind option[value=${kind}][selected]`, { state: 'attached' });
    await person.attach('#file', PDF);
    await press('#document button');
  }
  await see('#proofs', 'proofs-added');
  await press('#proofs #continue');
  await send(person);
}

const withOneWrongDigit = (rpps: string) => `${rpps.slice(0, -1)}${(Number(rpps.at(-1)) + 1) % 10}`;

/** Address, establishment, telephone, e-mail with its code, and networks: what no card knows. */
export async function placeAndContact(walk: Walk, person: Person, who: Newcomer): Promise<void> {
  const { page, type, press, tick, see } = person;
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
  await type('#mobile', who.mobile);
  await press('#continue');
  await see('#email', 'email');
  await type('input[name=email]', who.email);
  await type('input[name=email_again]', who.email);
  await press('#continue');
  await see('#code', 'code');
  const { text } = await walk.message(who.email, /^\s+\d{6}$/mu);
  await type('#code input[name=code]', /\b\d{6}\b/u.exec(text)?.[0] ?? '');
  await press('#continue');
  await see('#interests', 'interests');
  await tick(`input[name=networks][value=${who.network}]`);
  for (const id of who.applications) await tick(`input[name=applications][value="${id}"]`);
  await press('#continue');
  await page.waitForURL(/\/request\/(?:proofs|summary)$/u);
}

/** The summary, sent. */
export async function send({ page, press, see }: Person): Promise<void> {
  await see('#summary', 'summary');
  await press('#continue');
  await see('[data-state="received"]', 'received');
  expect(new URL(page.url()).pathname).to.equal('/request/follow');
}
