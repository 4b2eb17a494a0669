import { expect } from 'chai';
import { createLatencies, median } from '../../scripts/bench/harness/latencies.ts';
import { runClosed, runOpen } from '../../scripts/bench/harness/load.ts';
import { createMailbox, readConsoleMail } from '../../scripts/bench/harness/mailbox.ts';
import { cpuMs, parseCpuMs, parseResidentMiB } from '../../scripts/bench/harness/process-usage.ts';
import { summarise, type Reached } from '../../scripts/bench/harness/rounds.ts';

const reached = (perSecond: number, cpuMsPerOperation: number): Reached => ({
  perSecond,
  cpuMsPerOperation,
  p50Ms: 1,
  p95Ms: 2,
  p99Ms: 3,
});

describe('the arithmetic of the benchmarks', () => {
  it('takes percentiles by nearest rank, in whatever order durations came', () => {
    const latencies = createLatencies();
    for (let value = 100; value >= 1; value--) latencies.add(value);
    expect(latencies.count).to.equal(100);
    expect([0.5, 0.95, 0.99, 1].map(share => latencies.percentile(share))).to.deep.equal([50, 95, 99, 100]);
    latencies.add(0.5);
    expect(latencies.percentile(0)).to.equal(0.5);
    expect(createLatencies().percentile(0.99)).to.be.NaN;
  });

  it('takes the median of odd and even numbers of rounds without moving them', () => {
    const rounds = [9, 1, 5];
    expect(median(rounds)).to.equal(5);
    expect(rounds).to.deep.equal([9, 1, 5]);
    expect(median([4, 1, 3, 2])).to.equal(2.5);
    expect(median([])).to.be.NaN;
  });

  it('compares neighbouring rounds, so that a machine that slows down in mid-run falsifies no ratio', () => {
    const pairs = [
      { ours: reached(80, 2), peer: reached(100, 1) },
      { ours: reached(8, 20), peer: reached(10, 10) },
      { ours: reached(40, 4), peer: reached(50, 2) },
    ];
    const { speedRatio, cpuRatio, ours } = summarise(pairs);
    expect(speedRatio).to.be.closeTo(0.8, 1e-9);
    expect(cpuRatio).to.be.closeTo(2, 1e-9);
    expect(ours.perSecond).to.equal(40);
  });

  it('reads processor time and memory as the kernel writes them, whatever the name of the process', async () => {
    const stat = `42 (a (strange) name) S 1 42 42 0 -1 4194304 1 2 3 4 150 25 9 9 20 0 11 0 100 1 1`;
    expect(parseCpuMs(stat)).to.equal(1750);
    expect(parseResidentMiB('Name:\tnode\nVmRSS:\t  153600 kB\nVmData:\t1 kB\n')).to.equal(150);
    if (process.platform === 'linux') expect(await cpuMs(process.pid)).to.be.above(0);
  });

  it('counts each operation of a closed loop once, and stops at a wrong answer', async () => {
    let done = 0;
    const operation = async () => {
      await new Promise(resolve => setTimeout(resolve, 5));
      done++;
    };
    const load = await runClosed({ workers: 4, seconds: 0.05, operation });
    expect(load.operations).to.equal(done);
    expect(load.seconds).to.be.at.least(0.05);
    const refused = await runClosed({
      workers: 2,
      seconds: 1,
      operation: () => Promise.reject(new Error('refused')),
    }).catch((error: Error) => error.message);
    expect(refused).to.equal('refused');
  });

  it('begins the operations of an open loop without waiting for answers, never above their rate', async () => {
    let underWay = 0;
    let most = 0;
    const operation = async () => {
      most = Math.max(most, ++underWay);
      await new Promise(resolve => setTimeout(resolve, 200));
      underWay--;
    };
    const { begun } = await runOpen({ perSecond: 400, seconds: 0.1, operation });
    expect(underWay).to.equal(0);
    expect(begun).to.be.within(2, 40);
    expect(most).to.be.above(1);
  });

  it('hands a mailed code to the person that it was sent to', async () => {
    const mailbox = createMailbox();
    const read = readConsoleMail(mailbox);
    mailbox.open('b@bench.example');
    for (const line of ['--- a@bench.example', '', '    111111', '---', '--- b@bench.example', 'Votre code'])
      read(line);
    for (const line of ['', '    222222', '', 'Valable 10 minutes.', '---']) read(line);
    expect(await mailbox.read('b@bench.example')).to.equal('222222');
  });
});
