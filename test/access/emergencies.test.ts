import { expect } from 'chai';
import type { Decision } from '#access/index.ts';
import { isAppError } from '#kernel/index.ts';
import { ask, REGION } from './region.ts';
import { createWorld, type TestWorld } from './world.ts';

const MFA = { acr: 'urn:trousseau:acr:mfa' };
const REASON = 'Détresse respiratoire aux urgences';

/** One person of centre 15 beside those of the region. */
const region = {
  ...REGION,
  accounts: [
    ...REGION.accounts,
    {
      sub: 'samu',
      memberships: [{ network: 'cancerologie', organisation: 'chu', profile: 'regulateur_centre_15' }],
    },
  ],
};

describe('an emergency access', () => {
  let world: TestWorld;
  before(async () => (world = await createWorld(region)));
  after(() => world.close());

  const open = (
    patientKey: string,
    {
      sub = 'claire',
      purpose = 'bris_de_glace',
      reason = REASON,
    }: { sub?: string; purpose?: string; reason?: string } = {},
  ): Promise<Decision> =>
    world.access.decide(
      ask(sub, 'read', patientKey, { ...MFA, purpose, reason }) as never,
      world.caller('dcc'),
    );
  const uses = async (state: 'all' | 'awaiting' | 'exempt' | 'justified' = 'all') =>
    (await world.access.emergencies.list('cancerologie', { state, limit: 1000 })).items;
  const usesOf = async (patientKey: string) => (await uses()).filter(use => use.patientKey === patientKey);

  it('asked for again before its end is the same one, states its reason again, and ends no later', async () => {
    const first = await open('pk-urgence-1');
    world.clock.advance(5 * 60);
    const again = await open('pk-urgence-1', { reason: 'Toujours en détresse' });
    expect(again.context.until).to.equal(first.context.until);
    const [use, ...more] = await usesOf('pk-urgence-1');
    expect(more).to.deep.equal([]);
    expect(use).to.deep.include({
      id: first.context.id,
      requests: 2,
      organisations: ['chu'],
      reasons: [REASON, 'Toujours en détresse'],
    });
    const silent = await open('pk-urgence-1', { reason: ' ' });
    expect(silent.context.reason_code).to.equal('break_glass_reason_missing');
  });

  it('after its end is another one, to be examined again', async () => {
    const first = await open('pk-urgence-2');
    world.clock.advance(15 * 60);
    const second = await open('pk-urgence-2');
    expect(second.context.until).not.to.equal(first.context.until);
    expect((await usesOf('pk-urgence-2')).map(({ id }) => id)).to.have.members([
      first.context.id,
      second.context.id,
    ]);
  });

  it('is for one record and one person', async () => {
    await open('pk-urgence-3');
    await open('pk-urgence-4');
    await open('pk-urgence-3', { sub: 'hugo' });
    expect(await usesOf('pk-urgence-3')).to.have.length(2);
    expect(await usesOf('pk-urgence-4')).to.have.length(1);
  });

  it('asked for sixty times at once begins once', async () => {
    const decisions = await Promise.all(Array.from({ length: 60 }, () => open('pk-urgence-5')));
    expect(new Set(decisions.map(({ context }) => context.until))).to.have.length(1);
    const kept = await usesOf('pk-urgence-5');
    expect(kept.map(({ requests }) => requests)).to.deep.equal([60]);
  });

  it('of centre 15 is kept without a reason and waits for nobody', async () => {
    const { context } = await open('pk-urgence-6', { sub: 'samu', purpose: 'centre_15', reason: '' });
    expect(context).to.include({ reason_code: 'permitted_centre_15' }).and.not.have.property('until');
    expect((await uses('exempt')).map(({ id }) => id)).to.deep.equal([context.id]);
    expect((await uses('awaiting')).map(({ id }) => id)).not.to.include(context.id);
  });

  it('that is only simulated or refused leaves nothing to examine', async () => {
    const simulated = {
      ...MFA,
      purpose: 'bris_de_glace',
      reason: REASON,
      time: new Date(world.clock.nowMs()).toISOString(),
    };
    await world.access.decide(
      ask('claire', 'read', 'pk-urgence-7', simulated) as never,
      world.caller('simulateur'),
    );
    await open('pk-urgence-7', { sub: 'marc' });
    expect(await usesOf('pk-urgence-7')).to.deep.equal([]);
  });

  it('is examined once, by whoever comes first of fifty', async () => {
    const { context } = await open('pk-urgence-8');
    const found = { verdict: 'justified', words: 'Patient transféré la nuit même' } as const;
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        world.access.emergencies.review(context.id, { ...found, by: `admin-${index}` }).then(
          use => use?.review?.by,
          (error: unknown) => (isAppError(error) ? error.code : String(error)),
        ),
      ),
    );
    expect(answers.filter(answer => answer === 'access.emergency_reviewed')).to.have.length(49);
    const use = await world.access.emergencies.get(context.id);
    expect(answers).to.include(use?.review?.by);
    expect((await uses('justified')).map(({ id }) => id)).to.deep.equal([context.id]);
  });

  it('is listed within its period, the newest first', async () => {
    const begun = world.clock.nowMs();
    const { context } = await open('pk-urgence-9');
    world.clock.advance(60);
    const later = await open('pk-urgence-10');
    const found: string[] = [];
    const period = { fromMs: begun, toMs: world.clock.nowMs() + 1 };
    for await (const { id } of world.access.emergencies.between('cancerologie', period)) found.push(id);
    expect(found).to.deep.equal([later.context.id, context.id]);
  });
});
