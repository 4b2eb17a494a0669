import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { HEIGHT, lighter, openDesk, WIDTH, type Desk } from './pictures-desk.ts';

/*
 * Takes the pictures of the guides, `docs/images/guide-*.png`, in a demonstration of its own:
 * `npm run docs:pictures [-- FOLDER]`. They are looked at before they are committed.
 */

const ANNE = 'anne.moreau';
const CLAIRE = 'claire.dupont';
const MARC = 'marc.lefevre';
const PAUL = 'paul.bernard';

interface Picture {
  readonly name: string;
  readonly as: string;
  readonly path: string;
  /** What others have done by then. */
  readonly after?: (desk: Desk) => Promise<unknown>;
  /** What is done at that page before the picture. */
  readonly before?: (page: Page) => Promise<unknown>;
  /** Of a page that is too long to be shown whole. */
  readonly height?: number;
}

const LIST = [
  'NOM;Prénom;Courriel;N° RPPS',
  'GARNIER;Élise;elise.garnier@chu-bretonneau.example;99700367123',
  'DUPONT;Claire;claire.dupont2@chu-bretonneau.example;',
  'BENALI;Karim;karim.benali@chu-bretonneau.example;99700367115',
  'PETIT;Louis;louis.petit@chu-bretonneau.example;99700366241',
].join('\r\n');

/** In order: some show what an earlier one has done. */
const pictures: readonly Picture[] = [
  { name: 'envois', as: ANNE, path: '/admin/deliveries' },
  { name: 'courriels', as: ANNE, path: '/admin/mails', height: 1200 },
  { name: 'moyens', as: ANNE, path: '/admin/means' },
  { name: 'absence', as: ANNE, path: '/admin/people/acc-karim/absence' },
  { name: 'ajouter', as: ANNE, path: '/admin/people/new' },
  {
    name: 'suspendre',
    as: ANNE,
    path: '/admin/people/new',
    async before(page) {
      await page.fill('#given_name', 'Émilie');
      await page.fill('#family_name', 'Durand');
      await page.selectOption('#profession', '60');
      await page.fill('#email', 'emilie.durand@ch-val-de-loire.example');
      await page.selectOption('form#person #organisation', 'ch-loire');
      await page.selectOption('form#person #profile', 'utilisateur_cancerologie');
      await page.click('form#person #continue');
      await page.click('a[href$="/suspend"]');
      await page.waitForSelector('form#confirm');
    },
  },
  {
    name: 'nommer',
    as: ANNE,
    path: '/admin/appointments/new?q=roy',
    async before(page) {
      await page.click('a[href*="sub=acc-helene"]');
      await page.waitForSelector('form#appointment');
    },
  },
  {
    name: 'utilisateurs',
    as: PAUL,
    path: '/admin/people',
    async before(page) {
      await page.fill('#q', 'lefèvre');
      await page.click('#continue');
      await page.waitForURL(/[?&]q=/u);
    },
  },
  {
    name: 'profil',
    as: PAUL,
    path: '/admin/people/acc-marc/memberships/new?network=cancerologie&organisation=chu',
    before: page => page.check('input[name=profile][value=utilisateur_cancerologie]'),
  },
  {
    name: 'liste',
    as: 'coline.mercier',
    path: '/admin/people/import',
    async before(page) {
      await page.setInputFiles('#file', {
        name: 'professionnels-3c.csv',
        mimeType: 'text/csv',
        buffer: Buffer.from(LIST),
      });
      await page.selectOption('#organisation', 'chu');
      await page.selectOption('#profile', 'utilisateur_cancerologie');
      await page.click('#continue');
      await page.click('a[href$="?show=homonym"]');
      await page.waitForSelector('form#choices');
    },
  },
  {
    name: 'demande',
    as: ANNE,
    path: '/admin/requests',
    height: 960,
    after: desk => desk.askForAccount('Léa', 'Petit', '99700717004'),
    async before(page) {
      await page.click('table a:has-text("PETIT")');
      await page.waitForSelector('#continue');
    },
  },
  {
    name: 'accepter',
    as: ANNE,
    path: '/admin/requests',
    height: 960,
    // The number of the Claire who is known already.
    after: desk => desk.askForAccount('Claire', 'Dupont', '99700366240'),
    async before(page) {
      await page.click('table a:has-text("DUPONT")');
      await page.click('#continue');
      await page.waitForSelector('form#accept');
    },
  },
  {
    name: 'traces',
    as: 'nadia.haddad',
    path: '/admin/trail/records/pk-demo-1',
    async after(desk) {
      for (const reader of [CLAIRE, MARC]) await desk.visit(reader, `${desk.dccUrl}/records/2026-0101`);
    },
  },
  {
    name: 'urgence',
    as: ANNE,
    path: '/admin/emergencies',
    after: openInEmergency,
    async before(page) {
      await page.click('main .table a[href^="/admin/emergencies/"]');
      await page.waitForSelector('form#examine');
    },
  },
  {
    name: 'expliquer',
    as: ANNE,
    path: '/admin/explain',
    height: 1970,
    async before(page) {
      await page.fill('#account', CLAIRE);
      await page.fill('#patient_key', 'pk-demo-4');
      await page.click('form#explain #continue');
      await page.waitForSelector('.explain-ways');
    },
  },
  { name: 'seconde-personne', as: 'bruno.lambert', path: '/admin/proposals', after: propose },
];

/** The patient of this record opposes Claire, but not in an emergency. */
async function openInEmergency(desk: Desk): Promise<void> {
  const page = await desk.visit(CLAIRE, `${desk.dccUrl}/records/2026-0104`);
  await page.click('#break-glass');
  await page.fill('#reason', 'Hémorragie aux urgences, antécédents inconnus');
  await page.click('form#emergency button');
  await page.click('form#sign-in button');
  await page.waitForSelector('form#code');
  await desk.passSignIn(CLAIRE);
  await page.click('form#emergency button');
  await page.waitForSelector('[data-emergency="bris_de_glace"]');
}

/** Anne proposes what Bruno, an administrator of the same rank, may confirm. */
async function propose(desk: Desk): Promise<void> {
  const place = 'network=cancerologie&organisation=region';
  const page = await desk.visit(ANNE, `/admin/people/acc-paul/memberships/new?${place}`);
  await page.check('input[name=profile][value=administrateur_regional]');
  await page.click('form#profile #continue');
  await page.waitForSelector('[role=status]');
  await desk.createAdministrator('Bruno', 'Lambert', 'bruno.lambert@esante-region.example');
}

async function take(desk: Desk, picture: Picture, folder: string): Promise<void> {
  await picture.after?.(desk);
  const page = await desk.visit(picture.as, picture.path);
  await picture.before?.(page);
  await page.setViewportSize({ width: WIDTH, height: picture.height ?? HEIGHT });
  const shot = await page.screenshot({ fullPage: !picture.height });
  const file = path.join(folder, `guide-${picture.name}.png`);
  await writeFile(file, lighter(shot));
  console.log(`wrote ${file}`);
}

const folder = process.argv[2] ?? path.resolve(import.meta.dirname, '../../docs/images');
const desk = await openDesk();
try {
  for (const picture of pictures) await take(desk, picture, folder);
} finally {
  await desk.close();
}
