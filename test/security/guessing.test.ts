import { expect } from 'chai';
import { exampleRegion, PASSWORD, startTestApp, type TestApp } from '../support/app.ts';
import { codeSentTo, createVisitor } from '../support/relying-party.ts';

/** Attempts are counted by login: each test has a person of its own, and the service is shared. */
const colleagues = Array.from({ length: 20 }, (_, n) => `personne.visee${n}`);
const WRONG = 'Faux-2026!';

describe('guessing', () => {
  let app: TestApp;
  let victim: string;
  const unused = [...colleagues];
  const idOf = (login: string) => `acc-${login.replace('.', '-')}`;
  const mailOf = (login: string) => `${login}@chu.example`;
  before(async () => {
    app = await startTestApp({
      region: exampleRegion({ colleagues }),
      env: {
        TROUSSEAU_ATTEMPTS_PER_ACCOUNT: '5',
        // The bound by source has tests of its own below.
        TROUSSEAU_ATTEMPTS_PER_SOURCE: '100000',
        TROUSSEAU_HASH_QUEUE: '200',
      },
    });
  });
  after(() => app.destroy());
  beforeEach(() => {
    victim = unused.pop() ?? expect.fail('one more colleague is needed');
  });

  async function tryPassword(password: string, login = victim, at = app) {
    const { browser, authorize } = createVisitor(at);
    const { page } = await authorize();
    return browser.submit(page, 'identify', { login, password });
  }

  it('parallel guesses never pass the cap: of 50 at once, 5 are judged', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => tryPassword(WRONG)));
    const codes = answers.map(({ alertCode }) => alertCode);
    expect(codes.filter(code => code === 'signin.credentials_refused')).to.have.length(5);
    expect(codes.filter(code => code === 'signin.locked')).to.have.length(45);
    expect(answers.filter(({ status }) => status === 429)).to.have.length(45);
  });

  it('a lockout ends by itself, says when, and is told to the holder once', async () => {
    for (let guess = 0; guess < 5; guess++) await tryPassword(WRONG);
    const locked = await tryPassword(PASSWORD);
    expect(locked.alertCode).to.equal('signin.locked');
    expect(Number(locked.headers.get('retry-after'))).to.be.within(1, 900);
    await tryPassword(PASSWORD);
    const warned = (await app.mails()).filter(({ to }) => to === mailOf(victim));
    expect(warned).to.have.length(1);
    app.clock.advance(901);
    expect((await tryPassword(PASSWORD)).forms[0]?.id).to.equal('code');
  });

  it('an unknown login is locked out just the same', async () => {
    for (let guess = 0; guess < 5; guess++) {
      expect((await tryPassword(WRONG, 'personne.inconnue')).alertCode).to.equal(
        'signin.credentials_refused',
      );
    }
    expect((await tryPassword(WRONG, 'personne.inconnue')).alertCode).to.equal('signin.locked');
  });

  it('a stranger cannot lock a person out of a device that they have used before', async () => {
    const own = createVisitor(app);
    await own.signIn(victim);
    for (let guess = 0; guess < 8; guess++) await tryPassword(WRONG);
    const { page } = await own.authorize({ prompt: 'login' });
    const again = await own.browser.submit(
      page,
      'password',
      { password: PASSWORD },
      { stopAt: 'http://localhost:9/' },
    );
    expect(again.url.searchParams.get('code')).to.be.a('string');
  });

  it('a sign-in of the victim does not give a guesser a fresh budget', async () => {
    for (let guess = 0; guess < 4; guess++) await tryPassword(WRONG);
    await createVisitor(app).signIn(victim);
    expect((await tryPassword(WRONG)).alertCode).to.equal('signin.credentials_refused');
    expect((await tryPassword(WRONG)).alertCode).to.equal('signin.locked');
  });

  it('a new password is judged so many times and no more: each costs several hashes', async () => {
    const visitor = createVisitor(app);
    const login = 'neuf.nouveau';
    const { page } = await visitor.authorize();
    const asked = await visitor.browser.submit(page, 'identify', { login, password: PASSWORD });
    const code = await codeSentTo(app, mailOf(login));
    const due = await visitor.browser.submit(asked, 'code', { code });
    const same = { new_password: PASSWORD, new_password_repeat: PASSWORD };
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => visitor.browser.submit(due, 'change-password', same)),
    );
    const codes = answers.map(({ alertCode }) => alertCode);
    expect(codes.filter(alert => alert === 'signin.password_refused')).to.have.length(5);
    expect(codes.filter(alert => alert === 'signin.locked')).to.have.length(45);
    const chosen = { new_password: 'Belette-2027!', new_password_repeat: 'Belette-2027!' };
    const late = await visitor.browser.submit(due, 'change-password', chosen);
    expect([late.status, late.alertCode]).to.deep.equal([429, 'signin.locked']);
    app.clock.advance(901);
    expect((await visitor.browser.submit(due, 'change-password', chosen)).forms[0]?.id).to.equal('terms');
  });

  describe('from one source', () => {
    let bounded: TestApp;
    before(async () => {
      bounded = await startTestApp({
        region: exampleRegion({ colleagues }),
        env: { TROUSSEAU_ATTEMPTS_PER_SOURCE: '10' },
      });
    });
    after(() => bounded.destroy());
    // What another test has spent is over.
    beforeEach(() => bounded.clock.advance(901));

    const tryHere = (password: string, login?: string) => tryPassword(password, login, bounded);
    const guessMany = async (from: number, to: number) => {
      for (let n = from; n < to; n++)
        expect((await tryHere(WRONG, `personne.n${n}`)).alertCode).to.equal('signin.credentials_refused');
    };

    it('goes so far and no further, over however many logins', async () => {
      await guessMany(0, 10);
      const late = await tryHere(PASSWORD);
      expect([late.status, late.alertCode]).to.deep.equal([429, 'signin.locked']);
      const { items } = await bounded.services.audit.list({ limit: 1000 });
      const locked = items.filter(({ type }) => type === 'signin.attempt.locked');
      expect(locked.map(({ data }) => data?.['bound'])).to.deep.equal(['source']);
      bounded.clock.advance(901);
      expect((await tryHere(PASSWORD)).forms[0]?.id).to.equal('code');
    });

    it('does not count those who sign in, nor shut out the devices that they know', async () => {
      const own = createVisitor(bounded);
      await own.signIn(victim);
      await guessMany(0, 10);
      const { page } = await own.authorize({ prompt: 'login' });
      const password = { password: PASSWORD };
      const again = await own.browser.submit(page, 'password', password, { stopAt: 'http://localhost:9/' });
      expect(again.url.searchParams.get('code')).to.be.a('string');
    });
  });

  describe('a code', () => {
    async function askCode() {
      const visitor = createVisitor(app);
      const { page } = await visitor.authorize();
      const asked = await visitor.browser.submit(page, 'identify', { login: victim, password: PASSWORD });
      return { visitor, asked, code: await codeSentTo(app, mailOf(victim)) };
    }
    const other = (code: string) => (code === '000000' ? '111111' : '000000');

    it('is void after five wrong answers, in parallel too, the right one included', async () => {
      const { visitor, asked, code } = await askCode();
      await Promise.all(
        Array.from({ length: 20 }, () => visitor.browser.submit(asked, 'code', { code: other(code) })),
      );
      const late = await visitor.browser.submit(asked, 'code', { code });
      expect(late.alertCode).to.be.oneOf(['signin.code_exhausted', 'signin.locked']);
    });

    it('is not guessed over many sign-ins: the attempts of the account are counted through all of them', async () => {
      for (let guess = 0; guess < 5; guess++) {
        const { visitor, asked, code } = await askCode();
        const refused = await visitor.browser.submit(asked, 'code', { code: other(code) });
        expect(refused.alertCode).to.equal('signin.code_wrong');
      }
      const { visitor, asked, code } = await askCode();
      expect((await visitor.browser.submit(asked, 'code', { code })).alertCode).to.equal('signin.locked');
    });

    it('is used once under 50 parallel answers', async () => {
      const { visitor, asked, code } = await askCode();
      const answers = await Promise.all(
        Array.from({ length: 50 }, () =>
          visitor.browser.submit(asked, 'code', { code }, { stopAt: 'http://localhost:9/' }),
        ),
      );
      expect(answers.some(({ url }) => url.searchParams.has('code'))).to.equal(true);
      const { items } = await app.services.audit.list({ limit: 1000 });
      const accepted = items.filter(
        ({ type, data, account }) =>
          type === 'signin.attempt.accepted' && data?.['method'] === 'code' && account === idOf(victim),
      );
      expect(accepted).to.have.length(1);
    });

    it('that is a slip of the finger costs no try', async () => {
      const { visitor, asked, code } = await askCode();
      for (const slip of ['12345', '1234567', 'abcdef', '12 34']) {
        const refused = await visitor.browser.submit(asked, 'code', { code: slip });
        expect(refused.alertCode).to.equal('signin.code_malformed');
      }
      const typed = `${code.slice(0, 3)} ${code.slice(3)}`;
      const done = await visitor.browser.submit(
        asked,
        'code',
        { code: typed },
        { stopAt: 'http://localhost:9/' },
      );
      expect(done.url.searchParams.get('code')).to.be.a('string');
    });

    it('of another interaction does not open this one', async () => {
      const first = await askCode();
      const second = await askCode();
      if (first.code === second.code) return;
      const refused = await second.visitor.browser.submit(second.asked, 'code', { code: first.code });
      expect(refused.alertCode).to.equal('signin.code_wrong');
    });

    it('that was sent to one login never signs another one in', async () => {
      const visitor = createVisitor(app);
      const { page } = await visitor.authorize();
      const mine = await visitor.browser.submit(page, 'identify', { login: 'marc.lefevre', method: 'code' });
      const code = await codeSentTo(app, 'marc.lefevre@chu.example');
      const back = await visitor.browser.submit(mine, 'code', { restart: '1' });
      const theirs = await visitor.browser.submit(back, 'identify', { login: victim, method: 'code' });
      const refused = await visitor.browser.submit(
        theirs,
        'code',
        { code },
        { stopAt: 'http://localhost:9/' },
      );
      expect(refused.alertCode).to.equal('signin.code_wrong');
      const own = { code: await codeSentTo(app, mailOf(victim)) };
      const done = await visitor.browser.submit(refused, 'code', own, { stopAt: 'http://localhost:9/' });
      expect(done.url.searchParams.get('code')).to.be.a('string');
    });

    it('is void once another was asked for, and after ten minutes', async () => {
      const { visitor, asked, code } = await askCode();
      app.clock.advance(61);
      const renewed = await visitor.browser.submit(asked, 'code', { resend: '1' });
      const newer = await codeSentTo(app, mailOf(victim));
      if (newer !== code) {
        expect((await visitor.browser.submit(renewed, 'code', { code })).alertCode).to.equal(
          'signin.code_wrong',
        );
      }
      app.clock.advance(601);
      expect((await visitor.browser.submit(renewed, 'code', { code: newer })).alertCode).to.equal(
        'signin.code_expired',
      );
    });

    it('is sent so many times an hour and no more, and whoever has shown the password is told', async () => {
      const bounded = await startTestApp({
        region: exampleRegion({ colleagues }),
        env: { TROUSSEAU_CODE_PER_HOUR: '2' },
      });
      try {
        const ask = async () => {
          const visitor = createVisitor(bounded);
          const { page } = await visitor.authorize();
          return visitor.browser.submit(page, 'identify', { login: victim, password: PASSWORD });
        };
        expect([(await ask()).status, (await ask()).status]).to.deep.equal([200, 200]);
        const third = await ask();
        expect([third.status, third.alertCode]).to.deep.equal([429, 'signin.too_many_codes']);
        expect((await bounded.mails()).length).to.equal(2);
      } finally {
        await bounded.destroy();
      }
    });

    it('is not sent again before the pause has passed', async () => {
      const { visitor, asked } = await askCode();
      const before = (await app.mails()).length;
      const told = await visitor.browser.submit(asked, 'code', { resend: '1' });
      expect(told.alertCode).to.equal('signin.resend_too_soon');
      expect((await app.mails()).length).to.equal(before);
    });
  });
});
