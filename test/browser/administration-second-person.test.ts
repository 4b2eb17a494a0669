import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { useDemo, type Visitor } from './support.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const ANNE = 'anne.moreau';
const REGIONAL = 'administrateur_regional';
const NEW_PASSWORD = 'Garrigue-Mistral-47!';
/** Becomes an administrator of the region, if two people want it. */
const PAUL = 'acc-paul';

describe('an act that needs two people', () => {
  const demo = useDemo();

  /** The second administrator of the region, as the operator makes one: on the machine, beside the service that runs. */
  async function createAdministrator(givenName: string, familyName: string, email: string) {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['src/main.ts', 'create-admin', givenName, familyName, email, 'cancerologie', 'region'],
      {
        cwd: ROOT,
        env: {
          PATH: process.env.PATH,
          HOME: process.env.HOME,
          TROUSSEAU_MODE: 'demo',
          TROUSSEAU_DATA_DIR: demo.instance().dataDir,
        },
      },
    );
    const [, login = '', password = ''] = /login: (\S+)\n.*: (\S+)/u.exec(stdout) ?? [];
    return { login, password };
  }

  async function signInFirst(visitor: Visitor, { login, password }: { login: string; password: string }) {
    const { page } = visitor;
    await page.goto(`${demo.instance().issuer}/admin`);
    await visitor.type('#login', login);
    await visitor.type('#password', password);
    await visitor.press('#continue');
    await page.waitForSelector('form#code');
    await visitor.enterCode(login);
    await page.waitForSelector('form#change-password');
    await visitor.type('#new_password', NEW_PASSWORD);
    await visitor.type('#new_password_repeat', NEW_PASSWORD);
    await visitor.press('#continue');
    await page.waitForSelector('form#terms');
    await visitor.tick('#accept');
    await visitor.press('#continue');
  }

  it('waits, is confirmed by the other one and by nobody else, and stands in the trail with both names', async () => {
    const anne = await demo.visitor({ shots: 'admin-proposal' });
    await anne.enter(`/admin/people/${PAUL}/memberships/new?network=cancerologie&organisation=region`, ANNE);
    await anne.see('form#profile', 'profile');
    await anne.tick(`input[name=profile][value=${REGIONAL}]`);
    await anne.press('form#profile #continue');
    await anne.see('[role=status]', 'waits-for-a-second-person');
    expect(await anne.page.locator('main').textContent()).not.to.include('Administrateur régional');
    await anne.press('nav a[href="/admin/proposals"]');
    await anne.see('form[id^=decline-]', 'her-own-proposal');
    expect(await anne.page.locator('form[id^=confirm-]').count(), 'not hers to confirm').to.equal(0);

    const newcomer = await createAdministrator('Bruno', 'Lambert', 'bruno.lambert@esante-region.example');
    const bruno = await demo.visitor({ shots: 'admin-second-person' });
    const { page } = bruno;
    await signInFirst(bruno, newcomer);
    await bruno.see('.figures-words', 'dashboard');
    await bruno.press('nav a[href="/admin/proposals"]');
    await bruno.see('form[id^=confirm-]', 'to-confirm');
    const proposal = await page.locator('main').textContent();
    expect(proposal).to.include('Anne MOREAU').and.to.include('Paul BERNARD');
    await bruno.press('form[id^=confirm-] button');
    await bruno.see('[role=status]', 'confirmed');
    expect(await page.locator('form[id^=confirm-]').count()).to.equal(0);

    await page.goto(`${demo.instance().issuer}/admin/people/${PAUL}`);
    await bruno.see('#profiles', 'profile-given');
    expect(await page.locator('main').textContent()).to.include('Administrateur régional');
    await page.goto(`${demo.instance().issuer}/admin/trail?person=${PAUL}&act=admin.membership.given`);
    await bruno.see('.trail-list', 'both-names');
    const line = await page.locator('.trail-list li').first().textContent();
    expect(line).to.include('Anne MOREAU').and.to.include('Bruno LAMBERT');
  });
});
