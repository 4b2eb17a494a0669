import { expect } from 'chai';
import { answerTo } from '../enrolment/applicant.ts';
import { useDemo, type Visitor, type VisitorOptions } from './support.ts';

const PDF = { name: 'scan.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.7\n%%EOF\n') };
describe('asking for an account between two patients (Centre-Val de Loire, in steps)', function () {
  this.timeout(120_000);
  const demo = useDemo();

  async function codeSentTo(address: string): Promise<string> {
    for (let tries = 0; tries < 50; tries += 1) {
      const answer = await fetch(demo.instance().outboxUrl);
      const mails = (await answer.json()) as { to: string; text: string }[];
      const [, code] = /^\s+(\d{6})$/mu.exec(mails.find(({ to }) => to === address)?.text ?? '') ?? [];
      if (code !== undefined) return code;
      await new Promise(resolve => setTimeout(resolve, 100));
    }
    throw new Error(`no code for ${address}`);
  }

  async function attach({ page, choose, press }: Visitor, kind: string): Promise<void> {
    await choose('#kind', kind);
    await page.setInputFiles('#file', PDF);
    await press('#document button');
  }

  async function ask(how: VisitorOptions, address: string): Promise<void> {
    const visitor = await demo.visitor(how);
    const { page, type, press, tick, see } = visitor;
    await page.goto(`${demo.instance().issuer}/request`);
    await see('#terms', 'terms');
    await type('#answer', answerTo((await page.textContent('#answer-label')) ?? ''));
    await tick('#accept');
    await press('#continue');
    await see('#profession', 'profession');
    await tick('input[name=profession][value="10"]');
    await press('#continue');
    await type('#rpps', '99700367908');
    await press('#continue');
    await see('[data-code="enrolment.step_incomplete"]', 'number-refused');
    await type('#rpps', '99700367909');
    await press('#continue');
    await see('#name', 'name');
    await tick('input[name=civility][value=MME]');
    await type('#family_name', 'Petit');
    await type('#given_name', 'Léa');
    await press('#continue');
    await type('#street', '2 boulevard Tonnellé');
    await type('#postcode', '37000');
    await press('#continue');
    await type('#q', 'bretonneau');
    await press('form[role=search] button');
    await see('#workplace', 'workplace');
    await tick('input[name=workplace][value="place:chu"]');
    await press('#workplace #continue');
    await type('#mobile', '06 12 34 56 78');
    await press('#continue');
    await type('input[name=email]', address);
    await type('input[name=email_again]', address);
    await press('#continue');
    await see('#code', 'code');
    await type('#code input[name=code]', await codeSentTo(address));
    await press('#continue');
    await see('#interests', 'interests');
    await tick('input[name=networks][value=cancerologie]');
    await press('#continue');
    await see('#document', 'proofs');
    await attach(visitor, 'signed_request');
    await attach(visitor, 'identity_card');
    await see('#proofs', 'proofs-added');
    await press('#proofs #continue');
    await see('#summary', 'summary');
    await press('#continue');
    await see('[data-state="received"]', 'received');
    expect(await page.textContent('main')).to.contain('CHU Bretonneau');
    await page.goto(`${demo.instance().issuer}/referents`);
    await see('table', 'referents');
  }

  it('works on a telephone in the dark, by keyboard', () =>
    ask({ width: 320, isDark: true, keyboard: true, shots: 'request-telephone' }, 'lea.un@exemple.fr'));

  it('works on a screen, by mouse', () => ask({ shots: 'request-screen' }, 'lea.deux@exemple.fr'));

  it('works without scripts', () => ask({ hasScripts: false }, 'lea.trois@exemple.fr'));
});
