/** The demonstration and the browser in which `pictures.ts` takes its pictures; whoever comes signs in once. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { chromium, type Page } from 'playwright-core';
import { PNG } from 'pngjs';
import { fold } from '#kernel/index.ts';
import { CHROMIUM, CHROMIUM_FLAGS } from '../../test/browser/chromium.ts';
import { createApplicant, PDF } from '../../test/enrolment/applicant.ts';
import { pngOf } from '../../test/support/pictures.ts';
import { startDemoInstance } from '../interop/demo-instance.ts';
import { readOutbox } from '../interop/outbox.ts';

export const WIDTH = 1280;
export const HEIGHT = 800;

const ROOT = path.resolve(import.meta.dirname, '../..');
const NEW_PASSWORD = 'Garrigue-Mistral-47!';
const PATIENCE_SECONDS = 30;
const MOST_STEPS = 8;

export interface Desk {
  readonly dccUrl: string;
  /** This person's own page at that address, behind every step of the sign-in that it asks for. */
  visit(login: string, address: string): Promise<Page>;
  /** Passes the steps of a sign-in that this person's page was led to. */
  passSignIn(login: string): Promise<void>;
  /** Sends a request for an account, as one who has nothing but a mailbox. */
  askForAccount(givenName: string, familyName: string, rpps: string): Promise<void>;
  /** Another administrator of the region, made beside the service that runs. */
  createAdministrator(givenName: string, familyName: string, email: string): Promise<void>;
  close(): Promise<void>;
}

export async function openDesk(): Promise<Desk> {
  const demo = await startDemoInstance();
  const browser = await chromium
    .launch({
      executablePath: CHROMIUM,
      // The fields of dates and files speak the language of the browser itself: Debian's package chromium-l10n.
      env: { ...process.env, LANGUAGE: 'fr', LANG: 'fr_FR.UTF-8', LC_ALL: 'fr_FR.UTF-8' },
      args: ['--lang=fr-FR', ...CHROMIUM_FLAGS],
    })
    .catch(async (error: unknown) => {
      await demo.stop();
      throw error;
    });
  const pages = new Map<string, Page>();
  const passwords: Record<string, string> = { ...demo.passwords };
  const seen = new Set<string>();

  /** The text of the newest message to one of these that holds a code, and was not read before. */
  async function newMessage(isTo: (to: string) => boolean): Promise<string> {
    for (let waited = 0; waited < PATIENCE_SECONDS * 10; waited++) {
      for (const { id, to, text } of await readOutbox(demo.outboxUrl)) {
        if (seen.has(id) || !isTo(to) || !/\b\d{6}\b/u.test(text)) continue;
        seen.add(id);
        return text;
      }
      await delay(100);
    }
    throw new Error('no code came');
  }

  async function pageOf(login: string): Promise<Page> {
    const known = pages.get(login);
    if (known) return known;
    const context = await browser.newContext({
      viewport: { width: WIDTH, height: HEIGHT },
      deviceScaleFactor: 1,
      locale: 'fr-FR',
      timezoneId: 'Europe/Paris',
      colorScheme: 'light',
      reducedMotion: 'reduce',
    });
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_SECONDS * 1000);
    pages.set(login, page);
    return page;
  }

  async function passSignIn(login: string): Promise<void> {
    const page = await pageOf(login);
    for (let step = 0; step < MOST_STEPS && isSigningIn(page); step++) {
      const form = await page.getAttribute('main form[id]', 'id');
      if (form === 'identify') await page.fill('#login', login);
      if (form === 'identify' || form === 'password')
        await page.fill('input[name=password]', passwords[login] ?? '');
      if (form === 'terms') await page.check('#accept');
      if (form === 'change-password') {
        await page.fill('#new_password', NEW_PASSWORD);
        await page.fill('#new_password_repeat', NEW_PASSWORD);
      }
      if (form === 'code') {
        const text = await newMessage(to => to.startsWith(`${login}@`) || to.startsWith('+'));
        await page.fill('#code input[name=code]', /\b\d{6}\b/u.exec(text)?.[0] ?? '');
      }
      await page.click('#continue');
      await page.waitForLoadState();
    }
    if (isSigningIn(page)) throw new Error(`${login} is still asked to sign in`);
  }

  return {
    dccUrl: demo.dccUrl,
    passSignIn,
    async visit(login, address) {
      const page = await pageOf(login);
      await page.goto(new URL(address, demo.issuer).href);
      await passSignIn(login);
      return page;
    },
    async askForAccount(givenName, familyName, rpps) {
      const { issuer } = demo;
      const email = `${fold(givenName)}.${fold(familyName)}@exemple.fr`;
      const asking = createApplicant({ issuer, mailTo: address => newMessage(to => to === address) });
      await asking.begin();
      await asking.fillIdentity({ givenName, familyName, rpps });
      await asking.proveAddress(email);
      await asking.fill('interests', { networks: ['cancerologie'] });
      await asking.upload('signed_request', PDF);
      await asking.upload('identity_card', pngOf(600, 380));
      await asking.fill('proofs');
      const { body } = await asking.fill('summary');
      if (!body.includes('data-state="received"')) throw new Error(`the request of ${email} was not received`);
    },
    async createAdministrator(...who) {
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ['src/main.ts', 'create-admin', ...who, 'cancerologie', 'region'],
        {
          cwd: ROOT,
          env: {
            PATH: process.env.PATH,
            HOME: process.env.HOME,
            TROUSSEAU_MODE: 'demo',
            TROUSSEAU_DATA_DIR: demo.dataDir,
          },
        },
      );
      const [, login = '', password = ''] = /login: (\S+)\n.*: (\S+)/u.exec(stdout) ?? [];
      passwords[login] = password;
    },
    async close() {
      await browser.close().finally(() => demo.stop());
    },
  };
}

const isSigningIn = (page: Page) => new URL(page.url()).pathname.startsWith('/interaction/');

/** Chromium packs for speed, with more shades than one sees: a repository keeps every picture for ever. */
export function lighter(shot: Buffer): Buffer {
  const SHADES = 85;
  const image = PNG.sync.read(shot);
  const step = 255 / SHADES;
  image.data.forEach((value, at) => (image.data[at] = Math.round(value / step) * step));
  return PNG.sync.write(image, { colorType: 2, deflateLevel: 9, deflateStrategy: 0, filterType: 0 });
}
