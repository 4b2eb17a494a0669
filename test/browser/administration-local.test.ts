import { expect } from 'chai';
import { useDemo, type Demo, type Visitor, type VisitorOptions } from './support.ts';

const PAUL = 'paul.bernard';
/** Of the clinique, where Paul has no office (contract §4). */
const LUC = { sub: 'acc-luc', login: 'luc.ancien', nationalId: '899700218896', name: 'ANCIEN' };

/** A working day of the référent of one hospital, who is no engineer. */
async function administerTheHospital(demo: Demo, paul: Visitor): Promise<void> {
  const { page } = paul;
  const search = async (text: string) => {
    // On a telephone the menu is folded.
    if (!(await page.locator('nav a[href="/admin/people"]').isVisible()))
      await paul.press('.menu-fold summary');
    await paul.press('nav a[href="/admin/people"]');
    await paul.type('#q', text);
    await paul.press('#continue');
  };

  await paul.enter('/admin', PAUL);
  await paul.see('.figures-words', 'dashboard');
  expect(await page.locator('nav a[href="/admin/applications"]').count(), 'of the region').to.equal(0);

  await search(LUC.login);
  await paul.see('.empty', 'nobody-of-elsewhere');
  expect(await page.content()).not.to.include(LUC.sub);
  const answer = await page.goto(`${demo.instance().issuer}/admin/people/${LUC.sub}`);
  expect(answer?.status()).to.equal(404);
  await paul.see('[data-code="admin.not_found"]', 'page-of-elsewhere');
  await page.goto(`${demo.instance().issuer}/admin`);

  await search('lefèvre');
  await paul.see('a[href="/admin/people/acc-marc"]', 'people-found');
  await paul.press('a[href="/admin/people/acc-marc"]');
  await paul.see('#profiles', 'person');

  await paul.press('a[href$="/memberships/new"]');
  await paul.see('form#place', 'profile-place');
  await paul.choose('#organisation', 'chu');
  await paul.press('form#place button');
  await paul.see('form#profile', 'profile-choice');
  expect(await page.locator('input[name=profile][value^=administrateur]').count()).to.equal(0);
  await paul.tick('input[name=profile][value=medecin_rcp]');
  await paul.typeDate('form#profile #until', '2030-06-30');
  await paul.press('#continue');
  await paul.see('[role=status]', 'profile-given');
  expect(await page.locator('main').textContent()).to.include('30 juin 2030');

  const given = 'tr:has-text("Médecin participant à la RCP")';
  await paul.press(`${given} a:has-text("Dates")`);
  await paul.see('form#dates', 'profile-dates');
  await paul.typeDate('form#dates #until', '2031-01-31');
  await paul.press('#continue');
  await paul.see('[role=status]', 'profile-dates-kept');
  await paul.press(`${given} a:has-text("Retirer")`);
  await paul.see('form#confirm', 'profile-removal');
  await paul.type('#reason', 'Ne participe plus à la réunion.');
  await paul.press('#continue');
  await paul.see('[role=status]', 'profile-removed');

  await page.goto(`${demo.instance().issuer}/admin/people/attach`);
  await paul.see('form#attach', 'colleague');
  expect(await page.locator('#profile option[value^=administrateur]').count()).to.equal(0);
  await paul.type('#national_ids', LUC.nationalId);
  await paul.type('#family_name', LUC.name);
  await paul.choose('#organisation', 'chu');
  await paul.press('#continue');
  await paul.see('#profiles', 'colleague-attached');
  expect(new URL(page.url()).pathname).to.equal(`/admin/people/${LUC.sub}`);
  expect(await page.content(), 'what he is elsewhere stays there').not.to.include('Saint-Gatien');
}

const WAYS: readonly (readonly [string, VisitorOptions])[] = [
  ['with a mouse', { shots: 'admin-local' }],
  ['by keyboard alone', { keyboard: true }],
  ['without JavaScript', { hasScripts: false }],
  ['on a phone of 320 px in the dark', { width: 320, isDark: true, shots: 'admin-local-phone-dark' }],
];

for (const [way, options] of WAYS)
  describe(`the day of a local administrator, ${way}`, () => {
    const demo = useDemo();
    it('gives, dates and ends a profile, attaches a colleague, and sees nothing of elsewhere', async () => {
      await administerTheHospital(demo, await demo.visitor(options));
    });
  });
