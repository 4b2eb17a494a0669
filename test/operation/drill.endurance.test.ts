import { spawnSync } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'chai';
import {
  createVisitor,
  payloadOf,
  postAsClient,
  reasonOfDecision,
  redeem,
} from '../support/relying-party.ts';
import { missingOf, noteInformation, prepareService, type TestService } from './service.ts';

const OFFLINE = { params: { scope: 'openid profile offline_access' } };

describe('the drill: back up under load, go on, lose the machine, restore', function () {
  this.timeout(600_000);
  let service: TestService;
  before(async () => {
    service = await prepareService();
  });
  after(() => service.destroy());

  it('brings back all that was acknowledged before, revives nothing, and says so in the log', async () => {
    const first = service.place('first');
    const server = await first.serve();
    const marc = createVisitor(service);
    const session = await redeem(service, await marc.signIn('marc.lefevre', OFFLINE));
    const claire = await redeem(service, await createVisitor(service).signIn('claire.dupont', OFFLINE));
    expect(await reasonOfDecision(service, payloadOf(claire.body.id_token)['sid'])).to.equal(
      'permitted_document',
    );

    // The ledger: what was acknowledged before the backup began.
    const ledger: string[] = [];
    let isBefore = true;
    let isOver = false;
    const load = Array.from({ length: 8 }, async (_, writer) => {
      for (let at = 0; !isOver; at += 1) {
        const key = `pk-${writer}-${at}`;
        if ((await noteInformation(service, key)) && isBefore) ledger.push(key);
      }
    });
    while (ledger.length < 100) await new Promise(resolve => setTimeout(resolve, 20));
    isBefore = false;
    const file = path.join(service.folder, 'night.backup');
    const said = await first.run('backup', file);

    // Later: a session and its refresh token are revoked.
    const token = session.body.refresh_token ?? '';
    expect((await postAsClient(service, '/oidc/revoke', { token })).status).to.equal(200);
    isOver = true;
    await Promise.all(load);
    server.child.kill('SIGKILL');
    await server.ended;
    await rm(first.dataDir, { recursive: true });

    await checkWithOpenssl(said, file);
    const second = service.place('second');
    await second.run('restore', file, '--check');
    await second.run('restore', file);
    expect((await second.attempt('restore', file)).err).to.include('store.place_taken');
    await second.serve();

    expect(await missingOf(service, ledger)).to.deep.equal([]);
    for (const { body } of [session, claire]) {
      const form = { grant_type: 'refresh_token', refresh_token: body.refresh_token ?? '' };
      expect((await postAsClient(service, '/oidc/token', form)).body.error).to.equal('invalid_grant');
    }
    expect(await reasonOfDecision(service, payloadOf(claire.body.id_token)['sid'])).to.equal('session_ended');
    expect((await marc.authorize()).page.forms[0]?.id, 'a session lives on').to.equal('identify');
    // The device that was known is a stranger again, and a password still opens.
    expect((await createVisitor(service).signIn('claire.dupont')).callback.has('code')).to.equal(true);
    expect(await second.run('audit-export', path.join(service.folder, 'log.jsonl'))).to.include('PUBLIC KEY');
    const log = await readFile(path.join(service.folder, 'log.jsonl'), 'utf8');
    expect(log).to.include('operation.backup.restored');
    expect(await second.run('audit-verify')).to.include('whole');
  });

  /** As docs/operations.md says that whoever keeps the files can check them, without the keys of the service. */
  async function checkWithOpenssl(said: string, file: string): Promise<void> {
    const [publicKey] = /-----BEGIN[\s\S]+-----END PUBLIC KEY-----/u.exec(said) ?? [''];
    const [, fingerprint = ''] = /fingerprint ([0-9a-f]{64})/u.exec(said) ?? [];
    const at = (name: string) => path.join(service.folder, name);
    await writeFile(at('key.pem'), publicKey);
    await writeFile(at('fingerprint'), fingerprint);
    await writeFile(at('signature'), (await readFile(file)).subarray(-64));
    const args = ['-verify', '-pubin', '-inkey', at('key.pem'), '-rawin', '-in', at('fingerprint')];
    const { status, stderr } = spawnSync('openssl', ['pkeyutl', ...args, '-sigfile', at('signature')]);
    expect(status, String(stderr)).to.equal(0);
  }
});
