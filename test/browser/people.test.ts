import { expect } from 'chai';
import { useDemo, type Visitor } from './support.ts';

const NEW_PASSWORD = 'Garrigue-Mistral-47!';

describe('people of the demo region', () => {
  const demo = useDemo();

  async function identify(
    visitor: Visitor,
    login: string,
    password = demo.instance().passwords[login] ?? '',
  ) {
    await visitor.see('form#identify', 'sign-in');
    await visitor.type('#login', login);
    await visitor.type('#password', password);
    await visitor.press('#continue');
  }

  async function choosePassword(visitor: Visitor, password: string, repeated = password) {
    await visitor.see('form#change-password', 'change-password');
    await visitor.type('#new_password', password);
    await visitor.type('#new_password_repeat', repeated);
    await visitor.press('#continue');
  }

  const alertCode = (visitor: Visitor) => visitor.page.getAttribute('[role=alert][data-code]', 'data-code');

  it('a pharmacist with limited access reads a record and cannot write to it', async () => {
    const marc = await demo.visitor({ shots: 'pharmacist' });
    await marc.page.goto(`${demo.instance().dccUrl}/records/2026-0101`);
    await identify(marc, 'marc.lefevre');
    await marc.see('form#code', 'code');
    await marc.enterCode('marc.lefevre');
    await marc.see('[data-write="shut"]', 'record');
    expect(await marc.page.locator('form#note').count()).to.equal(0);
    // A form that was kept, or made by hand, is judged again.
    const csrf = (await marc.page.locator('input[name=csrf]').first().getAttribute('value')) ?? '';
    const answer = await marc.page.request.post(`${marc.page.url()}/notes`, {
      form: { csrf, text: 'Interaction à surveiller.' },
    });
    expect(answer.status()).to.equal(403);
    expect(await answer.text()).to.include('data-help="profile"');
  });

  it('a first sign-in changes the random password, then signs the règlement, and reaches the kiosk', async () => {
    const jean = await demo.visitor({ shots: 'first-sign-in' });
    await jean.page.goto(demo.instance().issuer);
    await identify(jean, 'jean.nouveau');
    await choosePassword(jean, NEW_PASSWORD, `${NEW_PASSWORD}?`);
    await jean.see('[role=alert]', 'passwords-differ');
    expect(await alertCode(jean)).to.equal('signin.passwords_differ');
    await choosePassword(jean, 'court');
    await jean.see('[role=alert]', 'password-refused');
    expect(await alertCode(jean)).to.equal('signin.password_refused');
    await choosePassword(jean, NEW_PASSWORD);
    await jean.see('form#terms', 'terms');
    await jean.press('#continue');
    await jean.see('[role=alert]', 'terms-not-accepted');
    expect(await alertCode(jean)).to.equal('signin.terms_not_accepted');
    await jean.tick('#accept');
    await jean.press('#continue');
    await jean.see(`a[href^="${demo.instance().dccUrl}"]`, 'kiosk');
  });

  it('a password older than four months is changed in flow, and not for itself', async () => {
    const luc = await demo.visitor({ shots: 'rotation' });
    await luc.page.goto(demo.instance().issuer);
    await identify(luc, 'luc.ancien');
    await choosePassword(luc, demo.instance().passwords['luc.ancien'] ?? '');
    await luc.see('[role=alert]', 'same-password');
    expect(await alertCode(luc)).to.equal('signin.password_refused');
    await choosePassword(luc, NEW_PASSWORD);
    await luc.see(`a[href^="${demo.instance().dccUrl}"]`, 'kiosk');
  });

  it('a wrong password and an unknown login get the same refusal', async () => {
    for (const login of ['anne.moreau', 'personne.inconnue']) {
      const visitor = await demo.visitor();
      await visitor.page.goto(demo.instance().issuer);
      await identify(visitor, login, 'pas-le-bon-1!');
      await visitor.see('[role=alert]', 'refused');
      expect(await alertCode(visitor), login).to.equal('signin.credentials_refused');
      expect(await visitor.page.inputValue('#login'), 'what was typed stays').to.equal(login);
    }
  });

  it('a wrong code is refused with the tries that are left, and the right one still works', async () => {
    const helene = await demo.visitor();
    await helene.page.goto(demo.instance().dccUrl);
    await identify(helene, 'helene.roy');
    await helene.see('form#code', 'code');
    for (const [typed, code] of [
      ['12345', 'signin.code_malformed'],
      ['000000', 'signin.code_wrong'],
    ] as const) {
      await helene.type('#code input[name=code]', typed);
      await helene.press('#continue');
      await helene.see(`[role=alert][data-code="${code}"]`, 'code-refused');
    }
    await helene.enterCode('helene.roy');
    await helene.see('.patients', 'patients');
  });

  it('a sign-out at the provider ends the session of the DCC by back-channel logout', async () => {
    const { issuer, dccUrl } = demo.instance();
    const sophie = await demo.visitor();
    const { page } = sophie;
    await page.goto(dccUrl);
    await identify(sophie, 'sophie.martin');
    await sophie.enterCode('sophie.martin');
    await page.waitForSelector('.patients');
    await page.goto(`${issuer}/logout`);
    const button = await page.waitForSelector('#continue', { timeout: 2000 }).catch(() => null);
    await button?.click();
    // The DCC's session is gone when it sends the browser to sign in; with a live one it would show its list.
    for (let tries = 0; tries < 50; tries++) {
      await page.goto(`${dccUrl}/patients`);
      if (page.url().startsWith(issuer)) return;
      await page.waitForTimeout(100);
    }
    expect.fail('the session of the DCC outlived the provider’s');
  });
});
