import { expect } from 'chai';
import { createShiftedClock } from '#kernel/index.ts';
import type { Notify } from '#notify/index.ts';
import { createCounters } from '#signin/index.ts';
import { createEmailCodes } from '../../src/enrolment/email-codes.ts';
import { createRobots, isWork } from '../../src/enrolment/robots.ts';
import { createTickets } from '../../src/enrolment/tickets.ts';
import { createTestSealer, openTestStore, type TestStore } from '../support/store.ts';

const fifty = <T>(act: () => Promise<T>) => Promise.all(Array.from({ length: 50 }, act));
const ADDRESS = 'lea@exemple.fr';

describe('what serves once in a request', () => {
  const clock = createShiftedClock();
  const sealer = createTestSealer();
  let store: TestStore;
  let sent: string[] = [];
  before(async () => {
    store = await openTestStore({ clock });
  });
  after(() => store.destroy());

  /** The way out of mails alone is replaced: what leaves is read here. */
  function codes(settings = {}) {
    sent = [];
    const send: Notify['send'] = async ({ data }) => void sent.push('code' in data ? data.code : '');
    return createEmailCodes({
      store,
      clock,
      sealer,
      notify: { send } as Notify,
      settings: {
        digits: 6,
        validSeconds: 600,
        resendSeconds: 60,
        maxTries: 5,
        maxPerHour: 20,
        maxPerDay: 60,
        maxPerDestinationDay: 100,
        maxSmsPerDay: 30,
        maxPerSourceDay: 2000,
        aloneAcr: 'urn:trousseau:acr:pwd',
        ...settings,
      },
    });
  }
  const yes = () => Promise.resolve(true);

  it('a code: of fifty right answers at once, exactly one verifies the address', async () => {
    const { send, verify } = codes({ maxTries: 100 });
    await send('r-race', ADDRESS, yes);
    const answers = await fifty(() => verify('r-race', ADDRESS, sent[0] ?? ''));
    expect(answers.filter(problem => problem === null).length).to.equal(1);
  });

  it('a code: bound to the request and the address, void after five tries, a newer one, or ten minutes', async () => {
    const { send, verify } = codes();
    await send('r-one', ADDRESS, yes);
    const [first = ''] = sent;
    expect(await verify('r-one', 'autre@exemple.fr', first)).to.equal('enrolment.code_wrong');
    expect(await verify('r-two', ADDRESS, first)).to.equal('enrolment.code_expired');
    expect(await send('r-one', ADDRESS, yes)).to.equal('enrolment.code_too_soon');
    clock.advance(61);
    await send('r-one', ADDRESS, yes);
    if (sent[1] !== first) expect(await verify('r-one', ADDRESS, first)).to.equal('enrolment.code_wrong');
    const wrong = sent[1] === '000000' ? '111111' : '000000';
    for (let tries = 0; tries < 5; tries += 1) await verify('r-one', ADDRESS, wrong);
    expect(await verify('r-one', ADDRESS, sent[1] ?? '')).to.equal('enrolment.code_exhausted');
    clock.advance(61);
    await send('r-one', ADDRESS, yes);
    clock.advance(601);
    expect(await verify('r-one', ADDRESS, sent[2] ?? '')).to.equal('enrolment.code_expired');
  });

  it('a ticket: of fifty takers at once, exactly one receives what was proven; it ends by itself', async () => {
    const tickets = createTickets({ store, clock, validSeconds: 900 });
    const proven = { nationalIds: [], familyName: 'Petit', givenName: 'Léa', method: 'card' };
    const ticket = await tickets.issue(proven);
    expect(await tickets.read(ticket)).to.deep.equal(proven);
    const taken = await fifty(() => tickets.consume(ticket));
    expect(taken.filter(Boolean).length).to.equal(1);
    const late = await tickets.issue(proven);
    clock.advance(901);
    expect(await tickets.consume(late)).to.equal(null);
  });

  it('an answer to a question: one of fifty at once, and none for a question of somebody’s own making', async () => {
    const robots = createRobots({ clock, sealer, counters: createCounters({ store, clock }) });
    const { seal, challenge, bits } = robots.question();
    const { answers } = JSON.parse(sealer.open(seal, 'enrolment question')) as { answers: string[] };
    const told = await fifty(() => robots.isAnswered(seal, ` ${(answers[0] ?? '').toUpperCase()}. `));
    expect(told.filter(Boolean).length).to.equal(1);
    expect(await robots.isAnswered('s1.test.forged', 'huit')).to.equal(false);
    let work = 0;
    while (!isWork(challenge, String(work), bits)) work += 1;
    expect(robots.isWorked(seal, String(work))).to.equal(true);
    expect(robots.isWorked(seal, '')).to.equal(false);
  });
});
