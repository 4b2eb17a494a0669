import { expect } from 'chai';
import {
  ACR,
  appCode,
  expectAtDcc,
  identify,
  keyOn,
  leaveForDcc,
  newMessage,
  smsCode,
} from './means-hands.ts';
import { useDemo, type Visitor } from './support.ts';

/** The demo region (contract §4): Jean has never signed in, and has no telephone. */
const JEAN = { login: 'jean.nouveau', sub: 'acc-jean', email: 'jean.nouveau@ch-val-de-loire.example' };
const ANNE = { login: 'anne.moreau', phone: '+33600000005' };
const CHOSEN = 'Ornithorynque-7-violet!';
/** A region waits a day. */
const COOL_DOWN_SECONDS = 15;
/** The periodic work that tells of its end runs once a minute. */
const MOST_SECONDS_TO_TELL = COOL_DOWN_SECONDS + 75;

describe('a second means that is asked for at the first sign-in, then lost', function () {
  this.timeout((MOST_SECONDS_TO_TELL + 90) * 1000);
  const demo = useDemo({ settings: { TROUSSEAU_FACTORS_COOL_DOWN: `${COOL_DOWN_SECONDS}s` } });
  const seen = new Set<string>();

  async function enrol(jean: Visitor): Promise<void> {
    await jean.see('form#enrol', 'enrol');
    await jean.type('main input[name=totp]', appCode(await keyOn(jean)));
    await jean.press('#continue');
  }

  async function signInForTheFirstTime(): Promise<Visitor> {
    const jean = await demo.visitor({ shots: 'means-first', width: 320 });
    await leaveForDcc(demo, jean, ACR.mfa);
    await identify(demo, jean, JEAN.login);
    await enrol(jean);
    await jean.see('form#change-password', 'password');
    await jean.type('#new_password', CHOSEN);
    await jean.type('#new_password_repeat', CHOSEN);
    await jean.press('#continue');
    await jean.tick('#accept');
    await jean.press('#continue');
    await expectAtDcc(jean, { acr: ACR.mfa, amr: ['pwd', 'otp', 'mfa'] });
    await newMessage(demo, JEAN.email, seen, { about: /Application de codes/u });
    return jean;
  }

  async function noteTheLoss(): Promise<void> {
    const anne = await demo.visitor({ shots: 'means-loss-admin' });
    await anne.page.goto(`${demo.instance().issuer}/admin/people/${JEAN.sub}`);
    await identify(demo, anne, ANNE.login);
    await anne.passSignIn(ANNE.login);
    await anne.press('a[href$="/reset-factors"]');
    if ((await anne.page.locator('form#code').count()) > 0) {
      await anne.type('main input[name=code]', await smsCode(demo, ANNE.phone, seen));
      await anne.press('#continue');
    }
    await anne.see('form#confirm', 'confirm');
    await anne.type('#reason', 'Téléphone volé, identité vérifiée en le rappelant.');
    await anne.press('#continue');
    await anne.see('[role=status]', 'noted');
  }

  it('is enrolled within the sign-in, set aside by an administrator, and enrolled anew after the cool-down', async () => {
    const before = await signInForTheFirstTime();
    await noteTheLoss();
    await newMessage(demo, JEAN.email, seen, { about: /annulez avant/u });
    await before.page.goto(`${demo.instance().issuer}/account/factors`);
    expect(await before.page.locator('form#identify').count(), 'his session ended').to.equal(1);

    const jean = await demo.visitor({ shots: 'means-loss' });
    await jean.page.goto(`${demo.instance().issuer}/account/factors`);
    await identify(demo, jean, JEAN.login, CHOSEN);
    await jean.see('#reset', 'cool-down');
    expect(await jean.page.textContent('main')).to.include('Mis de côté');

    await newMessage(demo, JEAN.email, seen, { about: /est terminé/u, seconds: MOST_SECONDS_TO_TELL });
    await jean.page.goto(`${demo.instance().issuer}/account/factors`);
    await jean.see('.empty', 'over');
    const again = await demo.visitor({ shots: 'means-loss-again', hasScripts: false });
    await leaveForDcc(demo, again, ACR.mfa);
    await identify(demo, again, JEAN.login, CHOSEN);
    await enrol(again);
    await expectAtDcc(again, { acr: ACR.mfa, amr: ['pwd', 'otp', 'mfa'] });
  });
});
