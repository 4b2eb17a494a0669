import { expect } from 'chai';
import { workingDaysSince } from '../../src/admin/requests/working-days.ts';

const between = (then: string, now: string) => workingDaysSince(Date.parse(then), Date.parse(now));

describe('working days', () => {
  it('counts neither the day itself, nor Saturdays and Sundays', () => {
    expect(between('2026-11-19T10:00:00+01:00', '2026-11-19T23:00:00+01:00')).to.equal(0);
    expect(between('2026-11-19T10:00:00+01:00', '2026-11-23T08:00:00+01:00')).to.equal(2);
  });

  it('counts no public holiday of France, those that follow Easter included', () => {
    // Easter Monday 2026 is 6 April, Ascension 14 May, Whit Monday 25 May; Easter 2027 is 28 March.
    expect(between('2026-04-03T10:00:00+02:00', '2026-04-07T10:00:00+02:00')).to.equal(1);
    expect(between('2026-05-13T10:00:00+02:00', '2026-05-15T10:00:00+02:00')).to.equal(1);
    expect(between('2026-05-22T10:00:00+02:00', '2026-05-26T10:00:00+02:00')).to.equal(1);
    expect(between('2027-03-26T10:00:00+01:00', '2027-03-30T10:00:00+02:00')).to.equal(1);
    expect(between('2026-12-24T10:00:00+01:00', '2027-01-04T10:00:00+01:00')).to.equal(5);
    // Good Friday is one in Alsace and Moselle only.
    expect(between('2026-04-02T10:00:00+02:00', '2026-04-03T10:00:00+02:00')).to.equal(1);
  });

  it('goes by the days of Paris', () => {
    // 23:30 UTC is the next day in Paris.
    expect(between('2026-11-16T23:30:00Z', '2026-11-17T22:30:00Z')).to.equal(0);
    expect(between('2026-11-16T22:30:00Z', '2026-11-17T22:30:00Z')).to.equal(1);
  });
});
