import { globSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import type { EventType } from '#audit/index.ts';
import { createEventCatalogue } from '../../src/admin/trail/catalogue-of-events.ts';
import { rowOf } from '../../src/admin/trail/rows.ts';
import { createTrailScope } from '../../src/admin/trail/scope.ts';
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

  it('tell a decision that was only simulated from one that let somebody in', () => {
    const authority = { may: () => true, reaches: () => true };
    const none = { people: new Map(), organisations: [], applications: [] };
    const scope = createTrailScope({ visitor: { sub: 'system', authority }, ...none });
    const made = {
      type: 'access.decision.made',
      category: 'access',
      outcome: 'success',
      at: '2026-11-21T09:00:00.000Z',
      chain: 'chain',
      seq: 1,
      hash: 'hash',
    } as const;
    const sentenceOf = (more: object) =>
      rowOf(
        { ...made, data: { resourceType: 'patient_record', action: 'read', ...more } },
        scope,
        createEventCatalogue(productEvents),
      ).sentence;
    expect(sentenceOf({})).not.to.match(/simul/iu);
    expect(sentenceOf({ simulatedAt: '2026-03-01T09:00:00.000Z' })).to.match(/^Simulation/u);
  });
});
