import { expect } from 'chai';
import {
  ACR,
  appCode,
  expectAtDcc,
  expectRefusal,
  identify,
  keyOn,
  leaveForDcc,
  newMessage,
  smsCode,
} from './means-hands.ts';
import { useDemo, type Visitor } from './support.ts';

/** The demo region (contract §4): Marc has a telephone, which proves that it is he who adds something. */
const MARC = { login: 'marc.lefevre', phone: '+33600000002', email: 'marc.lefevre@chu-bretonneau.example' };
const ADD = '/account/factors/add/';

describe('an application of codes', () => {
  const demo = useDemo();
  const seen = new Set<string>();
  const ask = (visitor: Visitor, means: string) => visitor.page.goto(demo.instance().issuer + ADD + means);
  const answer = async (visitor: Visitor, field: string, code: string) => {
    await visitor.type(`main input[name=${field}]`, code);
    await visitor.press('#continue');
  };

  /** Marc at the second step towards the DCC, in a browser where nobody is signed in. */
  async function atSecondStep(shots: string): Promise<Visitor> {
    const marc = await demo.visitor({ shots });
    await leaveForDcc(demo, marc, ACR.mfa);
    await identify(demo, marc, MARC.login);
    await marc.see('form#totp', 'second-step');
    return marc;
  }

  it('is added with a key in text, rescued by codes that are shown once, and opens the DCC', async () => {
    const marc = await demo.visitor({ shots: 'means-totp', width: 320 });
    const { page } = marc;
    await ask(marc, 'totp');
    await identify(demo, marc, MARC.login);
    await marc.see('form#code', 'sms');
    await answer(marc, 'code', await smsCode(demo, MARC.phone, seen));
    await marc.see('form#enrol', 'add');
    const key = await keyOn(marc);
    await answer(marc, 'totp', '000000');
    await expectRefusal(marc, 'signin.totp_wrong', 'Ce code n’est pas le bon');
    expect(await keyOn(marc), 'what was photographed stays').to.equal(key);
    const first = appCode(key);
    await answer(marc, 'totp', first);
    await marc.see('[role=status]', 'added');
    expect(page.url()).to.match(/done=added$/u);
    await newMessage(demo, MARC.email, seen, { about: /Application de codes/u });

    await ask(marc, 'recovery');
    await marc.see('form#enrol .codes', 'recovery');
    const codes = await page.locator('.codes code').allTextContents();
    expect(codes).to.have.length(10);
    await marc.tick('[name=recovery]');
    await marc.press('#continue');
    await marc.see('[role=status]', 'recovery-added');
    const text = await page.textContent('main');
    expect(text).to.include('Il reste 10 codes');
    expect(codes.filter(code => text?.includes(code))).to.deep.equal([]);

    const elsewhere = await atSecondStep('means-totp-signin');
    await answer(elsewhere, 'code', '12');
    await expectRefusal(elsewhere, 'signin.totp_malformed', 'Recopiez le code en entier');
    await answer(elsewhere, 'code', first);
    await expectRefusal(elsewhere, 'signin.totp_replayed', 'Attendez que le suivant s’affiche');
    await answer(elsewhere, 'code', appCode(key, 300));
    await expectRefusal(elsewhere, 'signin.totp_clock', 'avance d’environ 5 minutes');
    await answer(elsewhere, 'code', appCode(key, 30));
    await expectAtDcc(elsewhere, { acr: ACR.mfa, amr: ['pwd', 'otp', 'mfa'] });

    await rescue(codes[0] ?? '');
    await page.goto(`${demo.instance().issuer}/account/factors`);
    expect(await page.textContent('main')).to.include('Il reste 9 codes');
  });

  async function rescue(code: string): Promise<void> {
    const marc = await atSecondStep('means-recovery');
    await marc.press('button[name=method][value=recovery]');
    await marc.see('form#recovery', 'step');
    await answer(marc, 'recovery', 'ABCD');
    await expectRefusal(marc, 'signin.recovery_malformed', 'Recopiez le code de secours en entier');
    await answer(marc, 'recovery', code);
    await expectAtDcc(marc, { acr: ACR.mfa, amr: ['pwd', 'otp', 'mfa'] });

    const again = await atSecondStep('means-recovery-again');
    await again.press('button[name=method][value=recovery]');
    await answer(again, 'recovery', code);
    await expectRefusal(again, 'signin.recovery_wrong', 'il a déjà servi');
  }
});
