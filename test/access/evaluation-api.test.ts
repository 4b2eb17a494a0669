import { expect } from 'chai';
import { ask, REGION } from './region.ts';
import { createWorld, pathsOf, type TestWorld } from './world.ts';

type Answered = {
  decision: boolean;
  context: { reason_code?: string; error?: { status: number; code: string; errors: { path: string }[] } };
};

const READ = ask('claire', 'read', 'pk-ouvert');
const DENIED = ask('hugo', 'read', 'pk-ouvert');

describe('the decision API', () => {
  let world: TestWorld;
  before(async () => {
    world = await createWorld(REGION);
  });
  after(() => world.close());

  const evaluate = (body: unknown, options = {}) =>
    world.send('POST', '/access/v1/evaluation', body, options);
  const evaluations = (body: unknown) => world.send('POST', '/access/v1/evaluations', body);
  const codesOf = (body: Record<string, unknown>) =>
    (body['evaluations'] as Answered[]).map(
      ({ context }) => context.reason_code ?? `error ${context.error?.status}`,
    );

  it('AuthZEN 1.0 §9: names the endpoints that exist, and no other', async () => {
    const answer = await world.send('GET', '/.well-known/authzen-configuration', undefined, { client: '' });
    expect(answer.json).to.deep.equal({
      policy_decision_point: 'http://idp.example',
      access_evaluation_endpoint: 'http://idp.example/access/v1/evaluation',
      access_evaluations_endpoint: 'http://idp.example/access/v1/evaluations',
      search_subject_endpoint: 'http://idp.example/access/v1/search/subject',
      search_resource_endpoint: 'http://idp.example/access/v1/search/resource',
      search_action_endpoint: 'http://idp.example/access/v1/search/action',
    });
  });

  it('AuthZEN 1.0 §10: echoes X-Request-ID, whatever the answer', async () => {
    const headers = { 'X-Request-ID': 'bfe9eb29-ab87-4ca3-be83-a1d5d8305716' };
    const answers = await Promise.all([
      evaluate(READ, { headers }),
      evaluate({}, { headers }),
      evaluate(READ, { headers, client: '' }),
      world.send('GET', '/access/v1/evaluation', undefined, { headers }),
      world.send('POST', '/access/v1/nothing', READ, { headers }),
    ]);
    expect(answers.map(({ status }) => status)).to.deep.equal([200, 400, 401, 405, 404]);
    for (const answer of answers)
      expect(answer.headers['x-request-id'], String(answer.status)).to.equal(headers['X-Request-ID']);
  });

  it('answers with a decision that nobody caches', async () => {
    const answer = await evaluate(READ);
    expect(answer.status).to.equal(200);
    expect(answer.headers['cache-control']).to.equal('no-store');
    expect(answer.json).to.have.property('decision', true);
  });

  it('ignores members that it does not know, as AuthZEN asks', async () => {
    const answer = await evaluate({
      ...READ,
      extra: 1,
      subject: { ...READ.subject, properties: { department: 'x' } },
    });
    expect(answer.json).to.have.property('decision', true);
  });

  it('RFC 6750 §3: says how to authenticate', async () => {
    const answer = await evaluate(READ, { client: '' });
    expect(answer.status).to.equal(401);
    expect(answer.headers).to.have.property('www-authenticate');
    expect(answer.headers['content-type']).to.include('application/problem+json');
  });

  it('RFC 6750 §3.1: names the scope that is missing', async () => {
    const answer = await world.send('GET', '/access/v1/records/pk-ouvert', undefined, { client: 'simple' });
    expect([answer.status, answer.json['code']]).to.deep.equal([403, 'access.insufficient_scope']);
    expect(answer.headers['www-authenticate'])
      .to.include('insufficient_scope')
      .and.include('access:consents');
  });

  const malformed: readonly (readonly [string, unknown, string])[] = [
    ['no subject', { ...READ, subject: undefined }, 'subject'],
    ['a subject as text', { ...READ, subject: 'claire' }, 'subject'],
    ['a subject without id', { ...READ, subject: { type: 'account' } }, 'subject.id'],
    ['an empty id', { ...READ, subject: { type: 'account', id: '' } }, 'subject.id'],
    ['a number as id', { ...READ, subject: { type: 'account', id: 7 } }, 'subject.id'],
    ['no action', { ...READ, action: undefined }, 'action'],
    ['an action as text', { ...READ, action: 'read' }, 'action'],
    ['no resource type', { ...READ, resource: { id: 'pk-ouvert' } }, 'resource.type'],
    [
      'a list as resource id',
      { ...READ, resource: { type: 'patient_record', id: ['pk-ouvert'] } },
      'resource.id',
    ],
    [
      'a name as patient key',
      { ...READ, resource: { type: 'patient_record', id: 'Paul Durand' } },
      'resource.id',
    ],
    [
      'an INS as patient key',
      { ...READ, resource: { type: 'patient_record', id: '269054958815780' } },
      'resource.id',
    ],
    [
      'an INS as document area',
      { ...READ, resource: { type: 'document_area', id: '269054958815780' } },
      'resource.id',
    ],
    [
      'an INS in groups as document area',
      { ...READ, resource: { type: 'document_area', id: '2 69 05 49 588 157 80' } },
      'resource.id',
    ],
    [
      'an INS as application',
      { ...READ, resource: { type: 'application', id: '2690549588157' } },
      'resource.id',
    ],
    [
      'a network that is no text',
      { ...READ, resource: { ...READ.resource, properties: { network: 1 } } },
      'resource.properties.network',
    ],
    ['a context as text', { ...READ, context: 'now' }, 'context'],
    ['a null context', { ...READ, context: null }, 'context'],
    ['a time without offset', { ...READ, context: { time: '2026-03-01T08:00:00' } }, 'context.time'],
    ['a day that does not exist', { ...READ, context: { time: '2026-02-30T08:00:00Z' } }, 'context.time'],
    ['a level that is no text', { ...READ, context: { acr: 4 } }, 'context.acr'],
    ['an endless reason', { ...READ, context: { reason: 'x'.repeat(2001) } }, 'context.reason'],
    ['a list', [READ], 'body'],
    ['nothing', undefined, 'subject'],
  ];
  for (const [title, body, field] of malformed) {
    it(`refuses ${title} with 400, never a decision`, async () => {
      const answer = await evaluate(body);
      expect([answer.status, answer.json['code']]).to.deep.equal([400, 'access.malformed_request']);
      expect(pathsOf(answer.json)).to.include(field);
      expect(answer.json).not.to.have.property('decision');
      expect(answer.text).not.to.match(/269054958815780|Durand/u);
    });
  }

  it('says of each wrong field its path, a stable code and a French sentence', async () => {
    const { json } = await evaluate({
      subject: { type: 'account', id: 7 },
      action: { name: '' },
      resource: { type: 'patient_record', id: 'pk ouvert' },
      context: { time: 'demain', reason: 'x'.repeat(2001) },
    });
    const errors = json['errors'] as { path: string; code: string; message: string }[];
    expect(errors.map(({ path, code }) => [path, code])).to.have.deep.members([
      ['subject.id', 'wrong_type'],
      ['action.name', 'too_short'],
      ['resource.id', 'invalid_value'],
      ['context.reason', 'too_long'],
      ['context.time', 'invalid_instant'],
    ]);
    for (const { message } of errors) expect(message).to.match(/^(?:Attendu :|Ce) .+\.$/u);
    const missing = await evaluate({});
    expect((missing.json['errors'] as object[])[0]).to.include({ path: 'subject', code: 'required' });
    const batch = await evaluations({ evaluations: [{ ...READ, action: 7 }] });
    const item = (batch.json['evaluations'] as Answered[])[0]?.context.error;
    expect(item).to.include({ status: 400, code: 'access.malformed_request' });
    expect(item?.errors[0]).to.include({ path: 'action', code: 'wrong_type' });
  });

  it('refuses what is not JSON', async () => {
    const answer = await evaluate('{"subject":');
    expect([answer.status, answer.json['code']]).to.deep.equal([400, 'http.malformed_json']);
  });

  it('refuses a body above 512 KiB', async () => {
    const body = { evaluations: [{ ...READ, filler: 'x'.repeat(512 * 1024) }] };
    for (const answer of [await evaluations(body), await evaluate(body)])
      expect([answer.status, answer.json['code']]).to.deep.equal([400, 'access.request_too_large']);
  });

  describe('in a batch', () => {
    it('answers each item, with what the envelope says by default', async () => {
      const answer = await evaluations({
        subject: READ.subject,
        action: { name: 'read' },
        context: READ.context,
        evaluations: [
          { resource: READ.resource },
          { resource: { type: 'patient_record', id: 'pk-inconnu' } },
          { resource: READ.resource, subject: DENIED.subject },
          { resource: READ.resource, context: {} },
        ],
      });
      expect(codesOf(answer.json)).to.deep.equal([
        'permitted_creator',
        'patient_not_informed',
        'consent_missing',
        'acr_too_low',
      ]);
    });

    it('denies a malformed item with its error, and answers the others', async () => {
      const answer = await evaluations({
        evaluations: [READ, 7, { ...READ, subject: 'claire' }, null, READ],
      });
      expect(codesOf(answer.json)).to.deep.equal([
        'permitted_creator',
        'error 400',
        'error 400',
        'error 400',
        'permitted_creator',
      ]);
      expect((answer.json['evaluations'] as Answered[])[1]?.decision).to.equal(false);
    });

    it('without items is one single evaluation', async () => {
      expect((await evaluations({ ...READ })).json).to.have.property('decision', true);
      expect((await evaluations({ ...READ, evaluations: [] })).json).to.have.property('decision', true);
    });

    const semantic = (name: string, items: unknown[]) =>
      evaluations({ evaluations: items, options: { evaluations_semantic: name } });

    it('execute_all answers everything', async () => {
      expect(codesOf((await semantic('execute_all', [READ, DENIED, READ])).json)).to.have.length(3);
    });

    it('deny_on_first_deny ends with the first refusal, a malformed item included', async () => {
      const answer = await semantic('deny_on_first_deny', [READ, DENIED, READ]);
      expect(codesOf(answer.json)).to.deep.equal(['permitted_creator', 'consent_missing']);
      expect(codesOf((await semantic('deny_on_first_deny', [READ, {}, READ])).json)).to.have.length(2);
    });

    it('permit_on_first_permit ends with the first permit', async () => {
      const answer = await semantic('permit_on_first_permit', [DENIED, READ, READ]);
      expect(codesOf(answer.json)).to.deep.equal(['consent_missing', 'permitted_creator']);
    });

    it('answers 1,000 items in their order', async () => {
      const items = Array.from({ length: 1000 }, (_, index) => (index % 3 === 0 ? DENIED : READ));
      const codes = codesOf((await evaluations({ evaluations: items })).json);
      expect(codes).to.deep.equal(
        items.map(item => (item === DENIED ? 'consent_missing' : 'permitted_creator')),
      );
    });

    const envelopes: readonly (readonly [string, unknown])[] = [
      ['1,001 items', { evaluations: Array.from({ length: 1001 }, () => ({})) }],
      ['items that are no list', { evaluations: { 0: READ } }],
      ['a semantic that nobody knows', { evaluations: [READ], options: { evaluations_semantic: 'any' } }],
      ['options as text', { evaluations: [READ], options: 'execute_all' }],
      ['a default as text', { subject: 'claire', evaluations: [READ] }],
      ['a list', [READ]],
      ['a text', '"x"'],
      ['null', 'null'],
    ];
    for (const [title, body] of envelopes) {
      it(`refuses an envelope with ${title}`, async () => {
        const answer = await evaluations(body);
        expect([answer.status, answer.json['code']]).to.deep.equal([400, 'access.malformed_request']);
      });
    }
  });
});
