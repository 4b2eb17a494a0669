import { expect } from 'chai';
import { membershipRef } from '../../src/admin/people/membership-acts.ts';
import { administeredRegion } from '../support/administrators.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { createTestDesk, csrfIn, type TestDesk } from '../support/desk.ts';

const PDF = Buffer.from('%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n');

describe('appointments of administrators', () => {
  let app: TestApp;
  let desk: TestDesk;
  before(async () => {
    app = await startTestApp({ region: administeredRegion() });
    desk = createTestDesk(app);
  });
  after(() => app.destroy());

  async function appoint(
    who: string,
    sub: string,
    { file = PDF, ...typed }: { file?: Buffer } & Readonly<Record<string, string | Buffer>>,
  ) {
    const { browser, get } = await desk.seat(who);
    const path = `/admin/appointments/new?sub=${sub}`;
    const body = new FormData();
    body.set('csrf', csrfIn(await get(path)));
    for (const [name, value] of Object.entries(typed)) body.set(name, String(value));
    body.set('form', new Blob([new Uint8Array(file)], { type: 'application/pdf' }), 'nomination.pdf');
    const cookies = ['trousseau_session', 'trousseau_session.sig', 'trousseau_form'].map(
      name => `${name}=${browser.cookie('localhost', name) ?? ''}`,
    );
    const answer = await fetch(`${app.issuer}${path}`, {
      method: 'POST',
      body,
      headers: { Cookie: cookies.join('; ') },
      redirect: 'manual',
    });
    const [, code] = /data-code="([^"]+)"/u.exec(await answer.text()) ?? [];
    return { status: answer.status, code, location: answer.headers.get('location') };
  }

  const place = { profile: 'administrateur_local', network: 'cancerologie', organisation: 'clinique' };
  const held = async (sub: string) =>
    (await app.services.directory.professionals.get(sub))?.memberships ?? [];
  /** The address of the signed form, as the list shows it. */
  async function formPath(who: string, sub: string) {
    const { body } = await desk.page(who, '/admin/appointments');
    return new RegExp(`href="(/admin/appointments/${sub}/[\\w-]+/form)"`, 'u').exec(body)?.[1];
  }

  it('list who administers the branch, and nobody of another', async () => {
    const names = async (who: string) =>
      [...(await desk.page(who, '/admin/appointments')).body.matchAll(/people\/acc-(\w+)"/gu)].map(
        ([, name]) => name,
      );
    expect(await names('anne')).to.have.members(['anne', 'paul', 'colin', 'carole', 'nadia', 'noe']);
    expect(await names('paul')).to.have.members(['paul', 'carole', 'noe']);
    expect(await names('colin')).to.have.members(['colin']);
  });

  it('take a signed form, keep it sealed under its hash, and make it the proof of the profile', async () => {
    const search = await desk.page('anne', '/admin/appointments/new?q=luc');
    expect(search.body).to.include('/admin/appointments/new?sub=acc-luc');
    expect((await desk.page('anne', '/admin/appointments/blank?sub=acc-luc')).body).to.include('Luc TEST');

    const done = await appoint('anne', 'acc-luc', place);
    expect([done.status, done.location]).to.deep.equal([303, '/admin/appointments?done=appointed']);
    const given = (await held('acc-luc')).find(({ profile }) => profile === 'administrateur_local');
    expect(given?.proof).to.match(/^formulaire:/u);

    const path = (await formPath('colin', 'acc-luc')) ?? '';
    const shown = await desk.page('colin', path);
    expect(shown.body).to.equal(PDF.toString());
    expect(shown.headers.get('content-disposition')).to.match(/^attachment/u);
    expect(shown.headers.get('x-content-type-options')).to.equal('nosniff');
    // Neither another branch nor who may not see memberships reads the proof, by its very address.
    expect((await desk.page('paul', path)).status).to.equal(404);
    expect((await desk.page('claire', path)).status).to.equal(403);
  });

  it('judge a form by its content and size, and lose nothing of what was typed', async () => {
    for (const file of [Buffer.from('<html>%PDF-%%EOF'), Buffer.from('MZ program'), PDF.subarray(0, 20)])
      expect(await appoint('anne', 'acc-claire', { ...place, file })).to.include({
        status: 422,
        code: 'admin.invalid',
      });
    const large = Buffer.alloc(5 * 1024 * 1024 + 1);
    expect(await appoint('anne', 'acc-claire', { ...place, file: large })).to.include({
      status: 413,
      code: 'http.too_large',
    });
    expect((await held('acc-claire')).length).to.equal(1);
    const largest = Buffer.concat([
      PDF.subarray(0, 9),
      Buffer.alloc(5 * 1024 * 1024 - PDF.byteLength),
      PDF.subarray(9),
    ]);
    expect(await appoint('anne', 'acc-claire', { ...place, file: largest })).to.include({ status: 303 });
    const { body } = await desk.page('anne', (await formPath('anne', 'acc-claire')) ?? '');
    expect(body.length).to.be.greaterThan(5 * 1024 * 1024 - 100);
  });

  it('are for who may give such a profile there, and never by way of another sort of profile', async () => {
    expect((await desk.page('paul', '/admin/appointments/new')).status).to.equal(404);
    expect((await desk.page('nadia', '/admin/appointments/new')).status).to.equal(403);
    expect((await appoint('paul', 'acc-claire', { ...place, organisation: 'chu' })).status).to.equal(404);
    for (const profile of ['administrateur_regional', 'utilisateur_cancerologie', 'roi'])
      expect(await appoint('anne', 'acc-claire', { ...place, profile })).to.include({ status: 422 });
  });

  it('show the form of a profile for that very profile: its name given elsewhere opens nothing', async () => {
    const [signed] = (await held('acc-luc')).filter(({ proof }) => proof?.startsWith('formulaire:'));
    await app.services.directory.professionals.update('acc-perine', before => ({
      ...before,
      memberships: [
        ...before.memberships,
        {
          network: 'cancerologie',
          organisation: 'chu',
          profile: 'utilisateur_cancerologie',
          proof: signed?.proof ?? '',
        },
      ],
    }));
    const forged = (await held('acc-perine')).at(-1);
    const ref = forged ? membershipRef(forged) : '';
    expect((await desk.page('paul', `/admin/appointments/acc-perine/${ref}/form`)).status).to.equal(404);
  });

  it('end with a reason, at once', async () => {
    const { body } = await desk.page('anne', '/admin/appointments');
    const [, path = ''] = /href="(\/admin\/appointments\/acc-luc\/[\w-]+\/revoke)"/u.exec(body) ?? [];
    expect((await desk.page('paul', path)).status).to.equal(404);
    const { browser, get } = await desk.seat('anne');
    const empty = await browser.submit(await get(path), 'revoke', { reason: '' });
    expect([empty.status, empty.alertCode]).to.deep.equal([422, 'admin.invalid']);
    const done = await browser.submit(empty, 'revoke', { reason: 'A quitté la clinique' });
    expect(done.url.search).to.equal('?done=revoked');
    const ended = (await held('acc-luc')).find(({ profile }) => profile === 'administrateur_local');
    expect(ended?.toMs).to.be.at.most(app.clock.nowMs());
  });
});
