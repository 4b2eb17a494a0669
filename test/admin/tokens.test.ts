import { expect } from 'chai';
import { generateSync } from 'otplib';
import { readSeedFile } from '../../src/admin/tokens/seed-file.ts';
import { administeredRegion, seatOf, type Seat } from '../support/administrators.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { csrfIn } from '../support/desk.ts';

const HEX = '3132333435363738393031323334353637383930';
/** The same key. */
const BASE32 = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
const FILE = `Serial;Seed;Digits;Period\nC-1;${HEX};6;30\nC-2;${BASE32};8;60\n`;

describe('a seed file of calculettes', () => {
  const read = (text: string) => readSeedFile(Buffer.from(text));

  it('gives the same key in hexadecimal and in base 32', () => {
    const file = read(FILE);
    expect(file.ok && file.seeds.map(({ serial, key }) => [serial, key.secret, key.digits])).to.deep.equal([
      ['C-1', BASE32, 6],
      ['C-2', BASE32, 8],
    ]);
  });

  it('is refused by its line for a key that is too short or none, and never quoted', () => {
    for (const seed of ['31323334', 'pas une clé', '', 'A'.repeat(200)]) {
      const file = read(`serial,seed\nC-1,${seed}\n`);
      expect(file.ok, seed).to.equal(false);
      if (!file.ok && seed !== '') expect(file.message).to.include('Ligne 2').and.not.include(seed);
    }
    for (const text of ['', 'a;b\n1;2\n', 'serial;seed\n', `serial;seed;digits\nC;${HEX};9\n`])
      expect(read(text).ok, text).to.equal(false);
  });
});

describe('the calculettes of the region', () => {
  let app: TestApp;
  let anne: Seat;
  before(async () => {
    app = await startTestApp({ region: administeredRegion() });
    anne = await seatOf(app, 'anne');
  });
  after(() => app.destroy());

  it('are imported once, and their keys stand in no page and no log', async () => {
    for (const round of [1, 2]) {
      const body = new FormData();
      body.set('csrf', csrfIn(await anne.get('/admin/tokens')));
      body.set('seeds', new File([FILE], 'cles.csv'));
      const page = await anne.browser.post(`${app.issuer}/admin/tokens`, body);
      expect(page.url.search, String(round)).to.equal('?done=imported');
      expect(page.body).to.include('C-1').and.not.include(BASE32).and.not.include(HEX);
    }
    expect(app.log()).not.to.include(BASE32);
  });

  it('are given to one person, whose second factor they are at once, and taken back', async () => {
    const give = async (login: string) =>
      anne.browser.submit(await anne.get('/admin/tokens'), 'give', { serial: 'C-1', login });
    expect((await give('personne.inconnue')).status).to.equal(422);
    expect((await give('perine.test')).url.search).to.equal('?done=given');
    expect((await give('luc.test')).alertCode).to.equal('admin.token_given');
    const totp = app.methods.find(({ id }) => id === 'totp');
    const account = await app.services.accounts.get('acc-perine');
    const professional = await app.services.directory.professionals.get('acc-perine');
    const perine = account && professional && { account, professional };
    const code = generateSync({ secret: BASE32, epoch: app.clock.now() });
    expect(await totp?.verify(perine, code, { interaction: 'i', purpose: 'second' })).to.deep.equal({
      ok: true,
    });
    const page = await anne.get('/admin/tokens');
    const form = page.forms.find(({ action }) => action.pathname === '/admin/tokens/take-back');
    if (!form) throw new Error('nothing to take back');
    const back = await anne.browser.submit({ ...page, forms: [{ ...form, id: 'back' }] }, 'back', {});
    expect(back.url.search).to.equal('?done=taken');
    expect(await totp?.isAvailableTo(perine)).to.equal(false);
  });
});
