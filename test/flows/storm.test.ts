import { expect } from 'chai';
import { PASSWORD, startTestApp, type TestApp } from '../support/app.ts';
import { createVisitor } from '../support/relying-party.ts';

const CROWD = 40;

describe('more sign-ins than the machine can hash', () => {
  let app: TestApp;
  before(async () => {
    app = await startTestApp({
      env: {
        TROUSSEAU_HASH_MEMORY_KIB: '19456',
        TROUSSEAU_HASH_PASSES: '2',
        TROUSSEAU_HASH_THREADS: '1',
        TROUSSEAU_HASH_QUEUE: '4',
        TROUSSEAU_ATTEMPTS_PER_ACCOUNT: '50',
      },
    });
  });
  after(() => app.destroy());

  it('are answered 503 with Retry-After on their own page, and everything else goes on', async () => {
    const regular = createVisitor(app);
    await regular.signIn('claire.dupont');
    const pages = await Promise.all(
      Array.from({ length: CROWD }, async () => {
        const visitor = createVisitor(app);
        return { visitor, page: (await visitor.authorize()).page };
      }),
    );
    const storm = Promise.all(
      pages.map(({ visitor, page }) =>
        visitor.browser.submit(page, 'identify', { login: 'marc.lefevre', password: PASSWORD }),
      ),
    );
    // Whoever has signed in is not touched by it.
    expect((await regular.authorize()).callback.get('code')).to.be.a('string');
    const answers = await storm;
    const busy = answers.filter(({ status }) => status === 503);
    expect(busy.length).to.be.greaterThan(0);
    expect(answers.filter(({ status }) => status === 200).length + busy.length).to.equal(CROWD);
    for (const page of busy) {
      expect(page.alertCode).to.equal('accounts.hashing_busy');
      expect(Number(page.headers.get('retry-after'))).to.be.greaterThan(0);
      expect(page.forms[0]?.fields['login']).to.equal('marc.lefevre');
    }
    // What could not be judged is not counted against anybody.
    const later = createVisitor(app);
    expect((await later.signIn('marc.lefevre')).callback.get('code')).to.be.a('string');
  });
});
