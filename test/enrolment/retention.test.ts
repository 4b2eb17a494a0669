import { expect } from 'chai';
import { createAudit } from '#audit/index.ts';
import { createShiftedClock } from '#kernel/index.ts';
import { createDocuments } from '../../src/enrolment/documents.ts';
import type { LifeEvent } from '../../src/enrolment/life.ts';
import { createRetention } from '../../src/enrolment/retention.ts';
import { createTestSealer, openTestStore } from '../support/store.ts';
import { openRequests, PROOF, SETTINGS } from './stored-requests.ts';

const DAY = 86_400;
const ANNE = { kind: 'administrator', sub: 'acc-anne' } as const;
const PROOF_KIND = { kind: 'identity_card', type: 'application/pdf' } as const;

describe('the retention of requests', () => {
  let store: Awaited<ReturnType<typeof openTestStore>>;
  afterEach(() => store.destroy());

  async function open() {
    const clock = createShiftedClock();
    store = await openTestStore({ clock });
    const requests = openRequests({ store, clock, sealer: createTestSealer() });
    const documents = createDocuments({ store, clock, requests });
    const audit = createAudit({ store, clock });
    const recorded = async () => (await audit.list({ limit: 100 })).items.map(({ type }) => type);
    const retention = createRetention({ clock, requests, documents, audit, settings: SETTINGS });

    /** A request that was sent with one document, then goes through these events. */
    async function sent(...events: readonly ((turn: number) => LifeEvent)[]) {
      const begun = await requests.ofToken(await requests.begin(null, null));
      if (!begun) throw new Error('no request');
      const proof = await documents.add(begun, PROOF, PROOF_KIND);
      await requests.save(begun.id, before => ({ ...before, proofs: [proof] }));
      await requests.act(begun.id, { kind: 'requester' }, () => ({
        type: 'send',
        missing: [],
        handler: { kind: 'regional' },
        own: [],
        validated: [],
      }));
      for (const make of events) {
        const { life } = (await requests.get(begun.id)) ?? begun;
        const event = make(life.turn);
        const by = { open: { kind: 'service' }, withdraw: { kind: 'requester' } } as const;
        const actor = event.type === 'open' || event.type === 'withdraw' ? by[event.type] : ANNE;
        await requests.act(begun.id, actor, () => event);
      }
      return {
        id: begun.id,
        stored: async () => {
          const request = await requests.get(begun.id);
          return {
            state: request?.life.state,
            gone: request?.proofs[0]?.gone,
            isThere: (await documents.content(proof)) !== null,
          };
        },
      };
    }
    return { clock, retention, recorded, sent };
  }

  const accept = (turn: number) =>
    ({ type: 'accept', turn, account: 'acc-new', needsSecond: false }) as const;
  const opened = () => ({ type: 'open' }) as const;
  const refuse = (turn: number) => ({ type: 'refuse', turn }) as const;
  const withdraw = () => ({ type: 'withdraw' }) as const;

  it('destroys documents three months after a refusal, twelve after an opening, and keeps the request', async () => {
    const { clock, retention, recorded, sent } = await open();
    const [refused, withdrawn, account, open_] = [
      await sent(refuse),
      await sent(withdraw),
      await sent(accept, opened),
      await sent(),
    ];
    clock.advance(88 * DAY);
    await retention.run();
    expect((await refused.stored()).isThere).to.equal(true);
    clock.advance(6 * DAY);
    await retention.run();
    await retention.run();
    expect(await refused.stored()).to.deep.equal({ state: 'refused', gone: 'retention', isThere: false });
    expect(await withdrawn.stored()).to.deep.equal({ state: 'withdrawn', gone: 'retention', isThere: false });
    expect((await account.stored()).isThere).to.equal(true);
    clock.advance(275 * DAY);
    await retention.run();
    expect(await account.stored()).to.deep.equal({ state: 'opened', gone: 'retention', isThere: false });
    // What nobody has decided on keeps what it came with.
    expect(await open_.stored()).to.deep.equal({ state: 'received', gone: undefined, isThere: true });
    expect((await recorded()).filter(type => type === 'enrolment.proofs.destroyed')).to.have.length(3);
  });

  it('ends a request whose question nobody has answered', async () => {
    const { clock, retention, recorded, sent } = await open();
    const asked = await sent(turn => ({ type: 'ask', turn }));
    clock.advance(80 * DAY);
    await retention.run();
    expect((await asked.stored()).state).to.equal('asked');
    clock.advance(14 * DAY);
    await retention.run();
    expect(await asked.stored()).to.deep.equal({ state: 'withdrawn', gone: undefined, isThere: true });
    expect(await recorded()).to.include('enrolment.request.lapsed');
  });
});
