import type { Evidence } from '../../functions/core/evidence.ts';
import { describe, expect, it } from '@jest/globals';
import { apply, close, elapse, looked, review, untilNextAction } from '../../functions/core/breach.ts';
import { actAt, type Deadline } from '../../functions/core/deadline.ts';
import type { Expectation } from '../../functions/core/expectation.ts';
import { HOUR } from '../../functions/core/time.ts';
import { at, deadlineOf, fileExpectation, object } from './build.ts';

const expectation = fileExpectation({ remindEvery: '4h', severity: 'high' });
const pending = deadlineOf(expectation);
const checkAt = at('2026-11-21T06:10:15Z');
const nothing = {
  is: 'missed',
  reason: 'absent',
  seen: 'nothing under orders/',
  looked: [] as Evidence[],
} as const;
const missed = apply(pending, nothing, expectation, checkAt);
const told = (deadline: Deadline): Deadline => ({ ...deadline, outbox: [] });
const types = ({ outbox }: Deadline) => outbox.map(({ type }) => type);

describe('a missed deadline', () => {
  it('opens a breach and says so, in one step', () => {
    expect(missed).toMatchObject({
      status: 'missed',
      decidedAt: checkAt,
      breach: { status: 'open', reason: 'absent', severity: 'high', generation: 1 },
    });
    expect(types(missed)).toEqual(['opened']);
  });

  it('must be acted on at once', () => {
    expect(actAt(missed)).toBe(checkAt);
  });
});

describe('further evidence', () => {
  it('after the limit recovers it, late by its distance from the due time', () => {
    const reviewed = review(told(missed), [object('2026-11-21T07:12:00Z')], at('2026-11-21T07:12:05Z'));
    expect(reviewed?.deadline).toMatchObject({
      status: 'missed',
      breach: { status: 'recovered', arrivedAt: at('2026-11-21T07:12:00Z'), lateBy: 72 * 60_000 },
    });
    expect(reviewed && types(reviewed.deadline)).toEqual(['recovered']);
  });

  it('of an interval recovers it late by a length between two, and does not claim the longer', () => {
    const came = {
      ...object('2026-11-21T09:00:00Z', { key: 'orders/2026-11-21.csv' }),
      after: at('2026-11-21T07:00:00Z'),
    };
    const reviewed = review(told(missed), [came], came.at);
    const lateness = { lateBy: 3 * HOUR, lateAtLeast: HOUR };
    expect(reviewed?.deadline.breach).toMatchObject({ status: 'recovered', ...lateness });
    expect(reviewed?.deadline.outbox).toMatchObject([
      {
        ...lateness,
        seen: 'orders/2026-11-21.csv came between Sat 2026-11-21 07:00 and Sat 2026-11-21 09:00',
      },
    ]);
  });

  it('of before the limit corrects it: the verdict stays, the breach is withdrawn', () => {
    const reviewed = review(told(missed), [object('2026-11-21T05:58:00Z')], at('2026-11-21T07:00:00Z'));
    expect(reviewed?.deadline).toMatchObject({
      status: 'missed',
      correction: { outcome: 'met', arrivedAt: at('2026-11-21T05:58:00Z') },
      breach: { status: 'withdrawn' },
    });
    expect(reviewed && types(reviewed.deadline)).toEqual(['withdrawn']);
  });

  it('of before the limit corrects it even after it was recovered or given up', () => {
    const gone = elapse(told(missed), expectation, pending.giveUpAt);
    const reviewed = review(told(gone), [object('2026-11-21T05:58:00Z')], pending.giveUpAt + 1);
    expect(reviewed?.deadline.breach?.status).toBe('withdrawn');
  });

  it('that changes nothing changes nothing', () => {
    expect(review(told(missed), [], checkAt)).toBeUndefined();
    expect(review(pending, [object('2026-11-21T05:58:00Z')], checkAt)).toBeUndefined();
  });

  it('corrects once', () => {
    const once = review(told(missed), [object('2026-11-21T05:58:00Z')], checkAt);
    expect(once && review(told(once.deadline), [object('2026-11-21T05:58:00Z')], checkAt)).toBeUndefined();
  });

  it('after the breach was closed by a person does not reopen it', () => {
    const closed = close(told(missed), 'key:1 (Ada)', checkAt);
    expect(closed && review(closed, [object('2026-11-21T07:12:00Z')], checkAt)).toBeUndefined();
  });
});

describe('an open breach', () => {
  const remindAt = at('2026-11-21T10:10:15Z');

  it.each([
    [remindAt - 1, []],
    [remindAt, ['reminder']],
    [remindAt + 1, ['reminder']],
  ])('at %d tells %j', (now, expected) => {
    expect(types(elapse(told(missed), expectation, now))).toEqual(expected);
  });

  it('that was acknowledged is not reminded of', () => {
    const breach = missed.breach && { ...missed.breach, acknowledged: { by: 'Ada', at: checkAt } };
    const acknowledged = { ...told(missed), ...(breach ? { breach } : {}) };
    expect(types(elapse(acknowledged, expectation, remindAt))).toEqual([]);
  });

  it.each([
    [pending.giveUpAt - 1, 'open'],
    [pending.giveUpAt, 'never'],
    [pending.giveUpAt + 1, 'never'],
  ])('at %d is %s', (now, status) => {
    expect(elapse(told(missed), expectation, now).breach?.status).toBe(status);
  });

  it('is looked after at growing intervals of at most six hours', () => {
    const pauses: number[] = [];
    let deadline = told(missed);
    for (let look = 0; look < 12; look++) {
      deadline = looked(deadline, 0);
      pauses.push((deadline.breach?.lookAt ?? 0) / 60_000);
    }
    expect(pauses).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 360, 360, 360, 360]);
  });

  it('names the next time to act: a look, a reminder or the end', () => {
    const next = (deadline: Deadline) => untilNextAction(deadline).breach?.nextActionAt;
    expect(next(missed)).toBe(checkAt + 60_000);
    const { lookAt: _look, ...rest } = missed.breach!;
    expect(next({ ...missed, breach: rest })).toBe(remindAt);
    expect(next({ ...missed, breach: { ...rest, acknowledged: { by: 'Ada', at: 0 } } })).toBe(
      pending.giveUpAt,
    );
  });

  it('that is over asks for nothing any more', () => {
    const over = close(told(missed), 'Ada', checkAt);
    expect(over && actAt(told(over))).toBeUndefined();
    expect(over && close(told(over), 'Ada', checkAt)).toBeUndefined();
  });
});

describe('a deadline that cannot be looked at', () => {
  const refused = { is: 'inconclusive', cause: 'access to bucket acme is denied' } as const;
  const rules: Expectation = expectation;

  it('stays pending, tells once, and looks again after growing pauses', () => {
    const first = apply(pending, refused, rules, checkAt);
    const second = apply(told(first), refused, rules, checkAt + 60_000);
    expect(first).toMatchObject({
      status: 'pending',
      inconclusive: { attempts: 1, lookAt: checkAt + 60_000 },
    });
    expect(second).toMatchObject({
      inconclusive: { attempts: 2, since: checkAt, lookAt: checkAt + 180_000 },
    });
    expect([types(first), types(second)]).toEqual([['inconclusive'], []]);
  });

  it('is decided as any other when it can be looked at again', () => {
    const first = told(apply(pending, refused, rules, checkAt));
    expect(apply(first, nothing, rules, checkAt + 60_000)).not.toHaveProperty('inconclusive');
  });

  it('is undetermined in the end, and says so', () => {
    const given = apply(pending, { is: 'undetermined', cause: refused.cause }, rules, pending.giveUpAt);
    expect(given).toMatchObject({ status: 'undetermined', cause: refused.cause });
    expect(types(given)).toEqual(['undetermined']);
  });
});
