import { describe, expect, it } from '@jest/globals';
import { judge } from '../../functions/core/judge.ts';
import type { Look, SeenObject } from '../../functions/core/look.ts';
import {
  at,
  checkedIn,
  checkInExpectation,
  deadlineOf,
  fileExpectation,
  object,
  registrationOf,
} from './build.ts';
import { silentDeadline } from '../../functions/core/new-deadline.ts';
import { MINUTE } from '../../functions/core/time.ts';

const dated = deadlineOf(fileExpectation());
const undated = deadlineOf(fileExpectation({}, { key: 'latest.csv' }));
const latest = (time: string, changes = {}) => object(time, { key: 'latest.csv', ...changes });

function looked(objects: SeenObject[], changes: { at?: string; covered?: boolean } = {}): Look {
  const { at: time = '2026-11-21T06:10:15Z', covered = true } = changes;
  return { ok: true, at: at(time), objects, covered };
}

function listed(lastModified: string, changes: Partial<SeenObject> = {}): SeenObject {
  return { key: 'orders/2026-11-21.csv', size: 10, etag: 'e1', lastModified: at(lastModified), ...changes };
}

describe('a file with grace, due 06:00, limit 06:10', () => {
  it.each([
    ['2026-11-21T05:59:59Z', 'met', 0],
    ['2026-11-21T06:00:00Z', 'met', 0],
    ['2026-11-21T06:00:01Z', 'met', 1000],
    ['2026-11-21T06:09:59Z', 'met', 599_000],
    ['2026-11-21T06:10:00Z', 'met', 600_000],
    ['2026-11-21T06:10:00.999Z', 'met', 600_999],
  ])('that came %s is %s, %d ms into grace', (time, is, intoGrace) => {
    expect(judge(dated, [object(time)])).toMatchObject({ is, intoGrace, metAt: at(time) });
  });

  it('that came one second after the limit is missed', () => {
    expect(judge(dated, [object('2026-11-21T06:10:01Z')], looked([]))).toMatchObject({ is: 'missed' });
  });
});

describe('the window of a key without a date is (previous due, this due]', () => {
  it.each([
    ['2026-11-20T05:59:59Z', 'unseen'],
    ['2026-11-20T06:00:00Z', 'unseen'],
    ['2026-11-20T06:00:01Z', 'met'],
  ])('an object of %s leaves it %s', (time, is) => {
    expect(judge(undated, [latest(time)]).is).toBe(is);
  });

  it('says that what lies there is older', () => {
    const look = looked([listed('2026-11-19T05:00:00Z', { key: 'latest.csv' })]);
    expect(judge(undated, [], look)).toMatchObject({
      is: 'missed',
      reason: 'absent',
      seen: 'latest.csv is of Thu 2026-11-19 05:00, outside the window',
    });
  });
});

describe('evidence', () => {
  it('that was seen counts although the object has been moved away since', () => {
    expect(judge(dated, [object('2026-11-21T05:30:00Z')])).toMatchObject({ is: 'met' });
  });

  it('of another day does not count for a key that names its date', () => {
    expect(judge(dated, [object('2026-11-21T05:00:00Z', { key: 'orders/2026-11-20.csv' })]).is).toBe(
      'unseen',
    );
  });

  it.each([
    [100, 'as too small by rules that were replaced', undefined, 'met'],
    [1000, 'by rules that were replaced', '0 bytes, at least 1 expected', 'missed'],
  ])(
    'of 500 bytes is weighed by the %d bytes of this deadline, whatever was made of it %s',
    (minBytes, _, rejected, is) => {
      const deadline = deadlineOf(fileExpectation({}, { minBytes }));
      const recorded = object('2026-11-21T05:00:00Z', {
        size: 500,
        ...(rejected ? {} : { rejected: 'too small' }),
      });
      expect(judge(deadline, [recorded], looked([])).is).toBe(is);
    },
  );

  it('that another deadline has claimed does not count', () => {
    expect(judge(undated, [latest('2026-11-20T06:20:00Z', { claimedBy: '2026-11-20T06:00~r1' })]).is).toBe(
      'unseen',
    );
  });

  it('that this deadline has claimed before a crash counts again', () => {
    const claimed = latest('2026-11-21T05:00:00Z', { claimedBy: '2026-11-21T06:00~r1' });
    expect(judge(undated, [claimed]).is).toBe('met');
  });

  it('told by the listing and by a late event is one fact: a claimed one is not used twice', () => {
    const look = latest('2026-11-20T06:05:00Z', {
      id: 'look',
      source: 'look',
      claimedBy: '2026-11-20T06:00~r1',
    });
    const event = latest('2026-11-20T06:05:01Z');
    expect(judge(undated, [look, event]).is).toBe('unseen');
  });

  it('is counted once although listing and event tell of it, where two are expected', () => {
    const two = deadlineOf(fileExpectation({}, { key: 'part-*.csv', minCount: 2 }));
    const event = object('2026-11-21T05:00:00Z', { key: 'part-1.csv' });
    const look = looked([listed('2026-11-21T05:00:00Z', { key: 'part-1.csv' })]);
    expect(judge(two, [event], look)).toMatchObject({ is: 'missed', reason: 'insufficient' });
  });
});

describe('several files', () => {
  const three = deadlineOf(fileExpectation({}, { key: 'part-*.csv', minCount: 3 }));
  const part = (n: number, time: string) => object(time, { key: `part-${n}.csv`, etag: `e${n}` });

  it('meet the deadline at the time of the last that was needed', () => {
    const parts = [
      part(3, '2026-11-21T06:03:00Z'),
      part(1, '2026-11-21T05:01:00Z'),
      part(2, '2026-11-21T05:02:00Z'),
      part(4, '2026-11-21T06:04:00Z'),
    ];
    const judgement = judge(three, parts);
    expect(judgement).toMatchObject({ is: 'met', metAt: at('2026-11-21T06:03:00Z'), intoGrace: 180_000 });
    expect(judgement.is === 'met' && judgement.serving.map(({ object }) => object?.key)).toEqual([
      'part-1.csv',
      'part-2.csv',
      'part-3.csv',
    ]);
  });

  it('are counted by key: one that is written three times is still one', () => {
    const again = ['04:00', '04:30', '05:00'].map((time) =>
      object(`2026-11-21T${time}:00Z`, { key: 'part-1.csv', etag: time }),
    );
    expect(judge(three, again, looked([]))).toMatchObject({ is: 'missed', reason: 'insufficient' });
  });

  it('that are too few are insufficient, and the alert says how many', () => {
    const judgement = judge(
      three,
      [part(1, '2026-11-21T05:01:00Z'), part(2, '2026-11-21T05:02:00Z')],
      looked([]),
    );
    expect(judgement).toMatchObject({ is: 'missed', reason: 'insufficient' });
    expect(judgement.is === 'missed' && judgement.seen).toBe(
      '2 objects match, 2 of 3 accepted; newest part-2.csv of Sat 2026-11-21 05:02, 10 bytes',
    );
  });
});

describe('a look before a breach is declared', () => {
  it('is asked for when nothing is known', () => {
    expect(judge(dated, []).is).toBe('unseen');
  });

  it('finds the object whose event was lost', () => {
    expect(judge(dated, [], looked([listed('2026-11-21T05:58:00Z')]))).toMatchObject({
      is: 'met',
      metAt: at('2026-11-21T05:58:00Z'),
    });
  });

  it('finds one that came after the limit: missed', () => {
    expect(judge(dated, [], looked([listed('2026-11-21T06:10:01Z')]))).toMatchObject({ is: 'missed' });
  });

  it('finds an empty file: insufficient, with the reason', () => {
    expect(judge(dated, [], looked([listed('2026-11-21T05:12:00Z', { size: 0 })]))).toEqual({
      is: 'missed',
      reason: 'insufficient',
      seen: '1 object matches; newest orders/2026-11-21.csv of Sat 2026-11-21 05:12, 0 bytes, rejected: 0 bytes, at least 1 expected',
      looked: [expect.objectContaining({ rejected: '0 bytes, at least 1 expected' })],
    });
  });

  it('finds nothing: absent, with the place', () => {
    expect(judge(dated, [], looked([]))).toEqual({
      is: 'missed',
      reason: 'absent',
      seen: 'nothing under orders/2026-11-21.csv',
      looked: [],
    });
  });

  it('that is refused is no miss', () => {
    const refused: Look = {
      ok: false,
      at: at('2026-11-21T06:10:15Z'),
      cause: 'access to bucket acme is denied',
    };
    expect(judge(dated, [], refused)).toEqual({
      is: 'inconclusive',
      cause: 'access to bucket acme is denied',
    });
  });

  it('that is refused until it is given up leaves the deadline undetermined', () => {
    const refused: Look = { ok: false, at: dated.giveUpAt, cause: 'bucket acme does not exist' };
    expect(judge(dated, [], refused)).toEqual({ is: 'undetermined', cause: 'bucket acme does not exist' });
  });

  it('that is refused at once is tried for a quarter of an hour, however soon it would be given up', () => {
    const short = { ...dated, giveUpAt: dated.checkAt };
    const outcome = (at: number) => judge(short, [], { ok: false, at, cause: 'denied' }).is;
    const end = dated.checkAt + 15 * MINUTE;
    expect([outcome(dated.checkAt), outcome(end - 1), outcome(end)]).toEqual([
      ...['inconclusive', 'inconclusive', 'undetermined'],
    ]);
  });

  it('made late does not guess in a bucket that sends no events', () => {
    const look = looked([listed('2026-11-21T07:00:00Z')], { at: '2026-11-21T08:00:00Z', covered: false });
    expect(judge(dated, [], look).is).toBe('undetermined');
  });

  it('made late still says met when the object is of before the limit', () => {
    const look = looked([listed('2026-11-21T05:00:00Z')], { at: '2026-11-21T08:00:00Z', covered: false });
    expect(judge(dated, [], look).is).toBe('met');
  });

  it('made late says missed where events would have told', () => {
    const look = looked([], { at: '2026-11-21T08:00:00Z', covered: true });
    expect(judge(dated, [], look).is).toBe('missed');
  });

  it('made in time takes a multipart object, whose LastModified is when it was begun, for one in time', () => {
    expect(judge(dated, [], looked([listed('2026-11-21T04:00:00Z', { etag: 'abc-3' })])).is).toBe('met');
  });

  it('keeps what it saw in the window and did not suffice, the accepted before 20 of the rejected', () => {
    const two = deadlineOf(fileExpectation({}, { key: 'part-*.csv', minCount: 2 }));
    const empty = Array.from({ length: 30 }, (_, n) =>
      listed('2026-11-21T04:00:00Z', { key: `part-${n}.csv`, size: 0 }),
    );
    const good = listed('2026-11-21T05:00:00Z', { key: 'part-x.csv', etag: 'abc-3' });
    const old = listed('2026-11-01T05:00:00Z', { key: 'part-old.csv' });
    const judgement = judge(two, [], looked([...empty, old, good]));
    const kept = judgement.is === 'missed' ? judgement.looked.map(({ object }) => object?.key) : [];
    expect(kept).toHaveLength(21);
    expect(kept.slice(0, 2)).toEqual(['part-x.csv', 'part-0.csv']);
  });

  it('made late cannot tell when a multipart object was completed', () => {
    const look = looked([listed('2026-11-21T05:00:00Z', { etag: 'abc-3' })], { at: '2026-11-21T09:00:00Z' });
    expect(judge(dated, [], look).is).toBe('undetermined');
  });
});

describe('a check-in', () => {
  const backup = deadlineOf(checkInExpectation());

  it('in time meets the deadline', () => {
    expect(judge(backup, [checkedIn('2026-11-21T05:00:00Z')]).is).toBe('met');
  });

  it('that never came is absent, and needs no look', () => {
    expect(judge(backup, [])).toEqual({ is: 'missed', reason: 'absent', seen: 'no check-in', looked: [] });
  });

  it('that reports a failure does not satisfy, and the reason is failed', () => {
    expect(judge(backup, [checkedIn('2026-11-21T05:00:00Z', 'failure')])).toEqual({
      is: 'missed',
      reason: 'failed',
      seen: 'check-in of Sat 2026-11-21 05:00: failed with exit code 3',
      looked: [],
    });
  });

  it('that failed and then succeeded is met', () => {
    const evidence = [checkedIn('2026-11-21T05:00:00Z', 'failure'), checkedIn('2026-11-21T05:30:00Z')];
    expect(judge(backup, evidence).is).toBe('met');
  });

  it('that only started is missed, and says so', () => {
    expect(judge(backup, [checkedIn('2026-11-21T05:00:00Z', 'start')])).toMatchObject({
      is: 'missed',
      seen: 'started Sat 2026-11-21 05:00, not finished',
    });
  });
});

describe('a silence of an hour with 10 minutes of grace, last heard of at 05:00', () => {
  const registration = registrationOf(checkInExpectation({ due: { silentFor: '1h' } }));
  const silent = silentDeadline(registration, at('2026-11-21T05:00:00Z'), at('2026-11-21T05:00:00Z'));

  it.each([
    ['2026-11-21T06:09:59Z', 'heard'],
    ['2026-11-21T06:10:00Z', 'heard'],
    ['2026-11-21T06:10:01Z', 'missed'],
  ])('and next at %s is %s', (time, is) => {
    expect(judge(silent, [checkedIn(time)]).is).toBe(is);
  });

  it('counts anew from the last of several signs of life', () => {
    const signs = [checkedIn('2026-11-21T05:30:00Z'), checkedIn('2026-11-21T06:20:00Z')];
    expect(judge(silent, signs)).toEqual({ is: 'heard', at: at('2026-11-21T06:20:00Z') });
  });

  it('stops counting at the first gap, whatever came after it', () => {
    const signs = [checkedIn('2026-11-21T05:30:00Z'), checkedIn('2026-11-21T07:00:00Z')];
    expect(judge(silent, signs)).toEqual({ is: 'heard', at: at('2026-11-21T05:30:00Z') });
  });
});
