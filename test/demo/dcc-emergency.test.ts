import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { expect } from 'chai';
import Koa from 'koa';
import { createSessions } from '../../scripts/demo/dcc/sessions.ts';
import { createBrowserless, type Browserless, type Page } from '../../scripts/interop/browserless.ts';
import { startWorld, SUBJECT, type Question, type World } from './world.ts';

const RECORD = '/records/2026-0101';
const EMERGENCY = `${RECORD}/emergency`;
const DIAGNOSIS = 'Carcinome canalaire';
const REASON = 'Détresse respiratoire aux urgences';
const MFA = 'urn:trousseau:acr:mfa';
const MINUTE_MS = 60_000;

const refusal = (code: string, more: object = {}) => ({
  decision: false,
  context: { id: 'd-2', reason_code: code, reason_user: { fr: 'Une phrase.' }, ...more },
});
const stated = ({ context }: Question) => context as { purpose?: string; reason?: string };

describe('the demo DCC in an emergency', () => {
  let world: World;
  let visitor: Browserless;
  const get = (path: string) => visitor.get(world.dcc.url + path);
  const ask = async (values: Record<string, string>): Promise<Page> =>
    visitor.submit(await get(EMERGENCY), 'emergency', values);

  /** Shut, but for who states an emergency, until `minutes` from now. */
  function openTo(purpose: string, minutes = 15) {
    const until = new Date(world.clock.nowMs() + minutes * MINUTE_MS).toISOString();
    const obligations = ['notify_patient', 'review'];
    world.script.decide = question =>
      stated(question).purpose === purpose
        ? { decision: true, context: { id: 'd-3', reason_code: `permitted_${purpose}`, until, obligations } }
        : refusal('consent_missing');
  }

  before(async () => {
    world = await startWorld();
  });
  after(() => world.close());
  beforeEach(async () => {
    visitor = createBrowserless();
    world.script.acr = 'urn:trousseau:acr:code';
    world.script.decide = () => refusal('consent_missing');
    await get('/patients');
    world.questions.length = 0;
  });

  it('is offered for any reason that depends on the patient, and for no other', async () => {
    expect((await get(RECORD)).body).to.include(`href="${EMERGENCY}"`);
    world.script.decide = () => refusal('profile_lacks_action');
    expect((await get(RECORD)).body).not.to.include(EMERGENCY);
  });

  it('opens the record to be read, under a banner with the time left', async () => {
    openTo('bris_de_glace');
    const page = await ask({ purpose: 'bris_de_glace', reason: REASON });
    expect(page.url.pathname).to.equal(RECORD);
    expect(page.body).to.include(DIAGNOSIS).and.include('data-emergency="bris_de_glace"');
    expect(page.body)
      .to.match(/data-minutes="1[0-5]"/u)
      .and.not.include('id="note"');
    expect(world.lines.join()).not.to.include(REASON);
  });

  it('states it again with each request, and no longer once the time is over', async () => {
    openTo('bris_de_glace');
    await ask({ purpose: 'bris_de_glace', reason: REASON });
    world.questions.length = 0;
    expect((await get(RECORD)).body).to.include(DIAGNOSIS);
    expect(world.questions.map(stated)).to.have.lengthOf(1);
    expect(stated(world.questions[0] as Question)).to.include({ purpose: 'bris_de_glace', reason: REASON });
    world.clock.advance(16 * 60);
    const after = await get(RECORD);
    expect(after.status).to.equal(403);
    expect(after.body).not.to.include(DIAGNOSIS);
  });

  it('for centre 15 opens without a written reason', async () => {
    openTo('centre_15');
    const page = await ask({ purpose: 'centre_15' });
    expect(page.body).to.include(DIAGNOSIS).and.include('data-emergency="centre_15"');
  });

  it('is shut the moment that the decision point says so', async () => {
    openTo('bris_de_glace');
    await ask({ purpose: 'bris_de_glace', reason: REASON });
    world.script.decide = () => refusal('patient_opposed_emergency');
    const page = await get(RECORD);
    expect(page.status).to.equal(403);
    expect(page.body).not.to.include(DIAGNOSIS).and.not.include(EMERGENCY);
  });

  it('asks for the reason again, and for a stronger sign-in that comes back here', async () => {
    world.script.decide = () => refusal('break_glass_reason_missing');
    const unsaid = await ask({ purpose: 'bris_de_glace', reason: 'non' });
    expect(unsaid.status).to.equal(422);
    expect(unsaid.forms.map(({ id }) => id)).to.include('emergency');
    world.script.decide = () => refusal('acr_too_low', { acr_values: [MFA] });
    const weak = await ask({ purpose: 'bris_de_glace', reason: REASON });
    expect(weak.body).to.include(MFA).and.include(`value="${EMERGENCY}"`);
  });

  it('keeps what was typed after a refusal and after a stronger sign-in, in no address, until it opens', async () => {
    world.script.decide = () => refusal('break_glass_reason_missing');
    expect((await ask({ purpose: 'centre_15', reason: 'non <b>' })).body).to.include('non &#60;b&#62;');
    expect((await get(EMERGENCY)).body).to.include('non &#60;b&#62;');
    world.script.decide = () => refusal('acr_too_low', { acr_values: [MFA] });
    const weak = await ask({ purpose: 'centre_15', reason: REASON });
    world.script.acr = MFA;
    const back = await visitor.submit(weak, 'sign-in');
    expect(back.url.href).to.equal(world.dcc.url + EMERGENCY);
    expect(back.body).to.include(REASON);
    expect(back.body).to.match(/value="centre_15"\s+checked/u);
    openTo('centre_15');
    await ask({ purpose: 'centre_15', reason: REASON });
    expect((await get(EMERGENCY)).body).not.to.include(REASON);
    expect(world.lines.join()).not.to.include(REASON);
  });

  it('shows what was typed to nobody else who signs in at the same browser', () => {
    const sessions = createSessions({ secure: false, now: () => world.clock.nowMs() });
    const request = new IncomingMessage(new Socket());
    const ctx = new Koa().createContext(request, new ServerResponse(request));
    const person = { sub: SUBJECT, sid: 's', acr: MFA, amr: [], name: 'Claire Dupont', idToken: '' };
    const first = sessions.signIn(ctx, undefined, person);
    first.drafts.set('2026-0101', { purpose: 'bris_de_glace', reason: REASON });
    const again = sessions.signIn(ctx, first, person);
    expect([...again.drafts.keys()]).to.deep.equal(['2026-0101']);
    expect(sessions.signIn(ctx, again, { ...person, sub: 'acc-marc' }).drafts.size).to.equal(0);
  });

  it('refuses a permit with an obligation that it does not know', async () => {
    world.script.decide = () => ({ decision: true, context: { id: 'd-4', obligations: ['fly'] } });
    const page = await ask({ purpose: 'centre_15', reason: '' });
    expect(page.status).to.equal(503);
    expect(page.body).not.to.include(DIAGNOSIS);
  });
});
