import { expect } from 'chai';
import { importJWK, jwtVerify, SignJWT, exportJWK, generateKeyPair } from 'jose';
import { ask, REGION } from '../region.ts';
import { createWorld, pathsOf, type TestWorld } from '../world.ts';

const { action, resource, context } = ask('claire', 'read', 'pk-ouvert');
const SUBJECTS = { subject: { type: 'account' }, action, resource, context };
const RESOURCES = {
  subject: { type: 'account', id: 'claire' },
  action,
  resource: { type: 'patient_record' },
  context,
};
const ACTIONS = { subject: { type: 'account', id: 'claire' }, resource, context };

/** A well-formed INS. */
const INS = '269054958815780';

describe('the search API', () => {
  let world: TestWorld;
  let publicKey: object;

  before(async () => {
    const keys = await generateKeyPair('RS256', { extractable: true });
    publicKey = await exportJWK(keys.publicKey);
    world = await createWorld(REGION, {
      signMetadata: claims =>
        new SignJWT({ ...claims }).setProtectedHeader({ alg: 'RS256' }).sign(keys.privateKey),
    });
  });
  after(() => world.close());

  const search = (kind: string, body: object, client = 'dcc') =>
    world.send('POST', `/access/v1/search/${kind}`, body, { client });
  const idsOf = ({ json }: { json: Record<string, unknown> }) =>
    (json['results'] as { id: string }[]).map(({ id }) => id);
  const events = async () =>
    (await world.audit.list({ limit: 1000 })).items.filter(({ type }) => type === 'access.search.made');

  it('AuthZEN 1.0 §8.4: names the subjects of an action, entity by entity', async () => {
    const { json } = await search('subject', SUBJECTS);
    expect(json['results']).to.have.deep.members(
      ['claire', 'marc', 'sophie', 'choisi'].map(id => ({ type: 'account', id })),
    );
    expect(json['page']).to.deep.equal({ next_token: '', count: 4 });
  });

  it('AuthZEN 1.0 §8.5: names the records that are open to somebody, whatever `id` the request has', async () => {
    const body = { ...RESOURCES, resource: { type: 'patient_record', id: 'pk-ferme' } };
    expect((await search('resource', body)).json['results']).to.deep.equal([
      { type: 'patient_record', id: 'pk-ouvert' },
    ]);
  });

  it('AuthZEN 1.0 §8.6: names the actions that somebody may do', async () => {
    const { json } = await search('action', ACTIONS);
    expect(json['results']).to.deep.equal(['create', 'read', 'share', 'write'].map(name => ({ name })));
  });

  it('answers nothing about types and people that nobody knows', async () => {
    const other = { ...ACTIONS, resource: { type: 'todo', id: '1' } };
    expect((await search('action', other)).json['results']).to.deep.equal([]);
    const device = { ...SUBJECTS, subject: { type: 'device' } };
    expect((await search('subject', device)).json['results']).to.deep.equal([]);
  });

  it('searches the applications and the document areas that somebody may open', async () => {
    const open = { ...RESOURCES, action: { name: 'open' }, resource: { type: 'application' } };
    const chosen = { ...open, subject: { type: 'account', id: 'choisi' } };
    expect(idsOf(await search('resource', chosen))).to.deep.equal(['annuaire']);
    const users = {
      ...SUBJECTS,
      action: { name: 'open' },
      resource: { type: 'application', id: 'annuaire' },
    };
    expect(idsOf(await search('subject', users))).to.include.members(['claire', 'choisi']);
    expect(idsOf(await search('subject', users))).not.to.include.members(['suspendu', 'ailleurs']);
    const readers = { ...SUBJECTS, resource: { type: 'document_area', id: 'protocoles' } };
    expect(idsOf(await search('subject', readers))).to.include.members(['hugo', 'marc', 'expert']);
  });

  it('says which types it cannot list', async () => {
    const areas = await search('resource', { ...RESOURCES, resource: { type: 'document_area' } });
    expect([areas.status, pathsOf(areas.json)]).to.deep.equal([400, ['resource.type']]);
  });

  it('answers for ordinary access only: emergencies are asked one by one', async () => {
    for (const [kind, body] of [
      ['subject', SUBJECTS],
      ['resource', RESOURCES],
      ['action', ACTIONS],
    ] as const) {
      const urgent = { ...body, context: { ...context, purpose: 'bris_de_glace' } };
      const answer = await search(kind, urgent);
      expect([answer.status, pathsOf(answer.json)]).to.deep.equal([400, ['context.purpose']]);
    }
  });

  it('never tells what is known in another network', async () => {
    for (const [kind, body] of [
      ['subject', SUBJECTS],
      ['action', ACTIONS],
    ] as const) {
      const foreign = { ...body, resource: { ...resource, properties: { network: 'cancerologie' } } };
      const answer = await search(kind, foreign, 'annuaire');
      expect([answer.status, answer.json['code']]).to.deep.equal([403, 'access.network_refused']);
    }
    const records = { ...RESOURCES, resource: { type: 'patient_record', properties: { network: 'proche' } } };
    expect((await search('resource', records)).json['code']).to.equal('access.network_refused');
  });

  it('has a scope of its own, and needs somebody who calls', async () => {
    expect((await search('action', ACTIONS, 'simple')).json['code']).to.equal('access.insufficient_scope');
    expect((await search('action', ACTIONS, '')).status).to.equal(401);
  });

  it('refuses an INS in the place of the key, without repeating it', async () => {
    const answer = await search('subject', { ...SUBJECTS, resource: { type: 'patient_record', id: INS } });
    expect([answer.status, pathsOf(answer.json)]).to.deep.equal([400, ['resource.id']]);
    expect(answer.text).not.to.include(INS);
  });

  it('names each wrong part of a question', async () => {
    const answer = await search('subject', { action: {}, page: { limit: -1 } });
    expect(pathsOf(answer.json)).to.have.members(['subject', 'action.name', 'resource', 'page.limit']);
    for (const limit of ['3', 1.5]) {
      const { json } = await search('subject', { ...SUBJECTS, page: { limit } });
      expect(json['errors']).to.deep.equal([
        { path: 'page.limit', code: 'wrong_type', message: 'Attendu : un entier.' },
      ]);
    }
  });

  describe('AuthZEN 1.0 §8.2: page by page', () => {
    const first = async () => {
      const answer = await search('subject', { ...SUBJECTS, page: { limit: 3 } });
      return (answer.json['page'] as { next_token: string }).next_token;
    };
    const second = (page: object, more: object = {}, client = 'dcc') =>
      search('subject', { ...SUBJECTS, ...more, page }, client);

    it('goes on with the token, with or without the same limit', async () => {
      for (const page of [{ limit: 3 }, {}]) {
        const { json } = await second({ ...page, token: await first() });
        expect(json['page']).to.deep.equal({ next_token: '', count: 1 });
      }
    });

    it('tells nothing by the token', async () => {
      expect(Buffer.from(await first(), 'base64url').toString('latin1')).not.to.match(/claire|account/u);
    });

    it('answers none for a limit of none', async () => {
      const { json } = await second({ limit: 0 });
      expect(json['results']).to.deep.equal([]);
      expect((json['page'] as { next_token: string }).next_token).not.to.equal('');
    });

    it('refuses a token with another question, another limit or changed by one character', async () => {
      const token = await first();
      const end = token.at(-5) === 'A' ? 'B' : 'A';
      const answers = [
        await second({ token }, { action: { name: 'write' } }),
        await second({ token }, { context: { acr: 'urn:trousseau:acr:card' } }),
        await second({ token, limit: 4 }),
        await second({ token: `${token.slice(0, -5)}${end}${token.slice(-4)}` }),
        await second({ token: 'a3M9NDU2O3N6PTI=' }),
      ];
      for (const { status, json } of answers)
        expect([status, json['code']]).to.deep.equal([400, 'access.malformed_request']);
    });

    it('refuses the token of another application', async () => {
      const open = {
        ...SUBJECTS,
        action: { name: 'open' },
        resource: { type: 'application', id: 'annuaire' },
      };
      const { json } = await search('subject', { ...open, page: { limit: 1 } });
      const { next_token: token } = json['page'] as { next_token: string };
      expect((await search('subject', { ...open, page: { token } }, 'annuaire')).status).to.equal(400);
    });
  });

  it('leaves one trace a page, with how many answers and by the opaque key alone', async () => {
    const before = (await events()).length;
    await search('subject', SUBJECTS);
    await search('resource', RESOURCES);
    const [ofSubjects, ofRecords] = (await events()).slice(before);
    expect(ofSubjects).to.deep.include({ client: 'dcc', patientKey: 'pk-ouvert', actor: 'client:dcc' });
    expect(ofSubjects?.data).to.deep.include({ kind: 'subject', action: 'read', count: '4' });
    expect(ofRecords).to.deep.include({ actor: 'claire' });
    expect(JSON.stringify(ofRecords)).not.to.include('pk-ouvert');
  });

  it('judges by the session that it names, and counts as its activity', async () => {
    world.sessions.set('sid-claire', { uid: 'u1', accountId: 'claire', acr: 'urn:trousseau:acr:mfa' });
    const body = { ...RESOURCES, context: { sid: 'sid-claire' } };
    expect(idsOf(await search('resource', body))).to.deep.equal(['pk-ouvert']);
    expect(world.touched).to.include('u1');
    const ended = { ...RESOURCES, context: { sid: 'nobody’s' } };
    expect(idsOf(await search('resource', ended))).to.deep.equal([]);
  });

  it('AuthZEN 1.0 §9.1.3: signs the metadata with what it says in plain', async () => {
    const { json } = await world.send('GET', '/.well-known/authzen-configuration', undefined, { client: '' });
    const { signed_metadata: jwt, ...plain } = json;
    const { payload } = await jwtVerify(String(jwt), await importJWK(publicKey, 'RS256'));
    expect(payload).to.deep.include({ iss: 'http://idp.example', ...plain });
    expect(payload).not.to.have.property('signed_metadata');
  });
});
