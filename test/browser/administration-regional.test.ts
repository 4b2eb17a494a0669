import { expect } from 'chai';
import { useDemo } from './support.ts';

const ANNE = 'anne.moreau';
const SIGNED_FORM = Buffer.from(
  '%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n',
);

describe('the day of a regional administrator', () => {
  const demo = useDemo();
  const anneAt = async (shots: string, path: string) => {
    const anne = await demo.visitor({ shots });
    await anne.enter(path, ANNE);
    return anne;
  };

  it('adds a user as in the field, suspends and reopens an account', async () => {
    const anne = await anneAt('admin-people', '/admin');
    const { page } = anne;
    await anne.see('.figures-words', 'dashboard');
    await anne.press('nav a[href="/admin/people"]');
    await anne.choose('#network', 'cancerologie');
    await anne.type('#q', 'durand');
    await anne.press('#continue');
    await anne.see('.empty', 'not-known-yet');
    await anne.press('a[href^="/admin/people/new"]');
    await anne.see('form#person', 'new');
    await anne.type('#given_name', 'Émilie');
    await anne.type('#family_name', 'Durand');
    await anne.choose('#profession', '60');
    await anne.type('#email', 'emilie.durand@ch-val-de-loire.example');
    await anne.choose('form#person #organisation', 'ch-loire');
    await anne.choose('form#person #profile', 'utilisateur_cancerologie');
    expect(await page.locator('#profile option:checked').textContent()).to.equal(
      'Utilisateur de la cancérologie',
    );
    await anne.press('form#person #continue');
    await anne.see('#steps', 'added');
    expect(await page.locator('main').textContent()).to.include('emilie.durand');

    const person = page.url().split('?')[0] ?? '';
    await anne.press('a[href$="/suspend"]');
    await anne.see('form#confirm', 'suspension');
    await anne.type('#reason', 'Congé de longue durée.');
    await anne.press('#continue');
    await anne.see('a[href$="/reactivate"]', 'suspended');
    expect(page.url().split('?')[0]).to.equal(person);
    await anne.press('a[href$="/reactivate"]');
    await anne.see('form#confirm', 'reopening');
    if ((await page.locator('#reason').count()) > 0) await anne.type('#reason', 'Retour de congé.');
    await anne.press('#continue');
    await anne.see('a[href$="/suspend"]', 'reopened');
  });

  it('appoints a local administrator on the strength of a signed form', async () => {
    const anne = await anneAt('admin-appointment', '/admin/appointments');
    const { page } = anne;
    await anne.see('.table', 'administrators');
    await anne.press('#continue');
    await anne.type('#q', 'roy');
    await anne.press('#continue');
    await anne.see('a[href*="sub=acc-helene"]', 'person-found');
    await anne.press('a[href*="sub=acc-helene"]');
    await anne.see('form#appointment', 'appointment');
    await anne.choose('#profile', 'administrateur_local');
    await anne.choose('#organisation', 'cabinet-roy');
    await page.setInputFiles('form#appointment input[type=file]', {
      name: 'formulaire.pdf',
      mimeType: 'application/pdf',
      buffer: SIGNED_FORM,
    });
    await anne.press('#continue');
    await anne.see('[role=status]', 'appointed');
    const row = page.locator('tr', { hasText: 'Hélène ROY' });
    expect(await row.locator('a[download]').count(), 'the form stands beside the profile').to.equal(1);
  });

  it('adds an application, reads its secret once, and tries a sign-in to it', async () => {
    const anne = await anneAt('admin-application', '/admin/applications/new');
    const { page } = anne;
    await anne.see('form#application', 'new');
    await anne.type('#client_id', 'teleexpertise');
    await anne.type('#name', 'Téléexpertise');
    await anne.choose('#network', 'cancerologie');
    await anne.type('#redirect_uris', 'https://teleexpertise.esante-region.example/retour');
    await anne.press('#continue');
    await anne.see('#client-secret', 'secret-once');
    const secret = (await page.textContent('#client-secret')) ?? '';
    expect(secret.length).to.be.at.least(32);
    await anne.press('#continue');
    await anne.see('#facts', 'application');
    expect(await page.content()).not.to.include(secret);
    await anne.press('a[href$="/test"]');
    await anne.see('form#test', 'trial');
    await anne.press('#continue');
    await anne.passSignIn(ANNE);
    await anne.see('#id-token', 'trial-answer');
    expect(await page.locator('main').textContent(), 'what it would learn').to.include('acc-anne');
  });

  it('tries a decision on a person and a record', async () => {
    const anne = await anneAt('admin-region', '/admin/policies');
    const { page } = anne;
    await anne.see('main h1', 'rules');
    await anne.press('a[href="/admin/policies/decision"]');
    for (const [login, answer] of [
      ['claire.dupont', 'permitted_creator'],
      ['luc.ancien', 'consent_missing'],
    ] as const) {
      await anne.type('#account', login);
      await anne.type('#id', 'pk-demo-1');
      await anne.press('#continue');
      await anne.see('#answer', `decision-${answer}`);
      expect(await page.textContent('main pre')).to.include(answer);
    }
  });

  // Two visits: one of so many pages takes a busy machine longer than a test may.
  for (const [about, pages] of Object.entries({
    'reads the règlement, the means, the mails and what was sent': [
      ['/admin/terms', 'terms'],
      ['/admin/terms/2026-1', 'terms-version'],
      ['/admin/terms/new', 'terms-new'],
      ['/admin/means', 'means'],
      ['/admin/means/password', 'means-one'],
      ['/admin/mails', 'mails'],
      ['/admin/deliveries', 'deliveries'],
      ['/admin/webhooks', 'webhooks'],
    ],
    'reads of networks, establishments, tumour boards, a review and an absence': [
      ['/admin/networks/cancerologie', 'network'],
      ['/admin/organisations', 'organisations'],
      ['/admin/organisations/chu', 'organisation'],
      ['/admin/rcp', 'tumour-boards'],
      ['/admin/reviews/new', 'review'],
      ['/admin/people/acc-karim/absence', 'absence'],
      ['/admin/proposals', 'proposals'],
      ['/admin/api', 'api'],
    ],
  } as const))
    it(about, async () => {
      const anne = await anneAt(`admin-region-${pages[0][1]}`, pages[0][0]);
      for (const [path, name] of pages) {
        await anne.page.goto(demo.instance().issuer + path);
        await anne.see('.admin h1, main h1', name);
        expect(await anne.page.locator('[role=alert]').count(), path).to.equal(0);
      }
    });
});
