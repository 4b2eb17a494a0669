import { expect } from 'chai';
import { parseSample, trendOf, type Sample } from '../../scripts/soak/memory.ts';

const MIB = 1024 * 1024;

/** A run of 20 minutes, a sample every 15 seconds, of which the heap is what `heapAt` says. */
const run = (heapAt: (minute: number) => number): readonly Sample[] =>
  Array.from({ length: 80 }, (_, at) => {
    const minute = at / 4;
    return { minute, heap: heapAt(minute), rss: 200, external: 10 };
  });

describe('the verdict of a soak', () => {
  it('reads the line of the probe, and no other', () => {
    const line = `soak-memory {"rss":${200 * MIB},"heapUsed":${80 * MIB},"external":${4 * MIB}}`;
    expect(parseSample(line, 3)).to.deep.equal({ minute: 3, rss: 200, heap: 80, external: 4 });
    expect(parseSample('{"level":30}', 3)).to.equal(null);
  });

  it('is steady for what warms up and then goes up and down', () => {
    const { isSteady, perHour } = trendOf(
      run(minute => (minute < 4 ? 50 + 10 * minute : 90 + (Math.round(minute * 4) % 2))),
      'heap',
    );
    expect(isSteady).to.equal(true);
    expect(Math.abs(perHour)).to.be.lessThan(1);
  });

  it('says how fast it grows', () => {
    const { isSteady, perHour } = trendOf(
      run(minute => 80 + minute),
      'heap',
    );
    expect(isSteady).to.equal(false);
    expect(perHour).to.be.closeTo(60, 0.001);
  });

  it('is none for too few samples', () => {
    expect(() => trendOf(run(() => 80).slice(0, 7), 'heap')).to.throw(RangeError);
  });
});
