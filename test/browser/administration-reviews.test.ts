import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { writeXlsx } from '../../src/admin/files/index.ts';
import { useDemo } from './support.ts';

const ANNE = 'anne.moreau';
const PAUL = 'paul.bernard';
const COLINE = 'coline.mercier';
const DAY_MS = 86_400_000;

describe('the work of administrators beside single people', () => {
  const demo = useDemo();
  const dayAhead = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10);

  it('launches a review, answered line by line by who administers the branch, and reported', async () => {
    const anne = await demo.visitor({ shots: 'admin-review' });
    await anne.enter('/admin/reviews', ANNE);
    await anne.see('main h1', 'none-yet');
    await anne.press('a[href="/admin/reviews/new"]');
    await anne.type('#name', 'Revue annuelle');
    await anne.choose('#network', 'cancerologie');
    await anne.choose('#organisation', 'chu');
    await anne.typeDate('#to', dayAhead(30));
    await anne.see('form#review', 'launch');
    await anne.press('form#review #continue');
    await anne.see('#progress', 'launched');
    const review = new URL(anne.page.url()).pathname;

    const paul = await demo.visitor({ shots: 'admin-review-local' });
    const { page } = paul;
    await paul.enter('/admin', PAUL);
    await paul.see(`a.figure[href="${review}"]`, 'waiting');
    await paul.press(`a.figure[href="${review}"]`);
    const claire = page.locator('tr', { hasText: 'DUPONT' });
    await claire.locator('button[name=one]').click();
    await paul.see('[role=status]', 'kept');
    const open = page.locator('input[name=line]');
    await open.last().check();
    await paul.choose('#choice', 'remove');
    await paul.press('#continue');
    await paul.type('#reason', 'A quitté le service.');
    await paul.see('form#confirm', 'removal');
    await paul.press('form#confirm #continue');
    await paul.see('[role=status]', 'removed');
    await paul.press(`a[href="${review}/report"]`);
    await paul.see('main h1', 'report');
    expect(await page.locator('main').textContent()).to.include('A quitté le service.');
  });

  it('brings in a list that Excel wrote, followed to its report', async () => {
    const coline = await demo.visitor({ shots: 'admin-xlsx' });
    const { page } = coline;
    await coline.enter('/admin/people/import', COLINE);
    const columns = ['NOM', 'Prénom', 'Courriel'].map((title, at) => ({
      title,
      value: (row: readonly string[]) => row[at],
    }));
    const parts: Uint8Array[] = [];
    for await (const part of writeXlsx(columns, [['ARNAUD', 'Inès', 'ines.arnaud@chu-bretonneau.example']]))
      parts.push(part);
    await page.setInputFiles('#file', {
      name: 'professionnels.xlsx',
      mimeType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
      buffer: Buffer.concat(parts),
    });
    await coline.choose('#organisation', 'chu');
    await coline.choose('#profile', 'utilisateur_cancerologie');
    await coline.press('#continue');
    await coline.see('form#confirm', 'check');
    await coline.press('form#confirm #continue');
    await page.waitForSelector('a[href$="/report.xlsx"]', { timeout: 30_000 });
    await coline.see('#continue', 'done');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      coline.press('a[href$="/report.xlsx"]'),
    ]);
    expect((await readFile(await download.path())).subarray(0, 2).toString()).to.equal('PK');
    await page.goto(`${demo.instance().issuer}/admin/people?q=arnaud`);
    await coline.see('a:has-text("ARNAUD Inès")', 'people');
  });

  it('does one act on several people, followed to its report, and shows the health of lists', async () => {
    const anne = await demo.visitor({ shots: 'admin-several' });
    await anne.enter('/admin/people', ANNE);
    await anne.tick('input[name=sub][value=acc-marc]');
    await anne.tick('input[name=sub][value=acc-sophie]');
    await anne.choose('#action', 'suspend');
    await anne.press('form#choose button');
    await anne.see('form#bulk', 'preview');
    await anne.type('#reason', 'Fermeture du service.');
    await anne.press('#continue');
    await anne.page.waitForSelector('a[href$="/report.csv"]', { timeout: 30_000 });
    await anne.see('#continue', 'report');
    for (const [path, name] of [
      ['/admin/people/bulk', 'acts'],
      ['/admin/reference', 'registers'],
      ['/admin/health', 'health'],
    ] as const) {
      await anne.page.goto(demo.instance().issuer + path);
      await anne.see('main h1', name);
    }
  });
});

describe('administration on a telephone', () => {
  const demo = useDemo();

  for (const hasScripts of [true, false])
    it(`folds its menu, and shows it when asked, ${hasScripts ? 'with' : 'without'} scripts`, async () => {
      const anne = await demo.visitor({
        width: 320,
        hasScripts,
        ...(hasScripts && { shots: 'admin-telephone' }),
      });
      const { page } = anne;
      await anne.enter('/admin/people', ANNE);
      await anne.see('main h1', 'folded');
      const link = page.locator('nav.menu a[href="/admin/terms"]');
      expect(await link.isVisible()).to.equal(false);
      await page.locator('.menu-fold summary').focus();
      await page.keyboard.press('Enter');
      await anne.see('nav.menu a[href="/admin/terms"]', 'unfolded');
      await link.click();
      await anne.see('main h1', 'terms');
      expect(new URL(page.url()).pathname).to.equal('/admin/terms');
    });
});
