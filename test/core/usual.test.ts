import { describe, expect, it } from '@jest/globals';
import type { Deadline } from '../../functions/core/deadline.ts';
import { DAY, HOUR, MINUTE, SECOND, type Milliseconds } from '../../functions/core/time.ts';
import { describeUsual, withUsualOf } from '../../functions/core/usual.ts';
import { at, deadlineOf, fileExpectation } from './build.ts';

const NOW = at('2026-11-21T05:00:00Z');
const next: Deadline = deadlineOf(fileExpectation());
const settle = next.checkAt - next.limitAt;

/** One that came so long after its due time, or never. */
const past = (offset: Milliseconds | undefined): Deadline => ({
  ...next,
  dueAt: next.dueAt - DAY,
  status: offset === undefined || offset > 0 ? 'missed' : 'met',
  ...(offset === undefined ? {} : { metAt: next.dueAt - DAY + offset }),
});
const run = { id: 'r', job: 'load', account: '', region: '', startedAt: next.dueAt - DAY };
const aRun: Deadline['awaits'] = {
  ...{ kind: 'run', source: 'glue', job: 'load', mustHave: 'succeeded', minCount: 1, run },
};

/** Came n, n-1, … 1 minutes before it was due. */
const minutes = (n: number) => Array.from({ length: n }, (_, index) => past(-(index + 1) * MINUTE));

describe('people are warned', () => {
  it.each([
    [95, 100, { count: 95, of: 100, half: -51 * MINUTE, most: -6 * MINUTE }],
    [50, 100, { count: 50, of: 100, half: -51 * MINUTE, most: -51 * MINUTE }],
    [99, 100, { count: 99, of: 100, half: -51 * MINUTE, most: -2 * MINUTE }],
    [95, 10, { count: 10, of: 10, half: -6 * MINUTE, most: -MINUTE }],
    [90, 10, { count: 9, of: 10, half: -6 * MINUTE, most: -2 * MINUTE }],
  ])('when it is later than %i of 100, of %i', (percent, n, expected) => {
    const { usual } = withUsualOf(next, minutes(n), percent);
    const warnAt = next.dueAt + expected.most + settle;
    expect(usual).toEqual({ ...expected, from: next.dueAt, warnAt, warned: false });
  });

  it('by the last hundred alone', () => {
    const older = Array.from({ length: 50 }, () => past(-5 * HOUR));
    expect(withUsualOf(next, [...minutes(100), ...older], 50).usual?.of).toBe(100);
  });
});

describe('on a night on which the clock is changed, people are warned by the clock on the wall', () => {
  // Due at 04:00 in Berlin, on the 20 nights before at 30 minutes past some hour.
  const inBerlin = (dueAt: string): Deadline => {
    const due = at(dueAt);
    return { ...next, timezone: 'Europe/Berlin', dueAt: due, limitAt: due, checkAt: due };
  };
  it.each([
    ['what came at 01:30', 2.5, '2027-03-28T02:00:00Z', '2027-03-28T00:30:00Z', '01:30'],
    ['what came at 02:30, which is skipped', 1.5, '2027-03-28T02:00:00Z', '2027-03-28T01:30:00Z', '03:30'],
    ['what came at 03:30', 0.5, '2027-03-28T02:00:00Z', '2027-03-28T01:30:00Z', '03:30'],
    ['what came at 01:30', 2.5, '2027-10-31T03:00:00Z', '2027-10-30T23:30:00Z', '01:30'],
    ['what came at 02:30, which comes twice', 1.5, '2027-10-31T03:00:00Z', '2027-10-31T01:30:00Z', '02:30'],
    ['what came at 03:30', 0.5, '2027-10-31T03:00:00Z', '2027-10-31T02:30:00Z', '03:30'],
  ])('%s', (_name, hoursBefore, dueAt, warnAt, time) => {
    const due = inBerlin(dueAt);
    const shift = dueAt < '2027-06' ? HOUR : -HOUR;
    const history = Array.from({ length: 20 }, (_, night): Deadline => {
      const before = due.dueAt + shift - (night + 1) * DAY;
      return { ...due, dueAt: before, status: 'met', metAt: before - hoursBefore * HOUR };
    });
    const { usual } = withUsualOf(due, history, 95);
    expect(usual?.warnAt).toBe(at(warnAt));
    expect(describeUsual(due, usual!, at(warnAt))).toBe(
      `usually by ${time}, 20 of 20 by ${time}; it is ${time}`,
    );
  });

  it('but of a run by the time that passes', () => {
    const begun = at('2027-03-28T00:30:00Z');
    const limit = begun + 2 * HOUR;
    const one: Deadline = { ...inBerlin('2027-03-28T02:30:00Z'), limitAt: limit, checkAt: limit };
    const running = (startedAt: number): Deadline['awaits'] => ({ ...aRun, run: { ...run, startedAt } });
    const history = Array.from({ length: 20 }, (_, night): Deadline => {
      const startedAt = begun - (night + 1) * DAY;
      return { ...one, awaits: running(startedAt), status: 'met', metAt: startedAt + HOUR };
    });
    expect(withUsualOf({ ...one, awaits: running(begun) }, history, 95).usual?.warnAt).toBe(begun + HOUR);
  });
});

describe('nobody is warned', () => {
  it.each([
    ['by nine', minutes(9)],
    ['by none', []],
    ['when so many came only when it was overdue', [...minutes(9), past(10 * MINUTE)]],
    ['when so many never came', [...minutes(9), past(undefined)]],
    ['of a time of day by single runs', minutes(20).map((one): Deadline => ({ ...one, awaits: aRun }))],
    ['by what was excused', minutes(20).map((one): Deadline => ({ ...one, status: 'excused' }))],
  ])('%s', (_name, history) => {
    expect(withUsualOf(next, history, 95).usual).toBeUndefined();
  });

  it('any more, when those before say so no more', () => {
    const warned = withUsualOf(next, minutes(20), 95);
    expect(withUsualOf(warned, minutes(9), 95)).toEqual(next);
  });
});

it('what is said names the day where it is another one', () => {
  const about = { timezone: 'Europe/Berlin', dueAt: NOW };
  const usual = { from: NOW, half: -12 * HOUR, most: -MINUTE, count: 95, of: 100 };
  expect(describeUsual(about, usual, NOW - 30 * SECOND)).toBe(
    'usually by Fri 2026-11-20 18:00, 95 of 100 by 05:59; it is 05:59:30',
  );
});
