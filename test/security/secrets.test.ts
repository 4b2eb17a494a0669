import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { createSigningKeys } from '../../src/oidc/keys.ts';
import { CLIENT, exampleRegion, PASSWORD, startTestApp, type TestApp } from '../support/app.ts';
import { codeSentTo, createVisitor, payloadOf, postAsClient, redeem } from '../support/relying-party.ts';
import {
  filesOf,
  openMailServer,
  recordAnswers,
  type MailServer,
  type Output,
  type Recorder,
} from './recorder.ts';

const CLAIRE = 'claire.dupont';
const CLAIRE_MAIL = `${CLAIRE}@chu.example`;
const STOP = { stopAt: 'http://localhost:9/' };
const WRONG = 'Planted-Wrong-2026!';
const CHOSEN = 'Planted-Chosen-2027!';
const SMTP_PASSWORD = 'planted-smtp-0123456789';
const IN_ADDRESS = 'planted-query-0123456789';
const SEAL_KEY = randomBytes(32).toString('base64url');
const INS = '269054958815780';
const TRAITS = {
  birth_family_name: 'Plantagenet-Durand',
  birth_given_name: 'Aliénor-Mathilde',
  birth_date: '1969-05-04',
  birth_place: '49588',
  sex: 'F',
};

/** A planted secret, and the outputs that are its lawful way out. */
interface Secret {
  readonly name: string;
  readonly value: string;
  readonly lawful?: RegExp;
}

describe('secrets in outputs', () => {
  const secrets: Secret[] = [];
  const plant = (name: string, value: unknown, lawful?: RegExp) =>
    void secrets.push({ name, value: String(value), ...(lawful ? { lawful } : {}) });

  let app: TestApp;
  let mail: MailServer;
  let recorder: Recorder;
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'trousseau-secrets-'));
    mail = await openMailServer(SMTP_PASSWORD);
    const region = exampleRegion();
    const applications = region.applications.map(application =>
      application.client_id === 'batch'
        ? { ...application, scopes: ['access:evaluate', 'access:consents', 'access:patient-keys'] }
        : application,
    );
    app = await startTestApp({
      region: { ...region, applications },
      env: {
        TROUSSEAU_SMTP_URL: mail.url,
        TROUSSEAU_SEAL_KEYS: `planted:${SEAL_KEY}`,
        TROUSSEAU_LOG_LEVEL: 'trace',
        // With a server to test on, what it keeps is not ours to read.
        ...(process.env['TEST_MONGODB_URL']
          ? {}
          : { TROUSSEAU_STORE_URL: `sqlite:${folder}/store/store.db` }),
      },
    });
    recorder = recordAnswers();
  });
  after(async () => {
    recorder.stop();
    await app.destroy();
    await mail.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** A code is lawful in the mail that brings it (and in the demonstration's outbox, which shows mail). */
  async function newCode(email: string): Promise<string> {
    const code = await codeSentTo(app, email);
    plant('a code', code, /^body of \/demo\/outbox|^mail /u);
    return code;
  }

  async function asClient(endpoint: string, body: object, clientId = 'batch') {
    const basic = Buffer.from(`${clientId}:${CLIENT.secret}`).toString('base64');
    const answer = await fetch(`${app.issuer}${endpoint}`, {
      method: 'POST',
      headers: { Authorization: `Basic ${basic}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    return answer.status;
  }

  /** The morning of contract §1, its slips included. */
  async function liveTheMorning(): Promise<void> {
    const first = createVisitor(app);
    const started = await first.authorize();
    await first.browser.submit(started.page, 'identify', { login: CLAIRE, password: WRONG });
    const asked = await first.browser.submit(started.page, 'identify', { login: CLAIRE, password: PASSWORD });
    const code = await newCode(CLAIRE_MAIL);
    await first.browser.submit(asked, 'code', { code: code === '000000' ? '111111' : '000000' });
    const done = await first.browser.submit(asked, 'code', { code }, STOP);
    plant(
      'the authorization code',
      done.url.searchParams.get('code'),
      /^(?:location|body) of \/oidc\/authorize/u,
    );
    plant('the verifier', started.verifier);

    // A step up from a running session, refresh, userinfo, revocation.
    const visitor = createVisitor(app);
    const docs = await visitor.authorize({ client_id: 'docs', scope: 'openid' });
    await visitor.browser.submit(docs.page, 'identify', { login: CLAIRE, password: PASSWORD }, STOP);
    plant('the session before the step up', visitor.browser.cookie('localhost', 'trousseau_session'));
    const risen = await visitor.authorize({ scope: 'openid offline_access' });
    const back = await visitor.browser.submit(risen.page, 'code', { code: await newCode(CLAIRE_MAIL) }, STOP);
    plant('the session', visitor.browser.cookie('localhost', 'trousseau_session'));
    plant('the device', visitor.browser.cookie('localhost', 'trousseau_device'));
    const { body } = await redeem(app, {
      page: back,
      verifier: risen.verifier,
      callback: back.url.searchParams,
    });
    plant('the access token', body.access_token, /^body of \/oidc\/token/u);
    plant('the refresh token', body.refresh_token, /^body of \/oidc\/token/u);
    plant('the ID token', body.id_token, /^body of \/oidc\/token/u);
    await fetch(`${app.issuer}/oidc/userinfo`, { headers: { Authorization: `Bearer ${body.access_token}` } });
    await postAsClient(app, '/oidc/token', {
      grant_type: 'refresh_token',
      refresh_token: String(body.refresh_token),
    });
    await postAsClient(app, '/oidc/token', { grant_type: 'refresh_token', refresh_token: WRONG });

    for (const page of ['/', '/account', '/account/sessions', '/account/data', '/account/password'])
      expect((await visitor.browser.get(`${app.issuer}${page}`)).status, page).to.equal(200);
    const change = await visitor.browser.get(`${app.issuer}/account/password`);
    const form = change.forms.find(({ fields }) => 'new_password' in fields);
    const passwords = { password: WRONG, new_password: CHOSEN, new_password_repeat: CHOSEN };
    const wrong = await visitor.browser.submit(change, form?.id ?? '', passwords);
    expect(wrong.alertCode).to.equal('portal.current_password_wrong');
    const right = { ...passwords, password: PASSWORD };
    expect((await visitor.browser.submit(wrong, form?.id ?? '', right)).url.pathname).to.equal('/account');

    // A first sign-in that chooses a password, refused and then not.
    const fresh = createVisitor(app);
    const login = 'neuf.nouveau';
    const { page } = await fresh.authorize();
    const second = await fresh.browser.submit(page, 'identify', { login, password: PASSWORD });
    const due = await fresh.browser.submit(second, 'code', { code: await newCode(`${login}@chu.example`) });
    for (const [new_password, new_password_repeat] of [
      [CHOSEN, WRONG],
      [PASSWORD, PASSWORD],
      [CHOSEN, CHOSEN],
    ] as const)
      await fresh.browser.submit(due, 'change-password', { new_password, new_password_repeat });

    // What applications ask.
    const { sid } = payloadOf(body.id_token);
    const subject = { type: 'account', id: 'acc-claire' };
    const about = (id: string) => ({
      subject,
      action: { name: 'read' },
      resource: { type: 'patient_record', id },
      context: { sid },
    });
    expect(await asClient('/access/v1/evaluation', about('pk-one'), CLIENT.id)).to.equal(200);
    expect(
      await asClient('/access/v1/evaluations', { evaluations: [about('pk-one'), { subject }] }, CLIENT.id),
    ).to.equal(200);
    await asClient('/access/v1/evaluation', about(INS), CLIENT.id);
    const ins = { value: INS, oid: '1.2.250.1.213.1.4.8' };
    expect(await asClient('/access/v1/patient-keys', { ins })).to.equal(200);
    expect(await asClient('/access/v1/patient-keys', { traits: TRAITS })).to.equal(200);
    expect(await asClient('/access/v1/patient-keys', { ins: { ...ins, oid: INS } })).to.equal(400);
    expect(
      await asClient('/access/v1/patient-keys', { traits: { ...TRAITS, sex: TRAITS.birth_family_name } }),
    ).to.equal(400);
    await asClient(`/access/v1/records/${INS}/information`, { by: INS });

    // Error pages.
    const lost = [
      `/nowhere/${IN_ADDRESS}`,
      `/account?x=${IN_ADDRESS}`,
      `/oidc/authorize?client_id=${IN_ADDRESS}`,
    ];
    for (const address of lost) await visitor.browser.get(`${app.issuer}${address}`);
    await fetch(`${app.issuer}/oidc/token`, {
      method: 'POST',
      headers: { Authorization: `Basic ${Buffer.from(`${CLIENT.id}:${WRONG}`).toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'authorization_code', code: IN_ADDRESS }),
    });
    await fetch(`${app.issuer}/access/v1/evaluation`, { method: 'POST', body: `{"${WRONG}` });
  }

  async function plantKeys(): Promise<void> {
    const { jwks, cookieKeys } = await createSigningKeys({ ...app.services, retiredSeconds: 1 }).load();
    for (const key of cookieKeys) plant('a cookie key', key);
    for (const { d, p } of jwks) {
      plant('a signing key', d);
      plant('a prime of it', p);
    }
  }

  it('never reach a log, a page, an address, an audit line, a mail or a file in clear', async () => {
    plant('a wrong password', WRONG);
    plant('the password', PASSWORD);
    plant('the new password', CHOSEN);
    plant('a client secret', CLIENT.secret);
    plant('the mail server’s password', SMTP_PASSWORD);
    plant('a seal key', SEAL_KEY);
    plant('what stands in an address', IN_ADDRESS);
    plant('an INS', INS);
    for (const trait of [TRAITS.birth_family_name, TRAITS.birth_given_name]) plant('a trait', trait);
    await liveTheMorning();
    await plantKeys();
    await app.services.audit.checkpoint();
    await app.outbox.drain();
    const { items } = await app.services.audit.list({ limit: 1000 });

    // The region file holds the region's own passwords and secrets: it is what was given, and no output.
    const files = (await Promise.all([filesOf(app.dataDir), filesOf(folder)])).flat();
    const outputs: readonly Output[] = [
      ...recorder.outputs,
      ...app
        .log()
        .split('\n')
        .map(text => ({ where: 'log', text })),
      ...items.map(item => ({ where: `audit ${item.type}`, text: JSON.stringify(item) })),
      ...mail.messages.map(text => ({ where: 'mail ', text })),
      ...files.filter(({ where }) => where !== 'file region.json'),
    ];
    for (const kind of [
      'body of /account/data',
      'location of /oidc/authorize',
      'log',
      'audit ',
      'mail ',
      'file ',
    ])
      expect(
        outputs.some(({ where, text }) => where.startsWith(kind) && text.length > 10),
        kind,
      ).to.equal(true);
    for (const { name, value } of secrets) expect(value.length, name).to.be.greaterThan(5);

    const leaks = secrets.flatMap(({ name, value, lawful }) =>
      outputs
        .filter(({ where, text }) => !lawful?.test(where) && holds(text, value))
        .map(({ where }) => `${name} in ${where}`),
    );
    expect([...new Set(leaks)]).to.deep.equal([]);
  }).timeout(30_000);
});

/** Six digits turn up within longer numbers and identifiers by chance: a code counts where it stands alone. */
function holds(text: string, secret: string): boolean {
  if (!/^\d{6}$/u.test(secret)) return [secret, encodeURIComponent(secret)].some(form => text.includes(form));
  return new RegExp(`(?<![\\w.+/=-])${secret}(?![\\w.+/=-])`, 'u').test(text);
}
