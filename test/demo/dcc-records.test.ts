import { expect } from 'chai';
import { createBrowserless, type Browserless } from '../../scripts/interop/browserless.ts';
import patients from '../../scripts/demo/dcc/patients.json' with { type: 'json' };
import { startWorld, SUBJECT, type World } from './world.ts';

const RECORD = '/records/2026-0101';
const DIAGNOSIS = 'Carcinome canalaire';

/** A refusal as the decision point words it. */
function refusal(reasonCode: string, more: object = {}) {
  return {
    decision: false,
    context: { id: 'd-2', reason_code: reasonCode, reason_user: { fr: 'Une <phrase>.' }, ...more },
  };
}

describe('the demo DCC opens records by decision', () => {
  let world: World;
  let visitor: Browserless;
  const help = (body: string) => /data-help="([\w-]+)"/u.exec(body)?.[1];

  beforeEach(async () => {
    world = await startWorld();
    visitor = createBrowserless();
    await visitor.get(`${world.dcc.url}/patients`);
    world.questions.length = 0;
  });
  afterEach(() => world.close());

  it('asking with the subject and the sid of the ID token, and the opaque patient key only', async () => {
    const page = await visitor.get(world.dcc.url + RECORD);
    expect(page.body).to.contain(DIAGNOSIS);
    const [question, next] = world.questions;
    expect(question?.subject).to.deep.equal({ type: 'account', id: SUBJECT });
    expect(question?.action).to.deep.equal({ name: 'read' });
    expect(question?.resource).to.deep.equal({ type: 'patient_record', id: patients[0]?.patientKey });
    expect(question?.context.sid).to.be.a('string').and.not.be.empty;
    // Whether a note may be added is looked up, which is no writing.
    const { action: _read, ...lookedUp } = question!;
    expect(next).to.deep.equal(lookedUp);
    expect(world.questions).to.have.lengthOf(2);
    const sent = JSON.stringify([world.questions, world.lines]);
    for (const { name } of patients) expect(sent).not.to.contain(name);
  });

  it('shows in the list what is open and what is shut, and not why', async () => {
    const openKey = patients[0]?.patientKey;
    world.script.decide = ({ resource }) =>
      resource.id === openKey ? { decision: true } : refusal('patient_opposed');
    const { body } = await visitor.get(`${world.dcc.url}/patients`);
    expect(body.match(/data-access="open"/gu)).to.have.lengthOf(1);
    expect(body.match(/data-access="shut"/gu)).to.have.lengthOf(patients.length - 1);
    expect(body).not.to.contain('patient_opposed').and.not.to.contain('phrase');
  });

  it('shows the sentence of a refusal, escaped, and nothing of the record or of the reason code', async () => {
    world.script.decide = () => refusal('consent_missing');
    const page = await visitor.get(world.dcc.url + RECORD);
    expect(page.status).to.equal(403);
    expect(page.body).to.contain('Une &#60;phrase&#62;.');
    expect(page.body).not.to.contain(DIAGNOSIS).and.not.to.contain('consent_missing');
  });

  it('answers all reasons that depend on the patient by one and the same page', async () => {
    const bodies = new Set<string>();
    for (const code of [
      'patient_opposed',
      'patient_not_informed',
      'consent_missing',
      'consent_withdrawn',
      'consent_expired',
      'not_in_care_team',
    ]) {
      world.script.decide = () => refusal(code);
      bodies.add((await visitor.get(world.dcc.url + RECORD)).body);
    }
    expect(bodies.size).to.equal(1);
    expect(help([...bodies].join(''))).to.equal('patient-consent');
  });

  it('offers a stronger sign-in when the decision names a level, and opens after it (RFC 9470)', async () => {
    const mfa = 'urn:trousseau:acr:mfa';
    world.script.decide = () => refusal('acr_too_low', { acr_values: [mfa] });
    const refused = await visitor.get(world.dcc.url + RECORD);
    expect(help(refused.body)).to.equal('stronger-sign-in');
    world.script.acr = mfa;
    world.script.decide = () => ({ decision: true });
    const opened = await visitor.submit(refused, 'sign-in');
    expect(world.authorizations.at(-1)).to.equal(mfa);
    expect([opened.status, opened.url.pathname]).to.deep.equal([200, RECORD]);
  });

  it('does not take a level lower than its own from the address', async () => {
    const page = await visitor.get(`${world.dcc.url}/sign-in?acr_values=urn:trousseau:acr:pwd`, {
      stopAt: world.issuer,
    });
    expect(page.url.searchParams.get('acr_values')).to.equal('urn:trousseau:acr:code');
  });

  it('ends its session when the decision says that the provider’s has ended', async () => {
    world.script.decide = () => refusal('session_ended');
    const refused = await visitor.get(world.dcc.url + RECORD);
    expect(help(refused.body)).to.equal('sign-in-again');
    const next = await visitor.get(`${world.dcc.url}/patients`, { stopAt: world.issuer });
    expect(next.url.origin).to.equal(world.issuer);
  });

  const CLOSED: readonly (readonly [string, object | undefined])[] = [
    ['an outage', undefined],
    ['a decision that is a text', { decision: 'true' }],
    ['a decision that is a number', { decision: 1 }],
    ['no decision', {}],
    ['a list', []],
    ['an obligation that it cannot honour', { decision: true, context: { obligations: ['notify_patient'] } }],
    ['obligations that are not a list', { decision: true, context: { obligations: 'none' } }],
  ];
  for (const [what, answer] of CLOSED)
    it(`fails closed on ${what}`, async () => {
      if (answer === undefined) world.script.pdpStatus = 503;
      else world.script.decide = () => answer;
      const page = await visitor.get(world.dcc.url + RECORD);
      expect(page.status).to.equal(503);
      expect(page.body).not.to.contain(DIAGNOSIS);
      const list = await visitor.get(`${world.dcc.url}/patients`);
      expect(list.status).to.equal(200);
      expect(list.body).not.to.contain('data-access="open"');
      expect(list.alertCode).to.equal('unavailable');
    });

  it('fails closed on a batch answer that is shorter or longer than the questions', async () => {
    for (const reshape of [
      (all: readonly object[]) => all.slice(1),
      (all: readonly object[]) => [{}, ...all],
    ]) {
      world.script.reshape = reshape;
      const list = await visitor.get(`${world.dcc.url}/patients`);
      expect(list.body).not.to.contain('data-access="open"');
      expect(list.alertCode).to.equal('unavailable');
    }
  });

  it('adds a note only with the right to write, and asks for it', async () => {
    const record = await visitor.get(world.dcc.url + RECORD);
    const added = await visitor.submit(record, 'note', { text: 'Bonne <tolérance>.' });
    expect(added.status).to.equal(200);
    expect(added.body).to.contain('Bonne &#60;tolérance&#62;.');
    // A search, which names no action, on each of the two pages; the note itself is asked.
    expect(world.questions.map(({ action }) => action?.name)).to.deep.equal([
      'read',
      undefined,
      'write',
      'read',
      undefined,
    ]);

    world.script.decide = ({ action }) =>
      action?.name === 'write' ? refusal('profile_lacks_action') : { decision: true };
    const refused = await visitor.submit(record, 'note', { text: 'Une seconde note.' });
    expect(refused.status).to.equal(403);
    expect(help(refused.body)).to.equal('profile');
    expect((await visitor.get(world.dcc.url + RECORD)).body).not.to.contain('Une seconde note.');
  });

  it('shows no note form to who may only read, and says so', async () => {
    world.script.decide = ({ action }) =>
      action?.name === 'write' ? refusal('profile_lacks_action') : { decision: true };
    const record = await visitor.get(world.dcc.url + RECORD);
    expect(record.status).to.equal(200);
    expect(record.body).to.contain(DIAGNOSIS).and.contain('data-write="shut"');
    expect(record.body).not.to.contain('id="note"');
  });

  it('offers the stronger sign-in when that is what writing lacks', async () => {
    const mfa = 'urn:trousseau:acr:mfa';
    world.script.decide = ({ action }) =>
      action?.name === 'write' ? refusal('acr_too_low', { acr_values: [mfa] }) : { decision: true };
    const record = await visitor.get(world.dcc.url + RECORD);
    expect(record.status).to.equal(200);
    expect(record.body).not.to.contain('id="note"');
    world.script.acr = mfa;
    await visitor.submit(record, 'sign-in');
    expect(world.authorizations.at(-1)).to.equal(mfa);
  });

  it('keeps what was typed when a note is empty or too long', async () => {
    const record = await visitor.get(world.dcc.url + RECORD);
    expect((await visitor.submit(record, 'note', { text: '  ' })).alertCode).to.equal('note_length');
    const long = await visitor.submit(record, 'note', { text: `début ${'x'.repeat(2000)}` });
    expect([long.status, long.alertCode]).to.deep.equal([422, 'note_length']);
    expect(long.body).to.contain('début xxx');
  });

  it('takes no note from another site, no other content type, no endless body', async () => {
    const record = await visitor.get(world.dcc.url + RECORD);
    expect((await visitor.submit(record, 'note', { csrf: '', text: 'x' })).status).to.equal(403);
    expect((await visitor.submit(record, 'note', { text: 'x'.repeat(70_000) })).status).to.equal(413);
    const cookie = `dcc_session=${visitor.cookie('127.0.0.1', 'dcc_session')}`;
    const headers = { cookie, 'content-type': 'application/json' };
    const json = await fetch(`${world.dcc.url}${RECORD}/notes`, { method: 'POST', headers, body: '{}' });
    expect(json.status).to.equal(415);
  });

  it('has a page for an unknown record, without asking about it', async () => {
    const page = await visitor.get(`${world.dcc.url}/records/2026-9999`);
    expect([page.status, page.alertCode, world.questions.length]).to.deep.equal([404, 'http_404', 0]);
  });

  it('lets no cache keep a page and no script run', async () => {
    const { headers } = await visitor.get(world.dcc.url + RECORD);
    expect(headers.get('cache-control')).to.equal('no-store');
    expect(headers.get('content-security-policy')).to.contain("default-src 'none'");
  });
});
