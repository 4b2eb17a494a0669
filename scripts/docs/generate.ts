import { readFile, writeFile } from 'node:fs/promises';
import { sections } from '../../src/sections.ts';
import { configurationPage, envExample } from './configuration.ts';

/*
 * Writes the generated documents, or with --check only compares them: status 1 when one is out of date.
 */

const documents = [
  { file: 'docs/configuration.md', content: configurationPage(sections) },
  { file: '.env.example', content: envExample(sections) },
];

const isCheck = process.argv.includes('--check');
for (const { file, content } of documents) {
  const url = new URL(`../../${file}`, import.meta.url);
  const current = await readFile(url, 'utf8').catch(() => undefined);
  if (current === content) continue;
  if (isCheck) {
    console.error(`${file} is out of date: run node scripts/docs/generate.ts`);
    process.exitCode = 1;
  } else {
    await writeFile(url, content);
    console.log(`wrote ${file}`);
  }
}
