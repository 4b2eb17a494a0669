import { expect } from 'chai';
import type { TestApp } from '../support/app.ts';
import { apiOf, basicOf, startApiApp, type ApiClient, type ApiReply } from './api-client.ts';

interface Line {
  readonly place: string;
  readonly type: string;
  readonly actor: string | null;
  readonly account: string | null;
  readonly changes: Readonly<Record<string, { readonly before: unknown; readonly after: unknown }>>;
}

const outcomeOf = ({ status, body }: ApiReply) => [status, body.code];
const linesOf = ({ body }: ApiReply) => body['items'] as readonly Line[];

describe('the administration API: the trail', () => {
  let app: TestApp;
  let region: ApiClient;
  let chu: ApiClient;
  before(async () => {
    app = await startApiApp();
    region = await apiOf(app, basicOf('si-region'));
    chu = await apiOf(app, basicOf('si-chu'));
    for (const [who, name] of [
      ['acc-claire', 'Une'],
      ['acc-luc', 'Deux'],
    ] as const) {
      const { etag } = await region('GET', `/people/${who}`);
      const headers = { 'If-Match': etag };
      const body = { given_name: name };
      expect((await region('PATCH', `/people/${who}`, { body, headers })).status).to.equal(200);
    }
  });
  after(() => app.destroy());

  it('is read within the branch, with what was before and after', async () => {
    const all = linesOf(await region('GET', '/trail?act=admin.person.changed'));
    expect(all.map(({ account }) => account)).to.deep.equal(['acc-luc', 'acc-claire']);
    expect(all[0]?.changes['given_name']).to.deep.equal({ before: 'Luc', after: 'Deux' });
    const own = linesOf(await chu('GET', '/trail?act=admin.person.changed'));
    expect(own.map(({ account }) => account)).to.deep.equal(['acc-claire']);
  });

  it('is read page by page, without a line twice', async () => {
    const seen: string[] = [];
    let path = '/trail?limit=2&act=category:administration';
    for (let turns = 0; turns < 4; turns += 1) {
      const { body, ...rest } = await region('GET', path);
      seen.push(...linesOf({ body, ...rest }).map(({ place }) => place));
      if (body['next'] === undefined) break;
      path = `/trail?limit=2&act=category:administration&after=${body['next'] as string}`;
    }
    expect(seen).to.have.length.above(2);
    expect(new Set(seen).size).to.equal(seen.length);
  });

  it('answers for a person, a record or an organisation of another branch as for none', async () => {
    for (const path of [
      '/trail?person=acc-luc',
      '/trail?person=nobody',
      '/trail?branch=clinique',
      '/trail?branch=nowhere',
      '/trail/people/acc-luc',
      '/trail/people/nobody',
      '/trail/records/key-onco',
    ])
      expect(outcomeOf(await chu('GET', path)), path).to.deep.equal([404, 'admin.not_found']);
    expect((await region('GET', '/trail/people/acc-luc')).status).to.equal(200);
    expect((await region('GET', '/trail/records/key-onco')).status).to.equal(200);
  });

  it('takes no INS in the place of a record, and no day or act that is none', async () => {
    for (const query of ['?record=2550699012341', '?from=hier', '?act=no.such.act', '?more=1'])
      expect((await region('GET', `/trail${query}`)).status, query).to.equal(422);
    expect((await region('GET', '/trail/records/2550699012341')).status).to.equal(422);
    const { status } = await region('GET', '/trail?after=zzzz');
    expect(status).to.equal(400);
  });

  it('keeps who read it, refused or not', async () => {
    await chu('GET', '/trail/people/acc-claire');
    await chu('GET', '/trail/people/acc-luc');
    const { items } = await app.services.audit.backwards({
      limit: 2,
      matches: ({ type, actor }) => type === 'admin.trail.read' && actor === 'client:si-chu',
    });
    expect(items.map(({ account, outcome }) => [account, outcome])).to.deep.equal([
      ['acc-luc', 'refused'],
      ['acc-claire', 'success'],
    ]);
  });
});
