import { insKey } from '#kernel/index.ts';
import { expect } from 'chai';
import { WEBHOOK_KINDS } from '../../src/admin/webhooks/kinds.ts';
import { administeredRegion, seatOf } from '../support/administrators.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { createVisitor } from '../support/relying-party.ts';
import { application, basicOf } from './api-client.ts';
import { startReceiver, type Receiver } from './webhook-receiver.ts';

const INS = `2550699012341${insKey('2550699012341')}`;
const TRAITS = {
  birth_family_name: 'Plantagenet-Durand',
  birth_given_name: 'Aliénor-Mathilde',
  birth_date: '1955-06-15',
  birth_place: '99999',
  sex: 'F',
};
/** How each of them may be written. */
const PLANTED = [
  INS,
  INS.slice(0, 13),
  INS.replace(/^(.)(..)(..)(..)(...)(...)(..)$/u, '$1 $2 $3 $4 $5 $6 $7'),
  TRAITS.birth_family_name,
  TRAITS.birth_family_name.toUpperCase(),
  TRAITS.birth_given_name,
  TRAITS.birth_date,
];
const NAMING = `Détresse de ${TRAITS.birth_given_name} ${TRAITS.birth_family_name}`;
const REASON = `${NAMING}, INS ${INS}`;

/** The other outputs (pages, logs, trail, files) are those of `test/security/secrets.test.ts`. */
describe('the identity of a patient', () => {
  let app: TestApp;
  let sms: Receiver;
  let webhook: Receiver;
  before(async () => {
    [sms, webhook] = await Promise.all([startReceiver(), startReceiver()]);
    const region = administeredRegion();
    const scopes = ['access:evaluate', 'access:consents', 'access:patient-keys'];
    app = await startTestApp({
      region: {
        ...region,
        networks: region.networks.map((network: { id: string }) => ({
          ...network,
          security_contact: 'rssi@region.example',
        })),
        accounts: region.accounts.map(account =>
          account.sub === 'acc-claire' ? { ...account, phone: '+33600000001' } : account,
        ),
        applications: [
          ...region.applications,
          application('dossier', scopes, { network: 'cancerologie', asserts_acr: true }),
        ],
      },
      env: { TROUSSEAU_SMS_URL: sms.url.replace('//', '//:gateway-token-0123456789@') },
    });
  });
  after(async () => {
    await app.destroy();
    await Promise.all([sms.close(), webhook.close()]);
  });

  async function send(method: string, path: string, body: object): Promise<number> {
    const answer = await fetch(`${app.issuer}/access/v1${path}`, {
      method,
      headers: { Authorization: basicOf('dossier'), 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    return answer.status;
  }

  it('goes into no mail, no text message and no webhook, wherever an application puts it', async () => {
    const anne = await seatOf(app, 'anne');
    const form = await anne.get('/admin/webhooks/new');
    const subscription = { url: webhook.url, events: Object.keys(WEBHOOK_KINDS) };
    expect((await anne.browser.submit(form, 'webhook', subscription)).status).to.equal(200);

    // Where an INS or traits belong, and everywhere else that a text is taken.
    expect(await send('POST', '/patient-keys', { ins: { value: INS, oid: '1.2.250.1.213.1.4.8' } })).to.equal(
      200,
    );
    expect(await send('POST', '/patient-keys', { traits: TRAITS })).to.equal(200);
    const at = new Date(app.clock.nowMs()).toISOString();
    const told = { by: 'acc-claire', method: 'papier', at };
    for (const path of ['information', 'consent']) {
      const act = `/records/pk-planted/${path}`;
      expect(await send('PUT', act, { ...told, document: REASON })).to.equal(400);
      expect(await send('PUT', act, { ...told, document: NAMING })).to.equal(200);
    }
    const emergency = (context: object) =>
      send('POST', '/evaluation', {
        subject: { type: 'account', id: 'acc-claire' },
        action: { name: 'read' },
        resource: { type: 'patient_record', id: 'pk-planted' },
        context: { acr: 'urn:trousseau:acr:mfa', purpose: 'bris_de_glace', ...context },
      });
    expect(await emergency({ reason: REASON })).to.equal(200);
    expect(await emergency({ reason: REASON, on_behalf_of: INS })).to.be.oneOf([200, 400]);

    // Acts that are told outside, by people who write what they should not.
    for (const act of ['suspend', 'reactivate'])
      await anne.browser.submit(await anne.get(`/admin/people/acc-luc/${act}`), 'confirm', {
        reason: REASON,
      });
    const visitor = createVisitor(app);
    const { page } = await visitor.authorize();
    await visitor.browser.submit(page, 'identify', { login: 'claire.test', method: 'sms' });
    await app.jobs.runNow('admin.emergencies');
    await app.jobs.runNow('admin.webhook-feed');
    await app.outbox.drain();

    const outputs = {
      mail: (await app.mails()).map(mail => JSON.stringify(mail)),
      sms: sms.arrivals.map(arrival => JSON.stringify(arrival)),
      webhook: webhook.arrivals.map(arrival => JSON.stringify(arrival)),
    };
    expect(outputs.mail.filter(text => text.includes('rssi@region.example'))).to.have.lengthOf(1);
    expect(outputs.sms).to.have.lengthOf(1);
    expect(outputs.webhook.join()).to.include('account.suspended').and.include('account.reactivated');
    for (const [way, texts] of Object.entries(outputs))
      for (const planted of PLANTED)
        expect(
          texts.filter(text => decoded(text).includes(planted)),
          `${planted} by ${way}`,
        ).to.deep.equal([]);
  });
});

/** What stands in an address or in a form as it was meant. */
function decoded(text: string): string {
  try {
    return `${text} ${decodeURIComponent(text.replaceAll('+', ' '))}`;
  } catch {
    return text;
  }
}
