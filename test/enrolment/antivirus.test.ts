import { expect } from 'chai';
import { startTestApp, type TestApp } from '../support/app.ts';
import { createClamd, readClamdAddress } from '../../src/enrolment/clamd.ts';
import { createApplicant, PDF, type Applicant } from './applicant.ts';
import { MALWARE, startFakeClamd, type FakeClamd } from './fake-clamd.ts';

describe('the antivirus of documents', () => {
  let clamd: FakeClamd;
  let app: TestApp;
  before(async () => {
    clamd = await startFakeClamd();
    app = await startTestApp({ env: { TROUSSEAU_CLAMD_URL: clamd.url } });
  });
  after(async () => {
    await app.destroy();
    await clamd.close();
  });
  afterEach(() => clamd.setAway(false));

  const catchUp = () => app.enrolment.jobs.find(({ name }) => name === 'enrolment.scans')?.run();
  const eventsOf = async (type: string) =>
    (await app.services.audit.list({ limit: 1000 })).items.filter(line => line.type === type);

  async function atProofs(address: string): Promise<Applicant> {
    const lea = createApplicant(app);
    await lea.begin();
    await lea.fillIdentity({ profession: '60', rpps: '' });
    await lea.proveAddress(address);
    await lea.fill('interests', { networks: ['cancerologie'] });
    return lea;
  }

  const proofsOf = async (address: string) =>
    (await app.enrolment.office.requests.ofMailbox(address))?.proofs ?? [];

  it('refuses what is infected, in words and in the trail, and keeps what is not', async () => {
    const lea = await atProofs('un@exemple.fr');
    const refused = await lea.upload('identity_card', MALWARE);
    expect([refused.status, refused.alertCode]).to.deep.equal([422, 'enrolment.document_infected']);
    expect(await proofsOf('un@exemple.fr')).to.deep.equal([]);
    const [event] = await eventsOf('enrolment.document.infected');
    expect(event?.data).to.include({ kind: 'identity_card', signature: 'Trousseau.Test' });
    await lea.upload('identity_card', Buffer.concat([PDF, Buffer.alloc(300_000, ' ')]));
    expect((await proofsOf('un@exemple.fr')).map(({ isScanned }) => isScanned)).to.deep.equal([true]);
  });

  it('lets documents in while it is away, marks them, and looks at them later', async () => {
    clamd.setAway(true);
    const lea = await atProofs('deux@exemple.fr');
    await lea.upload('identity_card', PDF);
    await lea.upload('signed_request', MALWARE);
    const before = await proofsOf('deux@exemple.fr');
    expect(before.map(({ isScanned }) => isScanned)).to.deep.equal([false, false]);
    await catchUp();
    expect(await proofsOf('deux@exemple.fr')).to.deep.equal(before);
    clamd.setAway(false);
    await catchUp();
    const [card, form] = await proofsOf('deux@exemple.fr');
    expect(card).to.include({ isScanned: true });
    expect(form).to.include({ isScanned: false, gone: 'infected' });
    if (!form) throw new Error('the document is still named');
    expect(await app.enrolment.office.documents.content(form)).to.equal(null);
    expect((await lea.get(`/request/documents/${form.id}`)).status).to.equal(404);
    // What is gone is asked for again.
    await lea.get('/request/proofs');
    expect((await lea.fill('proofs')).alertCode).to.equal('enrolment.proofs_missing');
  });

  it('gives no verdict when nobody or somebody else answers', async () => {
    const nobody = createClamd({ path: '/nonexistent/clamd.ctl' });
    expect(await nobody.scan(PDF)).to.deep.equal({ outcome: 'unavailable' });
    const other = createClamd({ host: '127.0.0.1', port: Number(new URL(app.issuer).port) });
    expect(await other.scan(PDF)).to.deep.equal({ outcome: 'unavailable' });
  });

  it('is found at a port or at a socket, and nowhere else', () => {
    expect(readClamdAddress('tcp://clamd.example:3310')).to.deep.equal({ host: 'clamd.example', port: 3310 });
    expect(readClamdAddress('tcp://[::1]:3310')).to.deep.equal({ host: '::1', port: 3310 });
    expect(readClamdAddress('unix:/run/clamd.ctl')).to.deep.equal({ path: '/run/clamd.ctl' });
    for (const wrong of ['clamd:3310', 'tcp://clamd', 'http://clamd:3310', 'unix:clamd', 'tcp://a:1/x', ''])
      expect(readClamdAddress(wrong), wrong).to.equal(undefined);
  });
});
