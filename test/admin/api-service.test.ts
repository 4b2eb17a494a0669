import { undeliverable } from '#notify/index.ts';
import { expect } from 'chai';
import type { TestApp } from '../support/app.ts';
import { apiOf, basicOf, startApiApp, type ApiClient, type ApiReply } from './api-client.ts';

const PATIENT = 'pk-0123456789abcdef';
const outcomeOf = ({ status, body }: ApiReply) => [status, body.code];

describe('the administration API: the service itself', () => {
  let app: TestApp;
  let region: ApiClient;
  let chu: ApiClient;
  before(async () => {
    const board = (id: string, network: string) => ({
      id,
      network,
      from: '2026-01-05T08:00:00+01:00',
      patients: [PATIENT],
      participants: [{ account: 'acc-claire', role: 'responsable_rcp' }],
    });
    app = await startApiApp(
      // Without SMS the code by e-mail is the only second step: closing it closes the way in.
      { TROUSSEAU_SMS_CHANNEL: 'off' },
      { rcp_sessions: [board('rcp-onco', 'cancerologie'), board('rcp-perinat', 'perinatalite')] },
    );
    app.outbox.register('test.parcel', async () => {
      throw undeliverable('closed');
    });
    region = await apiOf(app, basicOf('si-region'));
    chu = await apiOf(app, basicOf('si-chu'));
  });
  after(() => app.destroy());

  it('is the region’s own: nothing of it is told to the application of a branch', async () => {
    for (const path of [
      '/means',
      '/means/code',
      '/mail-templates',
      '/sms-templates',
      '/policy',
      '/policy/history',
      '/deliveries',
      '/deliveries/health',
      '/rcp-sessions?network=cancerologie',
      '/rcp-sessions/rcp-onco',
    ])
      expect(outcomeOf(await chu('GET', path)), path).to.deep.equal([404, 'admin.not_found']);
    const tried = await chu('POST', '/policy/test', { body: undefined });
    expect(outcomeOf(tried)).to.deep.equal([404, 'admin.not_found']);
  });

  it('dates a means, and never leaves administrators without a way in', async () => {
    const { body: before } = await region('GET', '/means/code');
    const body = { revision: before['revision'], homologation: 'Décision 2026-14', periods: [{}] };
    const dry = await region('PUT', '/means/code?dry_run=true', { body });
    expect(dry.body['changes']).to.have.property('homologation');
    const changed = await region('PUT', '/means/code', { body });
    expect([changed.status, changed.body['homologation']]).to.deep.equal([200, 'Décision 2026-14']);
    expect(outcomeOf(await region('PUT', '/means/code', { body }))).to.deep.equal([
      409,
      'admin.changed_meanwhile',
    ]);
    const none = { revision: changed.body['revision'], periods: [] };
    expect(outcomeOf(await region('PUT', '/means/code', { body: none }))).to.deep.equal([
      409,
      'admin.no_way_in',
    ]);
    expect((await region('GET', '/means/nothing')).status).to.equal(404);
    expect((await chu('PUT', '/means/code', { body })).status).to.be.oneOf([403, 404]);
  });

  it('changes the words of a mail, previews them and returns to the original', async () => {
    const list = await region('GET', '/mail-templates');
    const [first] = list.body['items'] as readonly { template: string; subject: string; text: string }[];
    const path = `/mail-templates/${first?.template}`;
    const words = { subject: 'Autre objet', text: first?.text };
    const seen = await region('POST', `${path}/preview`, { body: words });
    expect(seen.status).to.equal(200);
    expect(seen.body['subject']).to.include('Autre objet');
    const wrong = await region('POST', `${path}/preview`, { body: { ...words, text: 'Bonjour {inconnu}' } });
    expect(outcomeOf(wrong)).to.deep.equal([422, 'admin.invalid']);
    const { body: before } = await region('GET', path);
    expect(before['is_own'], 'a preview writes nothing').to.equal(false);
    const put = await region('PUT', path, { body: { ...words, revision: before['revision'] } });
    expect([put.body['subject'], put.body['is_own']]).to.deep.equal(['Autre objet', true]);
    const back = await region('POST', `${path}/reset`, { body: { revision: put.body['revision'] } });
    expect([back.body['subject'], back.body['is_own']]).to.deep.equal([first?.subject, false]);
    expect((await region('GET', '/mail-templates/toString')).status).to.equal(404);
  });

  it('changes the words of a text message, says how often it is counted and returns to the original', async () => {
    const list = await region('GET', '/sms-templates');
    const [first] = list.body['items'] as readonly { template: string; text: string; segments: number }[];
    expect(first?.segments).to.equal(1);
    const path = `/sms-templates/${first?.template}`;
    const text = `{regionName} : ${'ê'.repeat(60)} {code}`;
    const seen = await region('POST', `${path}/preview`, { body: { text } });
    expect([seen.status, seen.body['alphabet'], seen.body['segments']]).to.deep.equal([200, 'ucs2', 2]);
    const wrong = await region('PUT', path, { body: { text: 'Code {code}', revision: 0 } });
    expect(outcomeOf(wrong)).to.deep.equal([422, 'admin.invalid']);
    const put = await region('PUT', path, { body: { text, revision: 0 } });
    expect([put.body['text'], put.body['segments'], put.body['is_own']]).to.deep.equal([text, 2, true]);
    const back = await region('POST', `${path}/reset`, { body: { revision: put.body['revision'] } });
    expect([back.body['text'], back.body['is_own']]).to.deep.equal([first?.text, false]);
    expect((await region('GET', '/sms-templates/toString')).status).to.equal(404);
    expect((await chu('GET', path)).status).to.be.oneOf([403, 404]);
  });

  it('reads and tries the rules, and leaves their reload to a person', async () => {
    const { body: policy } = await region('GET', '/policy');
    expect(policy['files']).to.include.keys('policy.csv', 'grants.csv');
    const { body: loads } = await region('GET', '/policy/history?limit=1');
    const [load] = loads['items'] as readonly { version: string; by: string }[];
    expect(load).to.include({ version: policy['version'], by: 'system' });
    const version = await region('GET', `/policy/history/${load?.version}`);
    expect(version.body['files']).to.deep.equal(policy['files']);
    expect((await region('GET', '/policy/history/unknown')).status).to.equal(404);
    expect((await region('POST', '/policy/test')).body['passed']).to.equal(true);
    const body = {
      account: 'claire.test',
      type: 'patient_record',
      id: PATIENT,
      action: 'read',
      network: 'cancerologie',
    };
    const tried = await region('POST', '/policy/decision', { body });
    expect(tried.body['explanation']).to.be.a('string').and.not.equal('');
    expect((await region('POST', '/policy/reload', { body: {} })).status).to.equal(404);
  });

  it('counts the patients of a board, and names none', async () => {
    const list = await region('GET', '/rcp-sessions?network=cancerologie');
    expect(list.body['items']).to.have.length(1);
    const one = await region('GET', '/rcp-sessions/rcp-onco');
    expect(one.body).to.deep.include({
      patients: 1,
      participants: [{ role: 'responsable_rcp', sub: 'acc-claire' }],
    });
    expect(JSON.stringify([list.body, one.body])).to.not.include('pk-');
    for (const path of ['?network=unknown', '/unknown'])
      expect((await region('GET', `/rcp-sessions${path}`)).status, path).to.equal(404);
  });

  it('tries deliveries that were given up again, and drops them', async () => {
    for (const id of ['one', 'two']) await app.outbox.enqueue('test.parcel', { text: 'secret' }, { id });
    await app.outbox.drain();
    const list = await region('GET', '/deliveries?limit=1');
    expect(list.body['items']).to.have.length(1);
    const rest = await region('GET', `/deliveries?limit=1&after=${String(list.body['next'])}`);
    expect(rest.body['items']).to.have.length(1);
    expect(JSON.stringify([list.body, rest.body])).to.not.include('secret');
    expect((await region('GET', '/deliveries/health')).body['kinds']).to.have.length.at.least(1);
    expect((await region('POST', '/deliveries/one/retry', { body: {} })).status).to.equal(204);
    expect((await app.outbox.deliveries.get('one'))?.state).to.equal('due');
    const { etag } = await region('GET', '/deliveries/two');
    expect(outcomeOf(await region('DELETE', '/deliveries/two'))[0]).to.equal(428);
    expect((await region('DELETE', '/deliveries/two', { headers: { 'If-Match': etag } })).status).to.equal(
      204,
    );
    expect((await region('GET', '/deliveries/two')).status).to.equal(404);
    await app.outbox.drain();
    expect((await region('POST', '/deliveries/retry', { body: {} })).body).to.deep.equal({ retried: 1 });
  });
});
