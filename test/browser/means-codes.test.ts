import { expect } from 'chai';
import { ACR, expectAtDcc, expectRefusal, identify, leaveForDcc, smsCode } from './means-hands.ts';
import { useDemo, type Visitor } from './support.ts';

/** The demo region (contract §4). */
const [HELENE, SOPHIE, MARC] = ['helene.roy', 'sophie.martin', 'marc.lefevre'];
const PHONE = { sophie: '+33600000003', marc: '+33600000002' };

describe('codes that are sent', () => {
  const demo = useDemo();
  const seen = new Set<string>();

  const enter = async (visitor: Visitor, code: string) => {
    await visitor.type('#code input[name=code]', code);
    await visitor.press('#continue');
  };
  /** The time at which a page says that something ends. */
  const timeOn = async ({ page }: Visitor) => {
    const shown = await page.getAttribute('main time', 'datetime');
    return Date.parse(shown ?? '') / 1000;
  };

  it('by e-mail after the password: two steps, and not two factors', async () => {
    const helene = await demo.visitor({ shots: 'means-email' });
    await leaveForDcc(demo, helene, ACR.code);
    await identify(demo, helene, HELENE);
    await helene.see('form#code', 'code');
    await helene.enterCode(HELENE);
    await expectAtDcc(helene, { acr: ACR.code, amr: ['pwd', 'otp'] });
  });

  it('by SMS alone, from the first page: until when it is valid is shown, and when the session ends', async () => {
    const sophie = await demo.visitor({ shots: 'means-sms', width: 320 });
    const { page } = sophie;
    await leaveForDcc(demo, sophie, ACR.code);
    await sophie.type('#login', SOPHIE);
    await sophie.press('button[name=method][value=sms]');
    await sophie.see('form#code', 'code');
    expect(await timeOn(sophie)).to.be.closeTo(Date.now() / 1000 + 600, 30);
    await enter(sophie, await smsCode(demo, PHONE.sophie, seen));
    await expectAtDcc(sophie, { acr: ACR.code, amr: ['sms'] });
    await page.goto(`${demo.instance().issuer}/account`);
    await sophie.see('.level-2', 'account');
    expect(await page.textContent('footer')).to.match(/la session prend fin à \d/u);
  });

  it('by SMS after the password: two factors, without scripts too', async () => {
    for (const hasScripts of [true, false]) {
      const marc = await demo.visitor({ hasScripts, ...(hasScripts ? { shots: 'means-sms-second' } : {}) });
      await leaveForDcc(demo, marc, ACR.mfa);
      await identify(demo, marc, MARC);
      await marc.see('form#code', 'code');
      await enter(marc, await smsCode(demo, PHONE.marc, seen));
      await expectAtDcc(marc, { acr: ACR.mfa, amr: ['pwd', 'sms', 'mfa'] });
    }
  });

  it('are refused with words that say what to do: wrong, tried too often, over', async () => {
    const marc = await demo.visitor({ shots: 'means-sms-refused', isDark: true });
    await leaveForDcc(demo, marc, ACR.mfa);
    await identify(demo, marc, MARC);
    const right = await smsCode(demo, PHONE.marc, seen);
    const wrong = right === '000000' ? '111111' : '000000';
    await enter(marc, '12');
    await expectRefusal(marc, 'signin.code_malformed', 'Recopiez le code en entier');
    for (let tries = 4; tries > 0; tries--) {
      await enter(marc, wrong);
      await expectRefusal(marc, 'signin.code_wrong', `Il reste ${tries} essai`);
    }
    await enter(marc, wrong);
    await expectRefusal(marc, 'signin.code_exhausted', 'Demandez-en un autre');
    await enter(marc, right);
    await expectRefusal(marc, 'signin.code_exhausted', 'il n’est plus valable');
  });
});
