import { expect } from 'chai';
import { useDemo } from './support.ts';
import { ACR, expectProof } from './means-hands.ts';

describe('a morning by Pro Santé Connect', () => {
  const demo = useDemo();

  it('goes from the provider’s page to the record, with the situation that was chosen, and out of both', async () => {
    const { dccUrl } = demo.instance();
    const claire = await demo.visitor({ shots: 'psc' });
    const { page } = claire;
    await page.goto(`${dccUrl}/patients`);
    await claire.see('form#identify', 'sign-in');
    await claire.press('button[name="method"][value="pro-sante-connect"]');
    await claire.see('form#person', 'provider');
    await claire.press('button[name="person"][value="claire"]');

    await claire.see('form#terms', 'terms');
    await claire.tick('#accept');
    await claire.press('#continue');
    await claire.see('form#situation', 'situation');
    await claire.tick('input[name="situation"][value="chu"]');
    await claire.press('#continue');

    // No code: the level of a card is above what the record asks for.
    await claire.see('.patients', 'patients');
    expect(await page.textContent('#signed-in-as')).to.equal('Claire Dupont');
    await expectProof(page, { acr: ACR.card, amr: ['mfa'] });

    await claire.press('#sign-out button');
    await page.waitForURL(`${dccUrl}/signed-out`);
    // The provider asks again who it is.
    await claire.press('form#sign-in button');
    await page.waitForSelector('form#identify');
    await claire.press('button[name="method"][value="pro-sante-connect"]');
    await page.waitForSelector('form#person');
    expect(await page.textContent('form#person')).to.not.include('session ouverte');
  });

  it('says what to do to somebody who goes back, and to somebody who has no account', async () => {
    const ines = await demo.visitor({ width: 320 });
    const { page } = ines;
    await page.goto(demo.instance().issuer);
    await ines.press('button[name="method"][value="pro-sante-connect"]');
    await ines.see('form#person', 'provider');
    await ines.press('button[name="cancel"]');
    await ines.see('[role="alert"][data-code="psc.cancelled"]', 'cancelled');
    await ines.press('#continue');
    await page.waitForSelector('form#person');
    await ines.press('button[name="person"][value="ines"]');
    await ines.see('[role="alert"][data-code="psc.unknown_person"]', 'unknown');
  });
});
