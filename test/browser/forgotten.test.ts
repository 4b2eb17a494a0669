import { expect } from 'chai';
import { newMessage } from './means-hands.ts';
import { useDemo, type Visitor } from './support.ts';

const CHOSEN = 'Tavo-kiru-demo-fani-47';

/** A password that was forgotten, then contact data and the way out, as people see them: accessible, at any width. */
describe('a person sees to their own account', function () {
  this.timeout(120_000);
  const demo = useDemo();
  const seen = new Set<string>();

  /** From the page of the sign-in to the page that asks for a password. */
  async function forget(person: Visitor, login: string): Promise<void> {
    await person.page.goto(`${demo.instance().issuer}/account`);
    await person.press('a[href^="/forgotten"]');
    await person.see('form#forgotten', 'ask');
    await person.type('#who', login);
    await person.press('#continue');
    await person.see('form#code', 'code');
    const email = `${login}@chu-bretonneau.example`;
    const { text } = await newMessage(demo, email, seen, {
      about: /forgotten\/link/u,
      seconds: 30,
    });
    await person.type('main input[name=code]', /\b\d{4} \d{4}\b/u.exec(text)?.[0] ?? '');
    await person.press('#continue');
    await person.page.waitForURL(/\/forgotten\/password/u);
  }

  it('forgets a password on a telephone, by keyboard, and sees the rules ticked', async () => {
    const claire = await demo.visitor({ shots: 'forgotten', width: 320, keyboard: true });
    await forget(claire, 'claire.dupont');
    await claire.type('#new_password', CHOSEN);
    const states = await claire.page
      .locator('.rules li[data-check]')
      .evaluateAll(rules => rules.map(rule => rule.getAttribute('data-state')));
    expect(new Set(states)).to.deep.equal(new Set(['met']));
    await claire.see('.rules [data-strength]:not([hidden])', 'password');
    await claire.type('#new_password_repeat', CHOSEN);
    await claire.press('#continue');
    await claire.page.waitForURL(/\/forgotten\/done/u);
    await claire.see('#continue', 'done');
  });

  it('does so without scripts, is told by the server which rules are not met', async () => {
    const marc = await demo.visitor({ hasScripts: false });
    await forget(marc, 'marc.lefevre');
    await marc.type('#new_password', 'court-1');
    await marc.type('#new_password_repeat', 'court-1');
    await marc.press('#continue');
    await marc.page.waitForSelector('[data-code="forgotten.password_refused"]');
    expect(await marc.page.getAttribute('.rules li[data-check^="length"]', 'data-state')).to.equal('unmet');
    await marc.type('#new_password', CHOSEN);
    await marc.type('#new_password_repeat', CHOSEN);
    await marc.press('#continue');
    await marc.page.waitForURL(/\/forgotten\/done/u);
  });

  it('finds the pages of contact data and of leaving accessible, in the dark and on a telephone too', async () => {
    for (const how of [{ width: 320 }, { isDark: true }]) {
      const nadia = await demo.visitor({ ...how, shots: 'account-own' });
      await nadia.enter('/account/contact', 'nadia.haddad');
      await nadia.see('#email-form', 'contact');
      await nadia.page.goto(`${demo.instance().issuer}/account/leave`);
      await nadia.see('h1', 'leave');
    }
  });
});
