import { expect } from 'chai';
import { readOutbox } from '../../scripts/interop/outbox.ts';
import { useDemo, type Visitor } from './support.ts';
import { ACR, expectProof } from './means-hands.ts';

const ADD = '/account/factors/add/passkey';

const MARC_PHONE = '+33600000002';

describe('a passkey', () => {
  const demo = useDemo();

  async function readCodeTo(number: string): Promise<string> {
    const [newest] = (await readOutbox(demo.instance().outboxUrl)).filter(({ to }) => to === number);
    return /\b\d{6}\b/u.exec(newest?.text ?? '')?.[0] ?? '';
  }

  /** An authenticator of the device itself, which recognises its owner at once. */
  async function giveAuthenticator({ page }: Visitor): Promise<void> {
    const devtools = await page.context().newCDPSession(page);
    await devtools.send('WebAuthn.enable');
    await devtools.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
  }

  it('is added on the page of one’s means, then opens the DCC from the first page, without a login', async () => {
    const marc = await demo.visitor({ shots: 'passkey' });
    const { page } = marc;
    await giveAuthenticator(marc);
    await page.goto(demo.instance().issuer + ADD);
    await marc.type('#login', 'marc.lefevre');
    await marc.type('#password', demo.instance().passwords['marc.lefevre'] ?? '');
    await marc.press('#continue');
    // What changes one's means asks for all that one can show: here a code by SMS.
    await marc.see('form#code', 'step-up');
    await marc.type('#code input[name=code]', await readCodeTo(MARC_PHONE));
    await marc.press('#continue');
    await marc.see('form#enrol', 'add');
    await marc.type('#name', 'Téléphone de Marc');
    await marc.press('#continue');
    await marc.see('.factors, [role=status]', 'added');
    expect(page.url()).to.match(/done=added$/u);
    expect(await page.textContent('main')).to.include('Téléphone de Marc');

    // The same authenticator again: the browser knows that it has one already.
    await page.goto(demo.instance().issuer + ADD);
    await marc.press('#continue');
    await marc.see('[data-when=known]:not([hidden])', 'known');

    await page.goto(`${demo.instance().issuer}/logout`);
    await marc.press('#continue');
    await page.goto(demo.instance().dccUrl);
    await marc.see('form#identify', 'first-page');
    await marc.press('button[name=method][value=passkey]');
    await marc.see('.patients', 'patients');
    expect(await page.textContent('#signed-in-as')).to.equal('Marc Lefèvre');
    await expectProof(page, { acr: ACR.mfa, amr: ['swk', 'user', 'mfa'] });
    await page.goto(`${demo.instance().issuer}/account`);
    await marc.see('.level-3', 'account');
  });

  it('says what happened when nobody was recognised, and lets one try again or choose another means', async () => {
    const marc = await demo.visitor({ shots: 'passkey-cancelled', width: 320, isDark: true });
    await giveAuthenticator(marc);
    await marc.page.goto(demo.instance().dccUrl);
    await marc.press('button[name=method][value=passkey]');
    await marc.see('[data-when=cancelled]:not([hidden])', 'no-key');
    await marc.press('button[name=restart]');
    await marc.see('form#identify', 'other-means');
  });

  it('says what to do without scripts', async () => {
    const marc = await demo.visitor({ shots: 'passkey-no-scripts', hasScripts: false });
    await marc.page.goto(demo.instance().dccUrl);
    await marc.press('button[name=method][value=passkey]');
    await marc.see('form#passkey', 'page');
    await marc.press('#continue');
    await marc.see('[role=alert][data-code="signin.passkey_missing"]', 'missing');
    await marc.press('button[name=restart]');
    await marc.see('form#identify', 'other-means');
  });
});
