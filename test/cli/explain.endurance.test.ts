import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { administeredRegion } from '../support/administrators.ts';
import { runCommand } from './process.ts';

const PATIENT = 'pk-0123456789abcdef';
const INS = '255081416802538';

describe('the command explain', function () {
  this.timeout(120_000);
  let folder: string;
  let env: Record<string, string>;

  async function run(...args: string[]) {
    const command = runCommand(args, env);
    const code = await command.ended;
    return { code, out: command.out(), err: command.err() };
  }
  const explain = (...more: string[]) =>
    run('explain', '--person', 'claire.test', '--action', 'read', '--network', 'cancerologie', ...more);

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'trousseau-explain-'));
    env = { TROUSSEAU_MODE: 'demo', TROUSSEAU_DATA_DIR: path.join(folder, 'data') };
    const file = path.join(folder, 'region.json');
    const record = {
      patient_key: PATIENT,
      network: 'cancerologie',
      creator: 'acc-luc',
      informed_at: '2026-01-01T09:00:00Z',
      consented_at: '2026-01-01T09:00:00Z',
    };
    const application = {
      client_id: 'dossier',
      name: 'Dossier',
      client_secret: 'a-secret-of-thirty-two-characters',
      redirect_uris: [],
      grant_types: ['client_credentials'],
      scopes: ['access:evaluate'],
      network: 'cancerologie',
    };
    await writeFile(
      file,
      JSON.stringify({ ...administeredRegion(), applications: [application], records: [record] }),
    );
    const imported = await run('import', file);
    expect(imported.code, imported.err + imported.out).to.equal(0);
  });
  after(() => rm(folder, { recursive: true }));

  it('goes through the rules for a person and a record, says what would change the answer, and is in the trail', async () => {
    const answer = await explain('--record', PATIENT, '--level', 'urn:trousseau:acr:code');
    expect(answer.code, answer.err).to.equal(0);
    expect(answer.out).to.match(/^Réponse +: refusé \(consent_missing\)/mu);
    expect(answer.out).to.include('policy.csv:').and.include('permitted_party');
    const log = path.join(folder, 'log.jsonl');
    expect((await run('audit-export', log)).code).to.equal(0);
    expect(await readFile(log, 'utf8')).to.include('admin.decision.explained');
  });

  it('stops where a patient is asked for when no record is named', async () => {
    const answer = await explain('--level', 'urn:trousseau:acr:code');
    expect(answer.out)
      .to.include('elle dépend du dossier')
      .and.not.match(/^ . +8 /mu);
  });

  it('refuses what it cannot read, and an INS without saying it again', async () => {
    for (const more of [
      ['--record', INS],
      ['--at', 'hier'],
      ['--level', 'fort'],
      ['--purpose', 'autre'],
    ]) {
      const answer = await explain(...more);
      expect(answer.code, more.join(' ')).to.equal(2);
      expect(answer.out + answer.err).not.to.include(INS);
    }
    expect((await run('explain')).code).to.equal(2);
  });

  it('names each wrong part of a question', async () => {
    const file = path.join(folder, 'question.json');
    await writeFile(file, JSON.stringify({ subject: { type: 'account' } }));
    const { code, err } = await run('explain', 'dossier', file);
    expect(code).to.equal(1);
    for (const part of ['subject.id', 'action', 'resource']) expect(err).to.include(`  ${part}: `);
  });
});
