import { expect } from 'chai';
import { createBrowserless, type Browserless, type Page } from '../../scripts/interop/browserless.ts';
import { startWorld, type Question, type World } from './world.ts';

const RECORD = '/records/2026-0101';
const DIAGNOSIS = 'Carcinome canalaire';
const KARIM = 'acc-karim';

const namedIn = ({ context }: Question) => (context as { on_behalf_of?: string }).on_behalf_of;
/** Opens to whoever acts in the name of `account`, and says so. */
const openFor = (account: string) => (question: Question) =>
  namedIn(question) === account
    ? {
        decision: true,
        context: { id: 'd-1', reason_code: 'permitted_creator', on_behalf_of: account },
      }
    : { decision: false, context: { id: 'd-2', reason_code: 'delegation_missing' } };

describe('the demo DCC in the name of somebody', () => {
  let world: World;
  let visitor: Browserless;
  const get = (path: string) => visitor.get(world.dcc.url + path);
  const choose = async (account: string): Promise<Page> =>
    visitor.submit(await get('/patients'), 'on-behalf-of', { account });

  before(async () => {
    world = await startWorld();
  });
  after(() => world.close());
  beforeEach(async () => {
    visitor = createBrowserless();
    world.script.decide = openFor(KARIM);
    await get('/patients');
    world.questions.length = 0;
  });

  it('says whose name with every question, and on every page', async () => {
    const list = await choose(KARIM);
    expect(list.url.pathname).to.equal('/patients');
    world.questions.length = 0;
    const record = await get(RECORD);
    expect(record.body).to.include(DIAGNOSIS).and.include(`data-on-behalf-of="${KARIM}"`);
    await visitor.submit(record, 'note', { text: 'Dicté en salle.' });
    expect((await get(RECORD)).body).to.match(/<small>.+, au nom de Karim Benali<\/small>/u);
    expect(new Set(world.questions.map(namedIn))).to.deep.equal(new Set([KARIM]));
  });

  it('ends when the person acts in their own name again', async () => {
    await choose(KARIM);
    await choose('');
    world.questions.length = 0;
    const refused = await get(RECORD);
    expect(refused.status).to.equal(403);
    expect(refused.body).to.include('data-help="delegation"').and.include('delegation_missing');
    expect(refused.body).not.to.include('data-on-behalf-of');
    expect(world.questions.map(namedIn)).to.deep.equal([undefined]);
  });

  it('takes nobody who is not in the address book, and nothing from another site', async () => {
    await choose('acc-nobody');
    expect((await get('/patients')).body).not.to.include('data-on-behalf-of');
    const forged = await visitor.submit(await get('/patients'), 'on-behalf-of', { csrf: '', account: KARIM });
    expect(forged.status).to.equal(403);
  });

  it('does not act on a permit in the name of somebody else, or of nobody', async () => {
    await choose(KARIM);
    for (const context of [{ on_behalf_of: 'acc-luc' }, {}]) {
      world.script.decide = () => ({ decision: true, context });
      const page = await get(RECORD);
      expect(page.status).to.equal(503);
      expect(page.body).not.to.include(DIAGNOSIS);
    }
  });

  it('asks for documents in one’s own name, and shows which networks open theirs', async () => {
    await choose(KARIM);
    world.questions.length = 0;
    world.script.decide = ({ resource }) =>
      resource.properties === undefined
        ? { decision: true, context: { reason_code: 'permitted_document' } }
        : { decision: false, context: { reason_code: 'not_in_network' } };
    const { body } = await get('/documents');
    expect(body.match(/data-area="\w+"/gu)).to.deep.equal(['data-area="open"', 'data-area="shut"']);
    expect(body).to.include('not_in_network');
    expect(world.questions.map(({ resource }) => resource.type)).to.deep.equal([
      'document_area',
      'document_area',
    ]);
    expect(world.questions.map(namedIn)).to.deep.equal([undefined, undefined]);
  });

  it('lists what to try, with links to records that there are', async () => {
    const { body } = await get('/try');
    const paths = [...body.matchAll(/<li>\s*<a href="(\/[^"]+)"/gu)].map(([, path = '']) => path);
    expect(paths).to.have.length.above(10);
    for (const path of new Set(paths)) expect((await get(path)).status, path).to.be.oneOf([200, 403]);
  });

  it('states an emergency in one’s own name', async () => {
    await choose(KARIM);
    world.questions.length = 0;
    const values = { purpose: 'bris_de_glace', reason: 'Détresse respiratoire' };
    await visitor.submit(await get(`${RECORD}/emergency`), 'emergency', values);
    expect(world.questions.map(namedIn)).to.deep.equal([undefined]);
  });
});
