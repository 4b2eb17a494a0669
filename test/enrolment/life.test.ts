import { expect } from 'chai';
import fc from 'fast-check';
import {
  ENDS,
  evolve,
  isNetworkClosed,
  newLife,
  partsWaiting,
  RULES,
  type Actor,
  type Handler,
  type Life,
  type LifeEvent,
  type RequestState,
} from '../../src/enrolment/life.ts';

const OWN = 'acc-own';
const REQUESTER: Actor = { kind: 'requester' };
const ANNE: Actor = { kind: 'administrator', sub: 'acc-anne' };
const PAUL: Actor = { kind: 'administrator', sub: 'acc-paul' };
const SERVICE: Actor = { kind: 'service' };
const CHU: Handler = { kind: 'local', organisation: 'chu' };

const anActor = fc.constantFrom<Actor>(REQUESTER, SERVICE, ANNE, PAUL, {
  kind: 'administrator',
  sub: OWN,
});
const aHandler = fc.constantFrom<Handler>(CHU, { kind: 'regional' });
const missing = fc.constantFrom<readonly string[]>([], [], ['email']);
/** An event as it may come, with the turn that its sender looked at: mostly the newest. */
const anEvent: fc.Arbitrary<(turn: number) => LifeEvent> = fc.oneof(
  fc
    .record({
      type: fc.constantFrom('send', 'confirm'),
      missing,
      handler: aHandler,
      validated: fc.constantFrom<readonly string[]>([], [], ['ville'], ['ville', 'onco']),
    })
    .map(rest => () => ({ own: [OWN], ...rest }) as const),
  fc
    .record({
      network: fc.constantFrom('ville', 'onco'),
      verdict: fc.constantFrom('agreed', 'refused'),
    })
    .map(rest => (turn: number) => ({ type: 'judge_part', turn, ...rest }) as const),
  fc
    .constantFrom(
      'replace_document',
      'answer',
      'withdraw',
      'open',
      'give_back',
      'lapse',
      'remind',
      'escalate',
    )
    .map(type => () => ({ type }) as const),
  fc.tuple(fc.constantFrom('ask', 'correct', 'propose', 'refuse'), fc.constantFrom(0, 0, 0, 1)).map(
    ([type, behind]) =>
      (turn: number) =>
        ({ type, turn: turn - behind }) as const,
  ),
  aHandler.map(handler => (turn: number) => ({ type: 'transfer', turn, handler }) as const),
  fc
    .boolean()
    .map(
      needsSecond => (turn: number) => ({ type: 'accept', turn, account: 'acc-new', needsSecond }) as const,
    ),
);
const aHistory = fc.array(fc.tuple(anEvent, anActor), { maxLength: 40 });

/** The same machine as it is told to people: which states may follow which, and nothing else. */
const FOLLOWS: Readonly<Record<RequestState, readonly RequestState[]>> = {
  draft: ['received', 'withdrawn'],
  to_confirm: ['received', 'withdrawn'],
  received: ['asked', 'second_needed', 'accepted', 'refused', 'withdrawn'],
  asked: ['received', 'refused', 'withdrawn'],
  second_needed: ['accepted', 'refused', 'withdrawn'],
  accepted: ['opened', 'received'],
  opened: [],
  refused: [],
  withdrawn: [],
};

describe('the life of a request', () => {
  it('skips no state in any order of events, by anybody', () => {
    fc.assert(
      fc.property(aHistory, fc.constantFrom<RequestState>('draft', 'to_confirm'), (history, start) => {
        let life: Life = { ...newLife(), state: start, own: [OWN] };
        history.forEach(([make, actor], at) => {
          const event = make(life.turn);
          const result = evolve(life, event, actor, 1000 + at);
          if (!result.ok) return;
          const after = result.life;
          expect(after.turn).to.equal(life.turn + 1);
          expect(ENDS.has(life.state), `nothing follows ${life.state}`).to.equal(false);
          if (after.state !== life.state) expect(FOLLOWS[life.state]).to.include(after.state);
          expect(RULES[event.type].by).to.equal(actor.kind);
          life = after;
        });
      }),
      { numRuns: 400 },
    );
  });

  it('is never received incomplete, and never accepted but by an administrator of no account of its own', () => {
    fc.assert(
      fc.property(aHistory, history => {
        let life = newLife();
        let proposer: string | undefined;
        history.forEach(([make, actor], at) => {
          const event = make(life.turn);
          const result = evolve(life, event, actor, 1000 + at);
          if (!result.ok) return;
          const after = result.life;
          if (life.state === 'draft' && after.state === 'received')
            expect(event).to.deep.include({ type: 'send', missing: [] });
          if (event.type === 'propose' && actor.kind === 'administrator') proposer = actor.sub;
          if (after.state === 'accepted' && life.state !== 'accepted') {
            expect(partsWaiting(after)).to.deep.equal([]);
            expect(after.decidedBy).to.be.oneOf(['acc-anne', 'acc-paul']);
            if (life.state === 'second_needed') expect(after.decidedBy).not.to.equal(proposer);
          }
          life = after;
        });
        if (life.state === 'opened') expect(life.account).to.equal('acc-new');
      }),
      { numRuns: 400 },
    );
  });

  const received = (): Life => ({
    state: 'received',
    turn: 4,
    own: [OWN],
    handler: CHU,
    sentAt: 10,
    waitingSinceAt: 10,
  });
  const codeOf = (life: Life, event: LifeEvent, actor: Actor) => {
    const result = evolve(life, event, actor, 20);
    return result.ok ? null : result.code;
  };

  it('refuses a decision on what has changed meanwhile', () => {
    const accept = { type: 'accept', account: 'acc-new', needsSecond: false } as const;
    expect(codeOf(received(), { ...accept, turn: 3 }, ANNE)).to.equal('enrolment.changed_meanwhile');
    expect(codeOf(received(), { ...accept, turn: 4 }, ANNE)).to.equal(null);
  });

  it('refuses a decision on one’s own request', () => {
    const own: Actor = { kind: 'administrator', sub: OWN };
    expect(codeOf(received(), { type: 'refuse', turn: 4 }, own)).to.equal('enrolment.own_request');
  });

  it('asks for another administrator for a habilitation particulière', () => {
    const accept = { type: 'accept', account: 'acc-new', needsSecond: true } as const;
    expect(codeOf(received(), { ...accept, turn: 4 }, ANNE)).to.equal('enrolment.second_needed');
    const proposed = evolve(received(), { type: 'propose', turn: 4 }, ANNE, 20);
    if (!proposed.ok) throw new Error(proposed.code);
    expect(codeOf(proposed.life, { ...accept, turn: 5 }, ANNE)).to.equal('enrolment.same_administrator');
    expect(codeOf(proposed.life, { ...accept, turn: 5 }, PAUL)).to.equal(null);
  });

  it('lets nobody accept before the validators of each network have answered, once each', () => {
    const split = {
      ...received(),
      parts: { ville: { state: 'waiting' }, onco: { state: 'waiting' } },
    } as const;
    const accept = { type: 'accept', account: 'acc-new', needsSecond: false } as const;
    expect(codeOf(split, { ...accept, turn: 4 }, ANNE)).to.equal('enrolment.part_waiting');
    expect(codeOf(split, { type: 'propose', turn: 4 }, ANNE)).to.equal('enrolment.part_waiting');
    const judge = (network: string, verdict: 'agreed' | 'refused', turn: number): LifeEvent => ({
      type: 'judge_part',
      turn,
      network,
      verdict,
    });
    expect(codeOf(split, judge('elsewhere', 'agreed', 4), ANNE)).to.equal('enrolment.not_now');
    const first = evolve(split, judge('ville', 'agreed', 4), ANNE, 20);
    if (!first.ok) throw new Error(first.code);
    expect(first.life.parts?.['ville']).to.deep.equal({ state: 'agreed', by: 'acc-anne', at: 20 });
    expect(codeOf(first.life, judge('ville', 'refused', 5), PAUL)).to.equal('enrolment.not_now');
    const second = evolve(first.life, judge('onco', 'refused', 5), PAUL, 30);
    if (!second.ok) throw new Error(second.code);
    expect(codeOf(second.life, { ...accept, turn: 6 }, ANNE)).to.equal(null);
    expect(['ville', 'onco', 'other'].filter(id => isNetworkClosed(second.life, id))).to.deep.equal(['onco']);
  });

  it('reminds once for each time that it waits, and escalates what is local only', () => {
    const reminded = evolve(received(), { type: 'remind' }, SERVICE, 20);
    if (!reminded.ok) throw new Error(reminded.code);
    expect(codeOf(reminded.life, { type: 'remind' }, SERVICE)).to.equal('enrolment.not_now');
    const escalated = evolve(reminded.life, { type: 'escalate' }, SERVICE, 30);
    if (!escalated.ok) throw new Error(escalated.code);
    expect(escalated.life.handler).to.deep.equal({ kind: 'regional' });
    expect(codeOf(escalated.life, { type: 'escalate' }, SERVICE)).to.equal('enrolment.not_now');
  });
});
