import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { useDemo } from './support.ts';

const COLINE = 'coline.mercier';
/** A list as a 3C sends it: somebody new, a namesake of Claire Dupont of the CHU, somebody known, a wrong number. */
const LIST = [
  'NOM;Prénom;Courriel;N° RPPS',
  'GARNIER;Élise;elise.garnier@chu-bretonneau.example;99700367123',
  'DUPONT;Claire;claire.dupont2@chu-bretonneau.example;',
  'BENALI;Karim;karim.benali@chu-bretonneau.example;99700367115',
  'PETIT;Louis;louis.petit@chu-bretonneau.example;99700366241',
].join('\r\n');

describe('the list of a référent of the 3C', () => {
  const demo = useDemo();

  it('is checked, its namesake chosen, confirmed, followed to its end, and reported', async () => {
    const coline = await demo.visitor({ shots: 'admin-list' });
    const { page } = coline;
    await coline.enter('/admin', COLINE);
    await coline.press('nav a[href="/admin/people"]');
    await coline.press('a[href="/admin/people/import"]');
    await coline.see('form#import', 'deposit');
    await page.setInputFiles('#file', {
      name: 'professionnels-3c.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from(LIST),
    });
    await coline.choose('#organisation', 'chu');
    await coline.choose('#profile', 'utilisateur_cancerologie');
    await coline.press('#continue');

    await coline.see('form#confirm', 'check');
    await coline.press('a[href$="?show=refused"]');
    await coline.see('#lines', 'lines-to-correct');
    await coline.press('a[href$="?show=homonym"]');
    await coline.see('form#choices', 'namesakes');
    await coline.choose('form#choices select', 'new');
    await coline.press('form#choices button');
    await coline.see('form#confirm', 'chosen');
    await coline.press('#continue');

    await coline.see('#progress', 'progress');
    // The page refreshes itself; the job goes on whether somebody looks or not.
    await page.waitForSelector('a[href$="/report.csv"]', { timeout: 30_000 });
    await coline.see('#continue', 'done');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      coline.press('a[href$="/report.csv"]'),
    ]);
    const report = await readFile(await download.path(), 'utf8');
    for (const name of ['GARNIER', 'DUPONT', 'BENALI', 'PETIT']) expect(report).to.include(name);
    await coline.press('a[href="/admin/people"]');
    await coline.see('a:has-text("GARNIER Élise")', 'people');
    expect(await page.locator('a:has-text("DUPONT Claire")').count()).to.equal(2);
    expect(await page.locator('a:has-text("PETIT Louis")').count()).to.equal(0);
  });
});
