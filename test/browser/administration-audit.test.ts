import { expect } from 'chai';
import { useDemo, type Demo } from './support.ts';

const NADIA = 'nadia.haddad';
const RECORD = 'pk-demo-1';

/** Decisions asked by an application of the region, as on any day. */
async function openRecordFor(demo: Demo, subs: readonly string[]): Promise<readonly boolean[]> {
  const { issuer, clients } = demo.instance();
  const credentials = Buffer.from(`dcc-batch:${clients['dcc-batch'] ?? ''}`).toString('base64');
  return Promise.all(
    subs.map(async id => {
      const answer = await fetch(`${issuer}/access/v1/evaluation`, {
        method: 'POST',
        headers: { authorization: `Basic ${credentials}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          subject: { type: 'account', id },
          action: { name: 'read' },
          resource: { type: 'patient_record', id: RECORD },
          context: { acr: 'urn:trousseau:acr:code' },
        }),
      });
      return ((await answer.json()) as { readonly decision: boolean }).decision;
    }),
  );
}

describe('the questions of an auditor', () => {
  const demo = useDemo();

  it('reads who opened a record and what a person did, takes the proof away, and changes nothing', async () => {
    expect(await openRecordFor(demo, ['acc-claire', 'acc-marc', 'acc-luc'])).to.deep.equal([
      true,
      true,
      false,
    ]);
    const nadia = await demo.visitor({ shots: 'admin-auditor' });
    const { page } = nadia;
    const takeAway = async (selector: string) => {
      const [download] = await Promise.all([page.waitForEvent('download'), nadia.press(selector)]);
      expect(await download.failure(), selector).to.equal(null);
    };
    const goTo = (path: string) => page.goto(demo.instance().issuer + path);

    await nadia.enter('/admin/trail', NADIA);
    await nadia.type('#record', RECORD);
    await nadia.press('#continue');
    const report = `a[href="/admin/trail/records/${RECORD}"]`;
    await nadia.see(`nav ${report}`, 'trail-of-record');
    await nadia.press(`nav ${report}`);
    await nadia.see('.table', 'who-opened-this-record');
    const readers = (await page.locator('tbody td[data-label=Qui]').allTextContents()).sort();
    expect(readers, 'the refused one did not open it').to.deep.equal(['Claire DUPONT', 'Marc LEFÈVRE']);

    await goTo('/admin/trail');
    await nadia.type('#q', 'dupont');
    await nadia.press('#continue');
    await nadia.see('.trail-people', 'which-person');
    await nadia.press('.trail-people a');
    await nadia.see('.trail-list', 'trail-of-person');
    await nadia.press('a[href="/admin/trail/people/acc-claire"]');
    await nadia.see('.table', 'what-did-this-person-do');
    await takeAway('main .page-head a[href*="/csv"]');

    await goTo('/admin/trail/export');
    await nadia.see('form#export', 'export');
    await takeAway('form#export #continue');

    for (const [path, name] of [
      ['/admin/people/acc-claire', 'person'],
      ['/admin/organisations/chu', 'organisation'],
      ['/admin/applications/dcc', 'application'],
      ['/admin/networks/cancerologie', 'network'],
      ['/admin/policies', 'rules'],
    ] as const) {
      await goTo(path);
      await nadia.see('main h1', `read-only-${name}`);
      expect(await page.locator('main form[method=post]').count(), path).to.equal(0);
    }
    expect((await goTo('/admin/people/acc-claire/suspend'))?.status()).to.be.oneOf([403, 404]);

    await goTo('/admin/trail/mine');
    await nadia.see('.trail-list', 'her-own-reading');
    const events = await page.locator('.trail-list dd.keep').allTextContents();
    expect(events).to.include.members(['admin.trail.read', 'admin.trail.exported', 'admin.page.read']);
  });
});
