import { expect } from 'chai';
import { createRateCounter, networkOfSource } from '#http/index.ts';
import { createShiftedClock } from '#kernel/index.ts';

describe('a rate counter', () => {
  it('holds a key back once it came too often, for the rest of its window only', () => {
    const clock = createShiftedClock();
    const counter = createRateCounter(clock, { max: 2, windowSeconds: 60 });
    counter.add('a');
    expect(counter.waitOf('a')).to.equal(0);
    clock.advance(20);
    counter.add('a');
    expect(counter.waitOf('a')).to.be.within(39, 40);
    expect(counter.waitOf('b')).to.equal(0);
    clock.advance(40);
    expect(counter.waitOf('a')).to.equal(0);
    counter.add('a');
    expect(counter.waitOf('a')).to.equal(0);
  });
});

describe('the network of a source', () => {
  it('is the address in IPv4, and the /64 in IPv6', () => {
    for (const [source, network] of [
      ['203.0.113.9', '203.0.113.9'],
      ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
      ['2001:db8::7', '2001:db8:0:0::/64'],
      ['2001:db8:1:2::', '2001:db8:1:2::/64'],
      ['::1', '0:0:0:0::/64'],
    ])
      expect(networkOfSource(String(source))).to.equal(network);
  });
});
