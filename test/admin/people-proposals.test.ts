import { expect } from 'chai';
import type { Page } from '../../scripts/interop/browserless.ts';
import { administeredRegion, seatOf, type Seat } from '../support/administrators.ts';
import { startTestApp, type TestApp } from '../support/app.ts';

/** The region with a second regional administrator. */
function withTwo() {
  const region = administeredRegion();
  return {
    ...region,
    accounts: region.accounts.map(account =>
      'sub' in account && account.sub === 'acc-libre'
        ? {
            ...account,
            memberships: [
              { network: 'cancerologie', organisation: 'region', profile: 'administrateur_regional' },
            ],
          }
        : account,
    ),
  };
}

describe('acts that wait for a second person', () => {
  let app: TestApp;
  let anne: Seat;
  let libre: Seat;
  let paul: Seat;
  before(async () => {
    app = await startTestApp({ region: withTwo() });
    [anne, libre, paul] = await Promise.all([seatOf(app, 'anne'), seatOf(app, 'libre'), seatOf(app, 'paul')]);
  });
  after(() => app.destroy());

  async function propose(name: string): Promise<void> {
    const page = await anne.get(
      `/admin/people/acc-${name}/memberships/new?network=cancerologie&organisation=region`,
    );
    const done = await anne.browser.submit(page, 'profile', { profile: 'administrateur_regional' });
    expect(done.url.search).to.equal('?done=proposed');
  }
  const holds = async (name: string) =>
    (await app.services.directory.professionals.get(`acc-${name}`))?.memberships.some(
      ({ profile }) => profile === 'administrateur_regional',
    );
  const formsOf = (page: Page, verb: string) =>
    page.forms.map(({ id }) => id).filter(id => id.startsWith(verb));
  const only = (ids: readonly string[]) => {
    expect(ids).to.have.length(1);
    return ids[0] ?? '';
  };

  it('are confirmed by another one, once, never by their author', async () => {
    await propose('claire');
    const own = await anne.get('/admin/proposals');
    expect(formsOf(own, 'confirm-')).to.deep.equal([]);
    const page = await libre.get('/admin/proposals');
    const id = only(formsOf(page, 'confirm-'));
    const forged: Page = {
      ...own,
      forms: own.forms.map(form => ({
        ...form,
        action: new URL(form.action.href.replace(/decline$/u, 'confirm')),
      })),
    };
    const byAuthor = await anne.browser.submit(forged, id.replace('confirm', 'decline'));
    expect(byAuthor.status).to.equal(403);
    expect(byAuthor.alertCode).to.equal('admin.second_person_needed');
    expect(await holds('claire')).to.equal(false);
    const answers = await Promise.all(Array.from({ length: 50 }, () => libre.browser.submit(page, id)));
    expect(answers.filter(({ url }) => url.search === '?done=confirmed')).to.have.length(1);
    expect(await holds('claire')).to.equal(true);
  });

  it('are nobody’s else: an administrator who may not give it sees none and confirms none', async () => {
    await propose('luc');
    const page = await libre.get('/admin/proposals');
    const id = only(formsOf(page, 'confirm-'));
    expect((await paul.get('/admin/proposals')).body).to.not.include(id.replace('confirm-', ''));
    const claire = await paul.get('/admin/people/acc-perine/edit');
    const forged: Page = {
      ...claire,
      forms: claire.forms.map(form => ({
        ...form,
        action: page.forms.find(candidate => candidate.id === id)?.action ?? form.action,
      })),
    };
    expect((await paul.browser.submit(forged, 'identity')).status).to.be.oneOf([403, 404]);
    expect(await holds('luc')).to.equal(false);
    const declined = await libre.browser.submit(page, id.replace('confirm', 'decline'));
    expect(declined.url.search).to.equal('?done=declined');
    expect(formsOf(await libre.get('/admin/proposals'), 'confirm-')).to.deep.equal([]);
  });

  it('say which profile is to be taken away', async () => {
    const page = await anne.get('/admin/people/acc-libre');
    const [, ref] = /memberships\/([\w-]{22})\/remove"/u.exec(page.body) ?? [];
    const confirm = await anne.get(`/admin/people/acc-libre/memberships/${ref}/remove`);
    const done = await anne.browser.submit(confirm, 'confirm', { reason: 'Fin de mission' });
    expect(done.url.search).to.equal('?done=proposed');
    const own = await anne.get('/admin/proposals');
    expect(own.body).to.include('Retirer un profil').and.include('Administrateur régional, Cancérologie');
    expect(own.body).to.include('Fin de mission');
    await anne.browser.submit(own, only(formsOf(own, 'decline-')));
  });

  it('need the author’s right at that moment too', async () => {
    await propose('luc');
    const page = await libre.get('/admin/proposals');
    await app.services.directory.professionals.update('acc-anne', person => ({
      ...person,
      status: 'suspended',
    }));
    const refused = await libre.browser.submit(page, only(formsOf(page, 'confirm-')));
    expect(refused.status).to.equal(403);
    expect(await holds('luc')).to.equal(false);
  });
});
