import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isAppError } from '#kernel/index.ts';
import { expect } from 'chai';
import { auditExport } from '../../src/cli/audit.ts';
import { exportConsents } from '../../src/cli/consents.ts';
import { rotatePatientKey } from '../../src/cli/rotate-patient-key.ts';
import { command } from '../operation/command.ts';

const INS = '269054958815780';

describe('the commands on records', function () {
  this.timeout(120_000);
  let folder: string;
  let env: Record<string, string>;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'trousseau-records-'));
    env = { TROUSSEAU_MODE: 'demo', TROUSSEAU_DATA_DIR: path.join(folder, 'data') };
  });
  after(() => rm(folder, { recursive: true }));

  it('say which part of a report they cannot read, without repeating an INS, and leave no file', async () => {
    const file = path.join(folder, 'report.txt');
    const refused = [
      await command(auditExport, env, file, '--patient', INS),
      await command(auditExport, env, file, '--patient', 'pk-1', '--from', 'hier'),
    ];
    expect(refused.map(({ code }) => code)).to.deep.equal([2, 2]);
    expect(new Set(refused.map(({ err }) => err)).size, refused[0]?.err).to.equal(2);
    expect(JSON.stringify(refused)).not.to.include(INS);
    expect((await command(auditExport, env, file, '--patient', 'pk-1')).code).to.equal(0);
  });

  it('export no consents of a network that nobody knows', async () => {
    expect((await command(exportConsents, env, 'nowhere')).code).to.equal(2);
    expect((await command(exportConsents, env)).code).to.equal(0);
  });

  it('say what keeps a secret of patient keys from being forgotten', async () => {
    const error = await command(rotatePatientKey, env, '--retire', '1').catch((thrown: unknown) => thrown);
    expect(isAppError(error, 'access.key_version_in_use')).to.equal(true);
    expect((error as Error).message).to.include('--even-waiting');
  });
});
