import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { createLogOfDays, DAY_SECONDS, type LogOfDays } from './log-of-days.ts';

const CHILD = new URL('keeping-child.ts', import.meta.url).pathname;
const MONTHS = { technicalMonths: 6, signinMonths: 12, accessMonths: 36, administrationMonths: 240 };
const DAYS = 4;
const PEOPLE = 120;

describe('sealing and retention in a process that is killed', function () {
  this.timeout(180_000);
  let log: LogOfDays;
  before(async function () {
    log = await createLogOfDays(MONTHS);
    if (!log.store.url.startsWith('sqlite:')) this.skip();
    for (let day = 0; day < DAYS; day++) {
      await log.writeDay(PEOPLE);
      log.nextDay();
    }
  });
  after(() => log.destroy());

  const opened = async () =>
    (await log.all({ patientKey: 'k-1', limit: 500 })).map(({ hash }) => hash).sort();

  /** True when it was killed before it was done. */
  async function workUntilKilled(afterMs: number): Promise<boolean> {
    const args = [CHILD, log.store.url, String(log.clock.nowMs()), JSON.stringify(MONTHS)];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    const ended = once(child, 'close');
    await once(child.stdout, 'data');
    await Promise.race([delay(afterMs), ended]);
    child.kill('SIGKILL');
    await ended;
    return !said.includes('done');
  }

  /** Kills ever later processes until one lives; resolves to how many died. */
  async function killUntilDone(check: () => Promise<void>): Promise<number> {
    for (let deaths = 0; ; deaths++) {
      const wasKilled = await workUntilKilled(10 * 2.5 ** deaths);
      // The parent looks at the days anew.
      log.clock.advance(3_600);
      await check();
      if (!wasKilled) return deaths;
    }
  }

  it('leaves the log whole after every death, and finishes the work', async () => {
    const before = await opened();
    expect(before).to.have.lengthOf((DAYS * PEOPLE) / 2);
    const check = async () => {
      expect((await log.verify()).findings).to.deep.equal([]);
      expect(await opened()).to.deep.equal(before);
    };
    log.clock.advance(3 * DAY_SECONDS);
    expect(await killUntilDone(check)).to.be.greaterThan(0);
    log.clock.advance(7 * 31 * DAY_SECONDS);
    expect(await killUntilDone(check)).to.be.greaterThan(0);
    const { sealedDays, droppedLines } = await log.verify();
    expect(sealedDays).to.be.at.least(DAYS);
    expect(droppedLines).to.be.at.least(DAYS * PEOPLE);
  });
});
