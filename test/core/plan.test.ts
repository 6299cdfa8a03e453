import { describe, expect, it } from '@jest/globals';
import type { Deadline } from '../../functions/core/deadline.ts';
import { heardAgain, silentDeadline } from '../../functions/core/new-deadline.ts';
import { planAhead, upcoming } from '../../functions/core/plan.ts';
import { DAY, HOUR, MINUTE, SECOND, toIso } from '../../functions/core/time.ts';
import { at, checkInExpectation, deadlineOf, fileExpectation, noHolidays, registrationOf } from './build.ts';

const dues = (deadlines: readonly Deadline[]) => deadlines.map(({ dueAt }) => toIso(dueAt).slice(0, 16));

describe('planning ahead', () => {
  const registered = registrationOf(fileExpectation(), '2026-11-20T12:00:00Z');

  it('keeps two deadlines ahead', () => {
    const plan = planAhead(registered, noHolidays, at('2026-11-20T12:00:00Z'));
    expect(dues(plan.deadlines)).toEqual(['2026-11-21T06:00', '2026-11-22T06:00']);
    expect(toIso(plan.planAt ?? 0)).toBe('2026-11-21T06:00:00.000Z');
  });

  it.each([
    ['2026-11-21T05:59:59Z', []],
    ['2026-11-21T06:00:00Z', ['23', '24', '25', '26', '27']],
    ['2026-11-21T06:00:01Z', ['23', '24', '25', '26', '27']],
  ])('goes on when one of the two has fallen due, to the end of a week: at %s it adds %j', (now, added) => {
    const planned = { ...registered, plannedThrough: at('2026-11-22T06:00:00Z') };
    const { deadlines } = planAhead(planned, noHolidays, at(now));
    expect(dues(deadlines).map((due) => due.slice(8, 10))).toEqual(added);
  });

  it.each([
    ['daily', { at: '06:00', days: 'daily', timezone: 'UTC' }, 10],
    ['every quarter of an hour', { every: '15m' }, 600],
  ])('of what is due %s, always has two and an hour ahead, in few calls for eight weeks', (_, due, most) => {
    const begin = at('2026-11-20T12:00:00Z');
    let state = registrationOf(checkInExpectation({ due, grace: '0s' }), '2026-11-20T12:00:00Z');
    const planned: number[] = [];
    let calls = 0;
    for (let now = begin; now < begin + 56 * DAY;) {
      const plan = planAhead(state, noHolidays, now);
      calls++;
      planned.push(...plan.deadlines.map(({ dueAt }) => dueAt));
      state = { ...state, plannedThrough: plan.plannedThrough, planAt: plan.planAt };
      const next = plan.planAt ?? Infinity;
      const aheadUntil = planned.filter((dueAt) => dueAt > next - 1);
      expect(aheadUntil.length).toBeGreaterThanOrEqual(2);
      expect(planned.at(-1)).toBeGreaterThanOrEqual(next + HOUR);
      now = next;
    }
    expect(calls).toBeLessThanOrEqual(most);
    expect(new Set(planned).size).toBe(planned.length);
  });

  it('does not plan all expectations on the same day', () => {
    const lengths = [20, 21, 22, 23, 24, 25, 26].map((day) => {
      const registration = registrationOf(fileExpectation(), `2026-10-${day}T12:00:00Z`);
      const planned = { ...registration, plannedThrough: at('2026-11-22T06:00:00Z') };
      return planAhead(planned, noHolidays, at('2026-11-21T06:00:00Z')).deadlines.length;
    });
    expect(new Set(lengths).size).toBeGreaterThan(4);
  });

  it('keeps an hour ahead of what is due often', () => {
    const often = registrationOf(
      checkInExpectation({ due: { every: '10m' }, grace: '0s' }),
      '2026-11-20T12:00:00Z',
    );
    const plan = planAhead(often, noHolidays, at('2026-11-20T12:00:00Z'));
    expect(dues(plan.deadlines)).toEqual([
      '2026-11-20T12:10',
      '2026-11-20T12:20',
      '2026-11-20T12:30',
      '2026-11-20T12:40',
      '2026-11-20T12:50',
      '2026-11-20T13:00',
      '2026-11-20T13:10',
    ]);
  });

  it('plans what fell due during an outage, too: 864 of them in two calls and a last', () => {
    let registration = registrationOf(
      checkInExpectation({ due: { every: '5m' }, grace: '0s' }),
      '2026-11-20T00:00:00Z',
    );
    const now = at('2026-11-23T00:00:00Z');
    const planned: Deadline[] = [];
    for (let calls = 0; calls < 2; calls++) {
      const plan = planAhead(registration, noHolidays, now);
      planned.push(...plan.deadlines);
      expect(plan.planAt !== undefined && plan.planAt > now).toBe(calls === 1);
      registration = { ...registration, plannedThrough: plan.plannedThrough };
    }
    const past = planned.filter(({ dueAt }) => dueAt <= now);
    expect(past).toHaveLength(864);
    expect(new Set(planned.map(({ occurrence }) => occurrence)).size).toBe(planned.length);
  });

  it('gives the same deadlines when asked twice', () => {
    const now = at('2026-11-20T12:00:00Z');
    expect(planAhead(registered, noHolidays, now)).toEqual(planAhead(registered, noHolidays, now));
  });
});

describe('a deadline', () => {
  it('of a dated key names its date, opens a week before, and takes late files until it is given up', () => {
    const deadline = deadlineOf(fileExpectation());
    expect(deadline.awaits).toMatchObject({ key: 'orders/2026-11-21.csv', dated: true });
    expect(toIso(deadline.opensAt)).toBe('2026-11-14T06:00:00.000Z');
    expect(deadline.lateUntil).toBe(at('2026-11-24T06:00:00Z'));
    expect(deadline.giveUpAt).toBe(at('2026-11-24T06:00:00Z'));
  });

  it("of an undated key shares the day: what is nearer to the next is the next one's", () => {
    const deadline = deadlineOf(fileExpectation({}, { key: 'latest.csv' }));
    expect(toIso(deadline.opensAt)).toBe('2026-11-20T06:00:00.000Z');
    expect(toIso(deadline.lateUntil)).toBe('2026-11-21T18:00:00.000Z');
    expect(toIso(deadline.giveUpAt)).toBe('2026-11-22T06:00:00.000Z');
    expect(toIso(deadline.contestedUntil)).toBe('2026-11-20T18:00:00.000Z');
  });

  it('is judged after grace and settle', () => {
    const deadline = deadlineOf(fileExpectation({ settle: '30s' }));
    expect(toIso(deadline.limitAt)).toBe('2026-11-21T06:10:00.000Z');
    expect(toIso(deadline.checkAt)).toBe('2026-11-21T06:10:30.000Z');
  });

  it.each([undefined, '0s', '1s'])(
    'of a check-in is judged when the second of its limit is over',
    (settle) => {
      const deadline = deadlineOf(checkInExpectation(settle === undefined ? {} : { settle }));
      expect(deadline.checkAt).toBe(deadline.limitAt + SECOND);
    },
  );

  it('is never given up before it is judged', () => {
    const rules = { due: { every: '1m' }, grace: '5m', settle: '2m', giveUpAfter: '6m' };
    const deadline = deadlineOf(fileExpectation(rules, { key: 'latest.csv' }));
    expect(deadline.checkAt).toBe(deadline.dueAt + 7 * MINUTE);
    expect(deadline.giveUpAt).toBe(deadline.checkAt);
  });

  it('opens where `window` says', () => {
    const deadline = deadlineOf(fileExpectation({ window: '2h' }, { key: 'latest.csv' }));
    expect(toIso(deadline.opensAt)).toBe('2026-11-21T04:00:00.000Z');
  });

  it('gives up later than its grace, however early giveUpAfter is', () => {
    const deadline = deadlineOf(fileExpectation({ grace: '3h', giveUpAfter: '4h' }, { key: 'latest.csv' }));
    expect(deadline.giveUpAt).toBe(at('2026-11-21T10:00:00Z'));
  });
});

describe('a file that is named by elapsed hours', () => {
  it('has another name in each of the two hours of the same name', () => {
    const due = { cron: '0 * * * *', timezone: 'Europe/Berlin' };
    const hourly = fileExpectation({ due, grace: '0s' }, { key: '{yyyy-MM-dd_HH|-1h}.csv' });
    const after = at('2026-10-24T23:30:00Z');
    const { upcoming: found } = upcoming({ expectation: hourly, rev: 1, anchor: 0 }, noHolidays, after, 4);
    expect(found.map(({ deadline }) => [deadline.occurrence, keyOf(deadline)])).toEqual([
      ['2026-10-25T02:00', '2026-10-25_01.csv'],
      ['2026-10-25T02:00+01:00', '2026-10-25_02.csv'],
      ['2026-10-25T03:00', '2026-10-25_02.csv'],
      ['2026-10-25T04:00', '2026-10-25_03.csv'],
    ]);
  });
});

const keyOf = ({ awaits }: Deadline) => (awaits.kind === 'file' ? awaits.key : undefined);

describe('a silence', () => {
  const registration = registrationOf(
    checkInExpectation({ due: { silentFor: '1h' }, grace: '5m' }),
    '2026-11-20T12:00:00Z',
  );
  const first = silentDeadline(registration, at('2026-11-20T12:00:00Z'), at('2026-11-20T12:00:00Z'));

  it('is due when nothing was heard for its length since registration', () => {
    expect(toIso(first.dueAt)).toBe('2026-11-20T13:00:00.000Z');
    expect(toIso(first.limitAt)).toBe('2026-11-20T13:05:00.000Z');
  });

  it('moves as a whole with a sign of life and keeps its identity', () => {
    const moved = heardAgain(first, at('2026-11-20T12:40:00Z'));
    expect(toIso(moved.dueAt)).toBe('2026-11-20T13:40:00.000Z');
    expect(moved.checkAt - moved.dueAt).toBe(first.checkAt - first.dueAt);
    expect(moved.giveUpAt - moved.dueAt).toBe(first.giveUpAt - first.dueAt);
    expect(moved.occurrence).toBe(first.occurrence);
    expect(moved.local).toBe('2026-11-20 13:40');
  });

  it('that was over before a new revision is due just after it: the old one answers for the time before', () => {
    const late = silentDeadline(
      { ...registration, startsAfter: at('2026-11-20T15:00:00Z') },
      at('2026-11-20T12:00:00Z'),
      at('2026-11-20T15:00:00Z'),
    );
    expect(toIso(late.dueAt)).toBe('2026-11-20T15:00:01.000Z');
    expect(toIso(heardAgain(late, at('2026-11-20T15:00:00Z')).dueAt)).toBe('2026-11-20T16:00:00.000Z');
  });
});

describe('upcoming deadlines', () => {
  it.each([
    ['0 6 1 7 *', '2026-07-01T05:00:00Z', ['2026', '2036']],
    ['0 6 1 7 *', '2026-07-01T06:00:00Z', ['2027', '2036']],
    ['0 6 29 2 *', '2096-03-01T00:00:00Z', ['2104', '2104']],
    ['0 6 29 2 */6', '1970-01-01T00:00:00Z', ['1976', '1976']],
  ])('of cron %s after %s end after ten years, but for the first', (cron, after, ends) => {
    const asked = new Set<string>();
    const expectation = checkInExpectation({ due: { cron, timezone: 'UTC' } });
    const { upcoming: found } = upcoming(
      { expectation, rev: 1, anchor: 0 },
      (date) => void asked.add(date.slice(0, 4)),
      at(after),
      366,
    );
    const years = found.map(({ deadline }) => deadline.occurrence.slice(0, 4));
    expect([years[0], years.at(-1)]).toEqual(ends);
    // Those before it, for its window, and the one after it.
    expect(asked.size).toBeLessThan(18);
  });

  it('name the holiday on which nothing is owed', () => {
    const christmas = (date: string) => (date === '2026-12-25' ? 'Christmas Day' : undefined);
    const { upcoming: found } = upcoming(
      { expectation: fileExpectation(), rev: 1, anchor: 0 },
      christmas,
      at('2026-12-24T00:00:00Z'),
      3,
    );
    expect(found.map(({ deadline, excused }) => [deadline.occurrence, excused])).toEqual([
      ['2026-12-24T06:00', undefined],
      ['2026-12-25T06:00', 'Christmas Day'],
      ['2026-12-26T06:00', undefined],
    ]);
  });
});
