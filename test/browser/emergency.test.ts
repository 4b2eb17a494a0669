import { expect } from 'chai';
import { smsCode } from './means-hands.ts';
import { useDemo, type Visitor } from './support.ts';

const ANNE = 'anne.moreau';
const CLAIRE = 'claire.dupont';
/** The patient opposes Claire, but not in an emergency. */
const RECORD = '/records/2026-0104';
const PATIENT = 'pk-demo-4';
const PHONE = '+33600000001';
const REASON = 'Hémorragie aux urgences, antécédents inconnus';

describe('a record opened in an emergency', () => {
  const demo = useDemo();

  /** The steps of a first sign-in: password, code and règlement, in whatever order they come. */
  async function signInFirst(visitor: Visitor, login: string): Promise<void> {
    const { page } = visitor;
    await visitor.type('#login', login);
    await visitor.type('#password', demo.instance().passwords[login] ?? '');
    await visitor.press('#continue');
    await page.waitForSelector('form#code');
    await visitor.enterCode(login);
    await page.waitForSelector('form#terms');
    await visitor.tick('#accept');
    await visitor.press('#continue');
  }

  it('is refused, opened with a reason and a stronger sign-in, then examined and counted', async () => {
    const { dccUrl, issuer } = demo.instance();
    const claire = await demo.visitor({ shots: 'emergency' });
    const { page } = claire;
    await page.goto(`${dccUrl}${RECORD}`);
    await signInFirst(claire, CLAIRE);
    await claire.see('[data-help="patient-consent"]', 'refused');
    await claire.press('#break-glass');
    await claire.see('form#emergency', 'reason');
    await claire.type('#reason', REASON);
    await claire.press('form#emergency button');
    await claire.see('[data-help="stronger-sign-in"]', 'too-weak');
    await claire.press('form#sign-in button');
    await page.waitForSelector('form#code');
    await claire.type('#code input[name=code]', await smsCode(demo, PHONE, new Set()));
    await claire.press('#continue');

    // Back where the reason is asked: what was typed stands there still.
    await page.waitForSelector('form#emergency');
    expect(await page.inputValue('#reason')).to.equal(REASON);
    await claire.type('#reason', 'urgence');
    await claire.press('form#emergency button');
    await claire.see('[role="alert"][data-code="reason"]', 'reason-too-short');
    expect(await page.inputValue('#reason')).to.equal('urgence');
    await claire.type('#reason', REASON);
    await claire.press('form#emergency button');
    await claire.see('[data-emergency="bris_de_glace"]', 'opened');
    expect(page.url()).to.equal(`${dccUrl}${RECORD}`);
    expect(await page.locator('form#note').count(), 'read only').to.equal(0);

    const anne = await demo.visitor({ shots: 'emergency-review' });
    await anne.enter('/admin/emergencies', ANNE);
    await anne.see('main .table', 'queue');
    await anne.press('main .table a[href^="/admin/emergencies/"]');
    await anne.see('form#examine', 'use');
    expect(await anne.page.textContent('main'))
      .to.include(REASON)
      .and.to.include('Claire DUPONT');
    await anne.tick('input[name=verdict][value=justified]');
    await anne.type('#words', 'Vérifié avec le chef de service des urgences');
    await anne.press('form#examine #continue');
    await anne.see('[role=status]', 'examined');
    await anne.page.goto(`${issuer}/admin/emergencies/statistics`);
    await anne.see('#persons', 'statistics');
    expect(await anne.page.textContent('main')).to.include('Claire DUPONT');
  }).timeout(120_000);

  it('is explained to an administrator: each rule, and what would change the answer', async () => {
    const anne = await demo.visitor({ shots: 'explain', width: 1000 });
    await anne.enter('/admin/explain', ANNE);
    await anne.see('form#explain', 'question');
    await anne.type('#account', CLAIRE);
    await anne.type('#patient_key', PATIENT);
    await anne.press('form#explain #continue');
    await anne.see('[data-rule="8"][data-state="refused"]', 'opposed');
    const ways = await anne.page.textContent('.explain-ways');
    expect(ways).to.include('opposition').and.to.include('bris de glace');
    const small = await demo.visitor({ width: 320, isDark: true, shots: 'explain-small' });
    await small.enter('/admin/explain', ANNE);
    await small.type('#account', CLAIRE);
    await small.press('form#explain #continue');
    await small.see('[data-rule="7"]', 'without-a-record');
  });
});
