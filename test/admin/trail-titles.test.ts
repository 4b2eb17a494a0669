import { expect } from 'chai';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { administeredRegion, seatOf } from '../support/administrators.ts';
import { startTestApp, type TestApp } from '../support/app.ts';

const SOURCES = path.resolve(import.meta.dirname, '../../src');

describe('the acts that the trail can be narrowed to', () => {
  let app: TestApp;
  before(async () => {
    app = await startTestApp({ region: administeredRegion() });
  });
  after(() => app.destroy());

  it('are all kinds of events that any module declares, each by its title', async () => {
    const page = await (await seatOf(app, 'anne')).get('/admin/trail');
    const offered = new Map(
      [...page.body.matchAll(/<option value="([\w.]+)"[^>]*>([^<]+)</gu)].map(([, type = '', title = '']) => [
        type,
        title,
      ]),
    );
    const declared = new Set<string>();
    for (const name of await readdir(SOURCES, { recursive: true })) {
      if (!name.endsWith('.ts')) continue;
      const source = await readFile(path.join(SOURCES, name), 'utf8');
      for (const [, type = ''] of source.matchAll(/define(?:Act)?Event\(\s*'([\w.]+)'/gu)) declared.add(type);
    }
    expect(declared.size).to.be.greaterThan(50);
    expect([...declared].filter(type => !offered.has(type))).to.deep.equal([]);
    for (const [type, title] of offered) expect(title, type).not.to.equal(type);
  });
});
