import { expect } from 'chai';
import { createTerms } from '#accounts/index.ts';
import { createAudit } from '#audit/index.ts';
import { isAppError } from '#kernel/index.ts';
import { hashText } from '#texts/index.ts';
import { openWorld, type World } from './world.ts';

describe('terms', () => {
  let world: World;
  beforeEach(async () => {
    world = await openWorld();
    world.clock.setMs(Date.parse('2026-11-21T08:00:00Z'));
    await world.accounts.create({
      sub: 'acc-claire',
      names: { givenName: 'Claire', familyName: 'Dupont' },
      actor: 'system',
      origin: 'test',
    });
    await world.terms.put({
      version: '2026-1',
      title: 'Règlement',
      text: 'Premier texte',
      fromMs: Date.parse('2026-01-01'),
    });
    await world.terms.put({
      version: '2027-1',
      title: 'Règlement',
      text: 'Second texte',
      fromMs: Date.parse('2027-01-01'),
    });
  });
  afterEach(() => world.close());

  const pending = async (): Promise<string | undefined> => {
    const account = await world.accounts.get('acc-claire');
    return account ? (await world.terms.pendingFor(account))?.id : undefined;
  };

  it('are asked once, and asked again when a newer version takes force', async () => {
    expect(await pending()).to.equal('2026-1');
    await world.terms.accept('acc-claire', '2026-1', { source: '192.0.2.1' });
    expect(await pending()).to.equal(undefined);
    world.clock.setMs(Date.parse('2027-01-01') - 60_000);
    expect(await pending()).to.equal(undefined);
    world.clock.setMs(Date.parse('2027-01-01'));
    expect(await pending()).to.equal('2027-1');
  });

  it('keep which text was accepted, when and from where, once for fifty clicks', async () => {
    await Promise.all(
      Array.from({ length: 50 }, () => world.terms.accept('acc-claire', '2026-1', { source: '192.0.2.1' })),
    );
    const account = await world.accounts.get('acc-claire');
    expect(account?.termsAccepted).to.have.length(1);
    expect(account?.termsAccepted[0]).to.deep.include({
      version: '2026-1',
      textHash: hashText('Premier texte'),
      source: '192.0.2.1',
    });
    const { items } = await world.audit.list({ account: 'acc-claire' });
    expect(items.filter(({ type }) => type === 'accounts.terms.accepted')).to.have.length(1);
  });

  it('are not accepted without a trace, and are asked again', async () => {
    const closed = createAudit({ store: world.store, clock: world.clock });
    await closed.close();
    const terms = createTerms({ store: world.store, clock: world.clock, audit: closed });
    const outcome = await terms.accept('acc-claire', '2026-1', {}).catch((error: unknown) => error);
    expect(isAppError(outcome, 'audit.unavailable')).to.equal(true);
    expect(await pending()).to.equal('2026-1');
  });

  it('can be accepted in the version in force only', async () => {
    for (const version of ['2027-1', '2025-1']) {
      const outcome = await world.terms.accept('acc-claire', version, {}).catch((error: unknown) => error);
      expect(isAppError(outcome, 'accounts.terms_outdated'), version).to.equal(true);
    }
  });

  it('never change their text', async () => {
    const changed = await world.terms
      .put({ version: '2026-1', title: 'Règlement', text: 'Autre', fromMs: 0 })
      .catch((error: unknown) => error);
    expect(isAppError(changed, 'accounts.terms_text_fixed')).to.equal(true);
    await world.terms.put({ version: '2026-1', title: 'Charte', text: 'Premier texte', fromMs: 0 });
    expect(await world.terms.current()).to.deep.include({ title: 'Charte', text: 'Premier texte' });
  });

  it('are asked of nobody before the first version is in force', async () => {
    world.clock.setMs(Date.parse('2025-01-01'));
    expect(await world.terms.current()).to.equal(null);
    expect(await pending()).to.equal(undefined);
  });
});
