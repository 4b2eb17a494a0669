import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { answerWhenDurable, beforeTheAnswer } from '../../src/oidc/request-writes.ts';

const outcomeOf = (request: Promise<void>) =>
  request.then(
    () => 'answered',
    (error: Error) => error.message,
  );

describe('the writes of one request', () => {
  it('have all ended when it fails: nothing of it goes on behind the answer', async () => {
    const ended: string[] = [];
    const slow = async (name: string) => {
      await delay(20);
      ended.push(name);
    };
    const request = answerWhenDurable(
      async () => {
        await beforeTheAnswer(slow('write'));
        await beforeTheAnswer(Promise.reject(new Error('lost')));
      },
      () => slow('last'),
    );
    expect(await outcomeOf(request)).to.equal('lost');
    expect(ended).to.have.members(['write', 'last']);
  });

  it('have all ended when its handling throws, and what would have followed is not begun', async () => {
    const ended: string[] = [];
    const request = answerWhenDurable(
      async () => {
        await beforeTheAnswer(delay(20).then(() => ended.push('write')));
        throw new Error('thrown');
      },
      async () => void ended.push('last'),
    );
    expect(await outcomeOf(request)).to.equal('thrown');
    expect(ended).to.deep.equal(['write']);
  });
});
