import { expect } from 'chai';
import { runErrands } from '../admin/sent-requests.ts';
import { openMailServer, type MailServer } from '../security/recorder.ts';
import { administeredRegion } from '../support/administrators.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { createTestDesk } from '../support/desk.ts';
import { plainTextOf } from '../support/mail-source.ts';
import { createApplicant, PDF } from './applicant.ts';

const ADDRESS = 'lea.reelle@exemple.fr';

describe('the mails of a request, in a real SMTP session', () => {
  let server: MailServer;
  let app: TestApp;
  before(async () => {
    server = await openMailServer('poste-2026');
    app = await startTestApp({
      region: {
        ...administeredRegion(),
        guides: [{ id: 'tous', title: 'Guide', url: 'https://guides.example/tous.pdf' }],
      },
      env: { TROUSSEAU_SMTP_URL: server.url, TROUSSEAU_WELCOME_PAUSE: '1h' },
    });
  });
  after(async () => {
    await app.destroy();
    await server.close();
  });

  /** The newest mail to them that says so. */
  async function read(about: RegExp): Promise<string> {
    await app.outbox.drain();
    const own = server.messages.filter(raw => raw.includes(`To: ${ADDRESS}`));
    const found = own.map(plainTextOf).findLast(text => about.test(text));
    if (found === undefined) throw new Error(`no mail says ${String(about)}`);
    return found;
  }

  it('lead from the code of the address to the password: each to one person, the login and the link apart', async () => {
    const lea = createApplicant(app);
    await lea.begin();
    await lea.fillIdentity({ familyName: 'Réelle', givenName: 'Léa' });
    await lea.fill('email', { email: ADDRESS, email_again: ADDRESS });
    const [, code = ''] = /^\s+(\d{6})\s*$/mu.exec(await read(/\d{6}/u)) ?? [];
    await lea.fill('code', { code });
    expect(lea.page().url.pathname).to.equal('/request/interests');
    await lea.fill('interests', { networks: ['cancerologie'] });
    for (const kind of ['signed_request', 'identity_card']) await lea.upload(kind, PDF);
    await lea.fill('proofs');
    await lea.fill('summary');
    const [link = ''] = /http\S+\/request\/link\/\S+/u.exec(await read(/\/request\/link\//u)) ?? [];
    expect(link.startsWith(`${app.issuer}/`)).to.equal(true);
    const elsewhere = createApplicant(app);
    await elsewhere.get(link.slice(app.issuer.length));
    await elsewhere.fill('link');
    expect(elsewhere.page().body).to.contain('data-state="received"');

    const { browser, get } = await createTestDesk(app).seat('paul');
    const request = await app.enrolment.office.requests.ofMailbox(ADDRESS);
    const accepted = await browser.submit(await get(`/admin/requests/${request?.id}/accept`), 'accept', {
      branch: 'chu',
      'network-0': 'cancerologie',
      'profile-0': 'utilisateur_cancerologie',
      'organisation-0': 'chu',
    });
    expect(accepted.url.search).to.equal('?done=accepted');
    await runErrands(app);
    const login = await read(/lea\.reelle$/mu);
    expect(login).to.contain('https://guides.example/tous.pdf').and.not.to.contain('/forgotten/link/');
    app.clock.advance(3601);
    await runErrands(app);
    const first = await read(/\/forgotten\/link\//u);
    expect(first).not.to.contain('lea.reelle');
    expect(first).to.contain(`${app.issuer}/forgotten/link/`);
    for (const raw of server.messages) {
      const [head = ''] = raw.split('\r\n\r\n');
      expect(head.match(/^To:/gmu), 'one recipient').to.have.length(1);
      expect(head).not.to.match(/^(?:Cc|Bcc):/gmu);
    }
  });
});
