import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { expect } from 'chai';
import { createBrowserless } from '../../scripts/interop/browserless.ts';
import { createCertificate } from '../notify/certificate.ts';
import { openMailServer, type MailServer } from '../security/recorder.ts';
import { freePort, untilListening } from '../support/ports.ts';
import { newStoreUrl, removeStored } from '../support/store.ts';
import { isInstalled, startBalancer } from './balancer.ts';
import { guideFor } from './install-guide.ts';

const onMongo = process.env['TEST_MONGODB_URL'] !== undefined;
const NEW_PASSWORD = 'Girafe-orange-2026!';
const REGION = {
  version: 1,
  region: { name: 'Région d’essai', support: 'Assistance : 02 00 00 00 00' },
  networks: [{ id: 'cancerologie', name: 'Cancérologie', regime: 'consentement' }],
  organisations: [{ id: 'region', name: 'Région', networks: ['cancerologie'] }],
};

describe('the guide of installation', () => {
  let folder: string;
  let server: ChildProcess | undefined;
  let proxy: { stop(): Promise<void> } | undefined;
  let mail: MailServer;
  let storeUrl: string | undefined;
  const trusted = getCACertificates('default');

  before(async function () {
    if (!isInstalled('nginx')) return this.skip();
    folder = await mkdtemp(path.join(tmpdir(), 'trousseau-install-'));
    mail = await openMailServer('mail-password');
  });
  after(async () => {
    setDefaultCACertificates(trusted);
    await proxy?.stop();
    if (server?.pid !== undefined && server.exitCode === null) {
      process.kill(-server.pid, 'SIGKILL');
      await once(server, 'exit');
    }
    if (folder === undefined) return;
    await mail.close();
    if (storeUrl !== undefined) await removeStored(storeUrl);
    await rm(folder, { recursive: true, force: true });
  });

  /** As root's shell at the foot of the repository; settings of the tests' own process are not the service's. */
  function sh(script: string): string {
    const { status, stdout, stderr } = spawnSync('bash', ['-euc', script], {
      cwd: path.resolve(import.meta.dirname, '..', '..'),
      env: { PATH: process.env['PATH'] },
      encoding: 'utf8',
    });
    expect(status, `${script}\n${stdout}${stderr}`).to.equal(0);
    return stdout;
  }

  /** The settings of the guide; on MongoDB, whose own tools back it up, with its address in a file of secrets. */
  async function settings(ofGuide: string): Promise<string> {
    if (!onMongo) return ofGuide;
    const file = path.join(folder, 'etc', 'secrets', 'store-url');
    storeUrl = await newStoreUrl();
    await writeFile(file, storeUrl, { mode: 0o400 });
    sh(`chown --reference=${path.dirname(file)} ${file}`);
    return ofGuide.replace(/^TROUSSEAU_STORE_URL=.*$/mu, `TROUSSEAU_STORE_URL_FILE=${file}`);
  }

  /** The newest code that came by mail; the outbox is emptied by a job, so it is waited for. */
  async function code(): Promise<string> {
    for (let tries = 0; tries < 200; tries += 1) {
      const found = mail.messages.at(-1)?.match(/\b\d{6}\b/u);
      if (found) return found[0];
      await new Promise(resolve => setTimeout(resolve, 100));
    }
    throw new Error('no code came');
  }

  it('leads to a service behind nginx with TLS, where its first administrator signs in', async function () {
    // Ten processes one after the other, on a machine that may have other work.
    this.timeout(600_000);
    const [port, tlsPort] = [await freePort(), await freePort()];
    const issuer = `https://localhost:${tlsPort}`;
    const guide = guideFor({ folder, port, issuer, smtpUrl: mail.url });

    sh(guide(1).replace(/^(?!install ).*$/gmu, ''));
    sh(guide(2));
    const { mode } = await stat(path.join(folder, 'etc', 'secrets', 'seal-keys'));
    expect(mode & 0o777).to.equal(0o400);
    await writeFile(path.join(folder, 'etc', 'trousseau.env'), await settings(guide(3, 'ini')));
    await writeFile(path.join(folder, 'etc', 'region.json'), JSON.stringify(REGION));
    const said = sh(guide(4));
    expect(said).to.include('configuration: valid, mode production');
    expect(said, 'the files of the guide are for nobody else').not.to.match(/^warning/mu);
    const [, login = '', first = ''] = /login: (\S+)\n[^:]*: (\S+)/u.exec(said) ?? [];

    const [command = ''] = guide(4).match(/^trousseau\(\).*$/mu) ?? [];
    server = spawn('bash', ['-euc', `${command}\ntrousseau serve`], {
      detached: true,
      env: { PATH: process.env['PATH'] },
      stdio: 'ignore',
    });
    await untilListening(port);
    const { cert, key } = createCertificate();
    const tls = { certificate: path.join(folder, 'cert.pem'), key: path.join(folder, 'key.pem') };
    await writeFile(tls.certificate, cert);
    await writeFile(tls.key, key);
    proxy = await startBalancer('nginx', { port: tlsPort, instances: [port, port], folder, tls });
    setDefaultCACertificates([...trusted, cert]);

    const browser = createBrowserless();
    const answers: Readonly<Record<string, () => Promise<Record<string, string>>>> = {
      identify: () => Promise.resolve({ login, password: first }),
      code: async () => ({ code: await code() }),
      'change-password': () =>
        Promise.resolve({ password: first, new_password: NEW_PASSWORD, new_password_repeat: NEW_PASSWORD }),
    };
    let page = await browser.get(`${issuer}/admin`);
    const steps: string[] = [];
    for (;;) {
      const form = page.forms[0]?.id ?? '';
      const answer = answers[form];
      if (!answer || steps.includes(form)) break;
      steps.push(form);
      page = await browser.submit(page, form, await answer());
    }
    expect(steps).to.deep.equal(['identify', 'code', 'change-password']);
    expect({ path: page.url.pathname, status: page.status }).to.deep.equal({ path: '/admin', status: 200 });
    expect((await fetch(`${issuer}/metrics`)).status, 'figures are for the inside').to.equal(404);

    const last = onMongo ? guide(6).replace(/^trousseau (?:backup|restore) .*$/gmu, '') : guide(6);
    const told = sh(`${command}\n${last}`);
    expect(told).to.include('the log is whole');
    if (!onMongo) expect(told).to.include('the backup is whole');
  });
});
