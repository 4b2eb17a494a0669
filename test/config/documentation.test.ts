import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseEnv, promisify } from 'node:util';
import { loadConfig } from '#config/index.ts';
import { expect } from 'chai';
import { configurationPage, envExample } from '../../scripts/docs/configuration.ts';
import { sections } from '../../src/sections.ts';

const run = promisify(execFile);

describe('the documents of the configuration', () => {
  it('are up to date: node scripts/docs/generate.ts', async () => {
    const script = fileURLToPath(new URL('../../scripts/docs/generate.ts', import.meta.url));
    await run(process.execPath, [script, '--check']);
  });

  it('name every setting', () => {
    for (const { env } of sections.flatMap(section => Object.values(section.settings))) {
      expect(configurationPage(sections)).to.include(`\`${env}\``);
      if (env.startsWith('TROUSSEAU_')) expect(envExample(sections)).to.include(`#${env}=`);
    }
  });

  it('give an example file that changes nothing when it is copied', () => {
    expect(parseEnv(envExample(sections))).to.deep.equal({});
    expect(loadConfig(sections, {}, { cwd: '/nonexistent' }).mode).to.equal('demo');
  });
});
