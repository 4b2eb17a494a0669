import { readdir, readFile } from 'node:fs/promises';
import type { Method } from '#methods/index.ts';
import { levelOf } from '#signin/index.ts';
import { expect } from 'chai';
import { startTestApp, type TestApp } from '../support/app.ts';
import { prepareCards, type TestCards } from '../support/cards.ts';

const FOLDER = new URL('../../docs/means/', import.meta.url);

/** One line of the table: cells as they are written. */
interface Row {
  readonly page: string;
  readonly alone: string;
  readonly afterPassword: string;
  readonly amr: string;
  readonly phishing: string;
}

/** The lines of the table by the means that they are of. */
function rowsOf(page: string): ReadonlyMap<string, Row> {
  const lines = page.split('\n').filter(line => line.startsWith('| ['));
  return new Map(
    lines.map(line => {
      const [, name = '', , alone = '', afterPassword = '', amr = '', phishing = ''] = line
        .split('|')
        .map(cell => cell.trim());
      const [, file = '', id = ''] = /^\[[^\]]+\]\(([\w-]+\.md)\) \(`([\w-]+)`\)$/u.exec(name) ?? [];
      return [id, { page: file, alone, afterPassword, amr, phishing }];
    }),
  );
}

/** What stands between backquotes; levels by their short name. */
const quoted = (cell: string) => [...cell.matchAll(/`(?:…:)?([\w-]+)`/gu)].map(([, value]) => value);
const short = (acr: string | null | undefined) => (acr ? [acr.split(':').at(-1)] : []);

describe('the page of the means of signing in', () => {
  let cards: TestCards;
  let app: TestApp;
  let rows: ReadonlyMap<string, Row>;
  before(async function () {
    // Keys of cards on a busy machine.
    this.timeout(60_000);
    cards = await prepareCards();
    app = await startTestApp({
      env: {
        ...cards.env,
        TROUSSEAU_PSC_CLIENT_ID: 'trousseau',
        TROUSSEAU_PSC_CLIENT_SECRET: 'secret-of-the-simulated-provider',
        TROUSSEAU_PSC_ISSUER: 'http://localhost:9',
      },
    });
    rows = rowsOf(await readFile(new URL('README.md', FOLDER), 'utf8'));
  });
  after(async () => {
    await app.destroy();
    await cards.destroy();
  });

  it('has a line for every means, with a page of its own, and a line for every page', async () => {
    expect([...rows.keys()]).to.have.members(app.methods.map(({ id }) => id));
    const pages = (await readdir(FOLDER)).filter(name => name !== 'README.md');
    expect([...new Set([...rows.values()].map(({ page }) => page))]).to.have.members(pages);
  });

  it('tells the levels, the amr and the resistance to phishing that the service gives', () => {
    const password = app.methods.find(({ id }) => id === 'password') as Method;
    for (const method of app.methods) {
      const row = rows.get(method.id);
      const about = method.id;
      expect(quoted(row?.alone ?? ''), about).to.deep.equal(
        (method.declarableAcrs ?? [method.acrAlone]).flatMap(short),
      );
      const after = method === password ? null : levelOf([password, method]);
      expect(quoted(row?.afterPassword ?? ''), about).to.deep.equal(short(after));
      expect(quoted(row?.amr ?? ''), about).to.deep.equal(method.amr);
      expect(row?.phishing === 'y résiste', about).to.equal(method.resistsPhishing);
    }
  });
});
