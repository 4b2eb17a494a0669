import { globSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import type { EventType } from '#audit/index.ts';
import { fieldWords, levelWords, valueWords } from '../../src/admin/trail/wording.ts';
import { productEvents } from '../../src/events.ts';

const isEvent = (value: unknown): value is EventType =>
  typeof value === 'object' && value !== null && 'category' in value && 'type' in value && 'data' in value;

/** Every kind of event that administration defines, wherever in its folder. */
async function administrationEvents(): Promise<readonly EventType[]> {
  const root = path.resolve(import.meta.dirname, '../..');
  const files = globSync('src/admin/**/*.ts', { cwd: root }).filter(file => !file.endsWith('worker.ts'));
  const modules = await Promise.all(
    files.map(file => import(pathToFileURL(path.join(root, file)).href) as Promise<object>),
  );
  return modules.flatMap(module => Object.values(module).flat()).filter(isEvent);
}

describe('the words of the trail', () => {
  it('name every field that an event may hold', async () => {
    const ofAdministration = await administrationEvents();
    expect(ofAdministration.length).to.be.greaterThan(10);
    const nameless = [...productEvents, ...ofAdministration]
      .flatMap(({ type, data }) => [...data].map(field => ({ type, field })))
      .filter(({ field }) => fieldWords(field) === field);
    expect(nameless).to.deep.equal([]);
  });

  it('say codes, levels and nothing at all as people do, and leave what people wrote as it is', () => {
    expect(valueWords('pro-sante-connect')).to.equal('Pro Santé Connect');
    expect(valueWords(null)).to.equal('rien');
    expect(valueWords('constructor')).to.equal('constructor');
    expect(levelWords('eidas1')).to.equal(levelWords('urn:trousseau:acr:card'));
    expect(levelWords('urn:other')).to.equal('urn:other');
  });
});
