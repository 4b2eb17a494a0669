import { expect } from 'chai';
import { createAccounts, createHasher, type Account, type PasswordProblemCode } from '#accounts/index.ts';
import { createAudit } from '#audit/index.ts';
import { isAppError } from '#kernel/index.ts';
import { openWorld, professional, QUICK_HASH, SETTINGS, type World } from './world.ts';

const NAMES = { givenName: 'Marie-Claire', familyName: 'Le Dupont' };
const CURRENT = 'Vaisselle+quai7';

describe('passwords', () => {
  let world: World;
  let claire: Account;
  beforeEach(async () => {
    world = await openWorld();
    await world.directory.professionals.insert(professional('acc-claire', 'Marie-Claire', 'Le Dupont'));
    claire = await world.accounts.create({
      sub: 'acc-claire',
      names: NAMES,
      login: 'clairon',
      password: CURRENT,
      actor: 'system',
      origin: 'test',
    });
  });
  afterEach(() => world.close());

  const person = () => world.directory.professionals.get('acc-claire');

  async function codes(password: string, account = claire): Promise<readonly PasswordProblemCode[]> {
    const problems = await world.accounts.checkNewPassword(account, await person(), password);
    expect(problems.every(({ sentence }) => sentence.endsWith('.'))).to.equal(true);
    return problems.map(({ code }) => code);
  }

  async function change(password: string, accounts = world.accounts) {
    return accounts.changePassword('acc-claire', password, { reason: 'chosen', actor: 'acc-claire' });
  }

  async function fresh(): Promise<Account> {
    const account = await world.accounts.get('acc-claire');
    if (!account) throw new Error('no account');
    return account;
  }

  describe('are refused', () => {
    it('below nine characters, without letter, digit or special character, each with its code', async () => {
      expect(await codes('')).to.deep.equal(['too_short', 'no_letter', 'no_digit', 'no_special']);
      expect(await codes('rZq-7xk2')).to.deep.equal(['too_short']);
      expect(await codes('rZq-7xk2w')).to.deep.equal([]);
      expect(await codes('83-61-97-24')).to.deep.equal(['no_letter']);
      expect(await codes('rZqx-wkvpm')).to.deep.equal(['no_digit']);
      expect(await codes('rZqx9wkvpm')).to.deep.equal(['no_special']);
    });

    it('above 256 bytes, before any hash', async () => {
      const busy = createHasher({ ...QUICK_HASH, threads: 1, maxQueue: 1 });
      await busy.close();
      const accounts = world.accountsWith({}, busy);
      const outcome = await change(`A-1${'é'.repeat(127)}`, accounts);
      expect(outcome).to.have.nested.property('[0].code', 'too_long');
      expect(await codes(`rZq-7${'x'.repeat(251)}`)).to.deep.equal([]);
    });

    it('when they are common, whatever is hung on them', async () => {
      for (const password of [
        'Soleil-2026!',
        'printemps2026!',
        'P@ssw0rd-1!',
        'M0tdepasse!1',
        '!!Azertyuiop1',
        'SoleilSoleil-1',
        'Médecin.1975',
        'qwerty123!',
      ]) {
        expect(await codes(password), password).to.include('common');
      }
    });

    it('but not when a common word is a small part of them', async () => {
      expect(await codes('soleil-83619724-61')).to.deep.equal([]);
      expect(await codes('cheval agrafe 9 pile')).to.deep.equal([]);
    });

    it('when they contain the login or a name of three letters or more', async () => {
      expect(await codes('xx-CLAIRON-93')).to.include('contains_login');
      expect(await codes('xx-cl4ir0n-93')).to.include('contains_login');
      expect(await codes('qz9.dupönt.kw')).to.deep.equal(['contains_name']);
      expect(await codes('marie-tv93-kz')).to.deep.equal(['contains_name']);
      expect(await codes('le-tv93-kzqpw')).to.deep.equal([]);
    });

    it('when they are the present one or one of the last five', async () => {
      expect(await codes(CURRENT)).to.deep.equal(['same_as_current']);
      const next = (n: number) => `rZq-7xk2w-${n}`;
      for (let n = 1; n <= 6; n += 1) expect(await change(next(n))).to.equal('changed');
      const account = await fresh();
      expect(account.passwordHistory).to.have.length(5);
      expect(await codes(next(6), account)).to.deep.equal(['same_as_current']);
      for (let n = 1; n <= 5; n += 1) expect(await codes(next(n), account)).to.deep.equal(['in_history']);
      expect(await codes(CURRENT, account)).to.deep.equal([]);
    });
  });

  it('are judged rule by rule for the form that is shown again', async () => {
    const rules = await world.accounts.passwordRules({
      account: claire,
      professional: null,
      password: `${claire.login}-et-plus`,
    });
    expect(rules.map(({ state }) => state)).to.deep.equal([
      'met',
      'met',
      'unmet',
      'met',
      'unmet',
      'open',
      'open',
    ]);
  });

  it('follow the configured rules', async () => {
    const lax = world.accountsWith({ passwordSpecial: false, passwordDigit: false, passwordMinLength: 12 });
    const check = async (password: string) =>
      (await lax.checkNewPassword(claire, null, password)).map(({ code }) => code);
    expect(await check('rZqxwkvpmtbd')).to.deep.equal([]);
    expect(await check('rZqxwkvpmtb')).to.deep.equal(['too_short']);
    expect((await lax.passwordRules())[0]).to.deep.equal({
      text: 'au moins 12 caractères',
      check: 'length:12',
      state: 'open',
    });
  });

  describe('are verified', () => {
    it('as given, with accents composed in either way', async () => {
      expect(await change('Vaissélle+quai7')).to.equal('changed');
      expect(await world.accounts.verifyPassword(await fresh(), 'Vaisse\u0301lle+quai7')).to.equal(true);
      expect(await world.accounts.verifyPassword(await fresh(), 'Vaisselle+quai7')).to.equal(false);
    });

    it('with the same work for nobody, and never for too long a text', async () => {
      let verified = 0;
      const counting = {
        ...world.hasher,
        verify(phc: string, password: string) {
          verified += 1;
          return world.hasher.verify(phc, password);
        },
      };
      const accounts = world.accountsWith({}, counting);
      expect(await accounts.verifyPassword(null, CURRENT)).to.equal(false);
      expect(await accounts.verifyPassword(claire, CURRENT + 'x'.repeat(300))).to.equal(false);
      const { passwordHash: _, ...cardOnly } = claire;
      expect(await accounts.verifyPassword(cardOnly, '')).to.equal(false);
      expect(verified).to.equal(3);
    });

    it('and hashed anew at sign-in when the parameters have changed', async () => {
      const stronger = createHasher({ ...QUICK_HASH, passes: 2 });
      const accounts = world.accountsWith({ hashPasses: 2 }, stronger);
      expect(await accounts.verifyPassword(claire, 'wrong')).to.equal(false);
      expect((await fresh()).passwordHash).to.equal(claire.passwordHash);
      expect(await accounts.verifyPassword(claire, CURRENT)).to.equal(true);
      const renewed = await fresh();
      expect(renewed.passwordHash).to.contain('t=2');
      expect(renewed.passwordChangedAt).to.equal(claire.passwordChangedAt);
      expect(await accounts.verifyPassword(renewed, CURRENT)).to.equal(true);
      await stronger.close();
    });

    it('or the caller is told to wait when too many ask', async () => {
      const narrow = createHasher({ ...QUICK_HASH, threads: 1, maxQueue: 1 });
      const accounts = world.accountsWith({}, narrow);
      const outcomes = await Promise.allSettled(
        Array.from({ length: 50 }, () => accounts.verifyPassword(claire, CURRENT)),
      );
      const refused = outcomes.filter(outcome => outcome.status === 'rejected');
      expect(refused).to.have.length(48);
      expect(refused.every(({ reason }) => isAppError(reason, 'accounts.hashing_busy'))).to.equal(true);
      await narrow.close();
    });
  });

  describe('change', () => {
    it('for one of fifty callers at once', async () => {
      const outcomes = await Promise.allSettled(
        Array.from({ length: 50 }, (_, n) => change(`rZq-7xk2w-${n}`)),
      );
      const changed = outcomes.filter(outcome => outcome.status === 'fulfilled');
      const refused = outcomes.filter(outcome => outcome.status === 'rejected');
      expect(changed).to.have.length(1);
      expect(
        refused.every(({ reason }) => isAppError(reason, 'accounts.password_changed_meanwhile')),
      ).to.equal(true);
      expect((await fresh()).passwordHistory).to.deep.equal([claire.passwordHash]);
    });

    it('leaves a trace without the password', async () => {
      await change('rZq-7xk2w-1');
      const { items } = await world.audit.list({ account: 'acc-claire' });
      const line = items.find(({ type }) => type === 'accounts.password.changed');
      expect(line).to.deep.include({ actor: 'acc-claire', outcome: 'success' });
      expect(JSON.stringify(items)).not.to.match(/rZq|argon2/u);
    });

    it('is not made, nor an account, when its trace cannot be written', async () => {
      const closed = createAudit({ store: world.store, clock: world.clock });
      await closed.close();
      const { store, clock, directory, hasher } = world;
      const untraced = createAccounts({ store, clock, directory, hasher, settings: SETTINGS, audit: closed });
      const changed = await untraced
        .changePassword('acc-claire', 'rZq-7xk2w-1', { reason: 'chosen', actor: 'acc-claire' })
        .catch((error: unknown) => error);
      expect(isAppError(changed, 'audit.unavailable')).to.equal(true);
      expect((await fresh()).passwordHash).to.equal(claire.passwordHash);
      const created = await untraced
        .create({ sub: 'acc-new', login: 'nou.veau', names: NAMES, actor: 'test', origin: 'test' })
        .catch((error: unknown) => error);
      expect(isAppError(created, 'audit.unavailable')).to.equal(true);
      expect(await world.accounts.get('acc-new')).to.equal(null);
    });

    it('that came to nothing is never left as one that was made', async () => {
      await Promise.allSettled(Array.from({ length: 50 }, (_, n) => change(`rZq-7xk2w-${n}`)));
      const { items } = await world.audit.list({ account: 'acc-claire', limit: 1000 });
      const traces = items.filter(({ type }) => type === 'accounts.password.changed');
      const count = (outcome: string) => traces.filter(trace => trace.outcome === outcome).length;
      expect(count('success') - count('failure')).to.equal(1);
    });

    it('of nobody is refused', async () => {
      const outcome = await world.accounts
        .changePassword('acc-nobody', 'rZq-7xk2w-1', { reason: 'chosen', actor: 'system' })
        .catch((error: unknown) => error);
      expect(isAppError(outcome, 'accounts.account_unknown')).to.equal(true);
    });
  });

  describe('expire', () => {
    const changedAt = (iso: string): Account => ({ ...claire, passwordChangedAt: Date.parse(iso) / 1000 });
    const expiry = (iso: string, accounts = world.accounts): string | undefined => {
      const { expiresAt } = accounts.passwordState(changedAt(iso));
      return expiresAt === undefined ? undefined : new Date(expiresAt * 1000).toISOString();
    };

    it('four calendar months later, the same day and time, or the last day of the month', () => {
      expect(expiry('2026-11-01T08:00:00+01:00')).to.equal('2027-03-01T07:00:00.000Z');
      expect(expiry('2026-10-31T10:30:15Z')).to.equal('2027-02-28T10:30:15.000Z');
      expect(expiry('2027-10-31T10:30:15Z')).to.equal('2028-02-29T10:30:15.000Z');
      expect(expiry('2026-12-31T23:59:59Z')).to.equal('2027-04-30T23:59:59.000Z');
    });

    it('at that very second, and not one before', () => {
      const account = changedAt('2026-11-01T08:00:00Z');
      const at = Date.parse('2027-03-01T08:00:00Z');
      world.clock.setMs(at - 1000);
      expect(world.accounts.passwordState(account).mustChange).to.equal(false);
      world.clock.setMs(at);
      expect(world.accounts.passwordState(account)).to.deep.include({ mustChange: true, reason: 'expired' });
    });

    it('never when rotation is off', () => {
      expect(expiry('2001-01-01T00:00:00Z', world.accountsWith({ passwordMonths: 0 }))).to.equal(undefined);
      const { mustChange } = world
        .accountsWith({ passwordMonths: 0 })
        .passwordState(changedAt('2001-01-01T00:00:00Z'));
      expect(mustChange).to.equal(false);
    });

    it('at once when a first or an imposed password must be changed, and a change ends it', async () => {
      const first = await world.accounts.create({
        sub: 'acc-jean',
        names: { givenName: 'Jean', familyName: 'Nouveau' },
        password: 'rZq-7xk2w-1',
        mustChangePassword: true,
        actor: 'system',
        origin: 'test',
      });
      expect(world.accounts.passwordState(first)).to.deep.include({
        mustChange: true,
        reason: 'first_sign_in',
      });
      const change = { reason: 'first_sign_in', actor: 'acc-jean' } as const;
      expect(await world.accounts.changePassword('acc-jean', 'rZq-7xk2w-2', change)).to.equal('changed');
      const after = await world.accounts.get('acc-jean');
      expect(after && world.accounts.passwordState(after).mustChange).to.equal(false);
      const imposed = { ...first, passwordHistory: ['x'] };
      expect(world.accounts.passwordState(imposed).reason).to.equal('imposed');
    });
  });

  it('are generated readable, different, and within the rules', async () => {
    const generated = Array.from({ length: 200 }, () => world.accounts.generatePassword());
    expect(new Set(generated).size).to.equal(200);
    for (const password of generated) {
      expect(password).to.match(/^[A-Z][a-z]{3}(?:-[a-z]{4}){3}-[2-9]{2}$/u);
      expect(await codes(password), password).to.deep.equal([]);
    }
    const long = world.accountsWith({ passwordMinLength: 40 }).generatePassword();
    expect(long.length).to.be.at.least(40);
  });
});
