import { afterEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import {
  fromLocal,
  inZone,
  isTimezone,
  offsetAt,
  readWall,
  toIso,
  toLocal,
  wallClock,
  DAY,
  HOUR,
  MINUTE,
} from '../../functions/core/time.ts';

const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/St_Johns',
  'America/Sao_Paulo',
  'America/Havana',
  'Australia/Lord_Howe',
  'Africa/Casablanca',
  'Asia/Beirut',
  'Asia/Kathmandu',
  'Pacific/Apia',
];

jest.setTimeout(30_000);

afterEach(() => {
  jest.useRealTimers();
});

describe('a local time becomes an instant', () => {
  it.each([
    ['Europe/Berlin', 'before the gap', '2026-03-29T01:59:59', '2026-03-29T00:59:59Z'],
    ['Europe/Berlin', 'at the start of the gap', '2026-03-29T02:00', '2026-03-29T01:00:00Z'],
    ['Europe/Berlin', 'in the gap', '2026-03-29T02:30', '2026-03-29T01:30:00Z'],
    ['Europe/Berlin', 'at the end of the gap', '2026-03-29T02:59:59', '2026-03-29T01:59:59Z'],
    ['Europe/Berlin', 'after the gap', '2026-03-29T03:00', '2026-03-29T01:00:00Z'],
    ['Europe/Berlin', 'before the overlap', '2026-10-25T01:59:59', '2026-10-24T23:59:59Z'],
    ['Europe/Berlin', 'at the start of the overlap', '2026-10-25T02:00', '2026-10-25T00:00:00Z'],
    ['Europe/Berlin', 'in the overlap', '2026-10-25T02:30', '2026-10-25T00:30:00Z'],
    ['Europe/Berlin', 'at the end of the overlap', '2026-10-25T02:59:59', '2026-10-25T00:59:59Z'],
    ['Europe/Berlin', 'after the overlap', '2026-10-25T03:00', '2026-10-25T02:00:00Z'],
    ['America/New_York', 'in the gap', '2026-03-08T02:30', '2026-03-08T07:30:00Z'],
    ['America/New_York', 'in the overlap', '2026-11-01T01:30', '2026-11-01T05:30:00Z'],
    ['Australia/Lord_Howe', 'before a gap of 30 minutes', '2026-10-04T01:59', '2026-10-03T15:29:00Z'],
    ['Australia/Lord_Howe', 'in a gap of 30 minutes', '2026-10-04T02:00', '2026-10-03T15:30:00Z'],
    ['Australia/Lord_Howe', 'after a gap of 30 minutes', '2026-10-04T02:30', '2026-10-03T15:30:00Z'],
    ['Australia/Lord_Howe', 'before an overlap of 30 minutes', '2026-04-05T01:29', '2026-04-04T14:29:00Z'],
    ['Australia/Lord_Howe', 'in an overlap of 30 minutes', '2026-04-05T01:30', '2026-04-04T14:30:00Z'],
    ['Australia/Lord_Howe', 'after an overlap of 30 minutes', '2026-04-05T02:00', '2026-04-04T15:30:00Z'],
    ['Africa/Casablanca', 'when clocks go back for Ramadan', '2025-02-23T02:30', '2025-02-23T01:30:00Z'],
    ['Africa/Casablanca', 'when clocks go forward after Ramadan', '2025-04-06T02:30', '2025-04-06T02:30:00Z'],
    ['America/Sao_Paulo', 'in a gap at midnight', '2018-11-04T00:00', '2018-11-04T03:00:00Z'],
    ['Asia/Beirut', 'in a gap at midnight', '2022-03-27T00:15', '2022-03-26T22:15:00Z'],
    ['America/St_Johns', 'in an overlap over midnight', '2010-11-07T00:00', '2010-11-07T02:30:00Z'],
    ['Pacific/Apia', 'before the missing day', '2011-12-29T23:59', '2011-12-30T09:59:00Z'],
    ['Pacific/Apia', 'on the missing day', '2011-12-30T06:00', '2011-12-30T16:00:00Z'],
    ['Pacific/Apia', 'after the missing day', '2011-12-31T00:00', '2011-12-30T10:00:00Z'],
    ['Asia/Kathmandu', 'in a zone of quarter hours', '2026-06-01T06:00', '2026-06-01T00:15:00Z'],
    ['Asia/Kathmandu', 'in a gap of 15 minutes', '1986-01-01T00:10', '1985-12-31T18:40:00Z'],
    ['UTC', 'in UTC', '2026-03-29T02:30', '2026-03-29T02:30:00Z'],
  ])('%s %s', (zone, _where, local, instant) => {
    expect(toIso(fromLocal(local, zone))).toBe(toIso(Date.parse(instant)));
  });

  it.each(['2026-01-15T12:00:00Z', '2026-07-15T12:00:00Z', '2026-10-25T01:15:00Z'])(
    'in the same way when it is asked at %s, although luxon reads repeated times by the clock',
    (now) => {
      jest.useFakeTimers({ now: Date.parse(now) });
      expect(toIso(fromLocal('2026-10-25T02:30', 'Europe/Berlin'))).toBe('2026-10-25T00:30:00.000Z');
      expect(toIso(fromLocal('2026-03-29T02:30', 'Europe/Berlin'))).toBe('2026-03-29T01:30:00.000Z');
      expect(toIso(fromLocal('2015-03-29T04:15', 'Europe/Istanbul'))).toBe('2015-03-29T01:15:00.000Z');
    },
  );

  it.each(['2026-02-30T06:00', '2026-01-01', '2026-01-01T25:00', '2026-01-01T06:00+01:00', '06:00', ''])(
    'but not %s',
    (local) => {
      expect(() => fromLocal(local, 'Europe/Berlin')).toThrow(RangeError);
    },
  );

  it('that is the first of all instants which show it, in every zone and at every clock change', () => {
    const quarter = 15 * MINUTE;
    const wall = fc.integer({ min: Date.UTC(1985, 0) / quarter, max: Date.UTC(2035, 0) / quarter });
    fc.assert(
      fc.property(wall, fc.constantFrom(...ZONES), (quarters, zone) => {
        const { instant, times } = readWall(quarters * quarter, zone);
        const showing = instantsShowing(quarters * quarter, zone, quarter);
        expect(showing).toHaveLength(times);
        if (times > 0) expect(instant).toBe(showing[0]);
      }),
      { numRuns: 300 },
    );
  });

  it('with exactly the times around each clock change of 2018 to 2021', () => {
    for (const zone of ZONES) {
      for (const change of clockChanges(zone)) {
        for (let wall = change - 3 * HOUR; wall <= change + 3 * HOUR; wall += 15 * MINUTE) {
          const local = wall + offsetAt(change - 1, zone);
          expect(instantsShowing(local, zone, 15 * MINUTE)).toHaveLength(readWall(local, zone).times);
        }
      }
    }
  });
});

describe('an instant in words', () => {
  it.each([
    ['2026-11-21T05:00:00Z', 'Europe/Berlin', 'Sat 2026-11-21 06:00'],
    ['2026-11-21T05:00:07Z', 'Europe/Berlin', 'Sat 2026-11-21 06:00:07'],
    ['2026-11-21T05:00:00Z', 'America/New_York', 'Sat 2026-11-21 00:00'],
    ['2026-11-20T19:00:00Z', 'Asia/Kathmandu', 'Sat 2026-11-21 00:45'],
  ])('%s in %s is %s', (instant, zone, text) => {
    expect(toLocal(Date.parse(instant), zone)).toBe(text);
  });

  it('has names in English whatever the locale of the machine', () => {
    expect(inZone(0, 'Asia/Kathmandu').toFormat('cccc MMMM')).toBe('Thursday January');
  });

  it('keeps milliseconds in ISO text', () => {
    expect(toIso(1)).toBe('1970-01-01T00:00:00.001Z');
  });
});

describe('a time zone', () => {
  it.each(['Europe/Berlin', 'UTC', 'America/Argentina/Ushuaia', 'Etc/GMT+5'])('can be %s', (name) => {
    expect(isTimezone(name)).toBe(true);
  });

  it.each(['Europe/Berlim', '+01:00', '-05:00', '', 'local', 'CEST', 'Europe/'])('cannot be "%s"', (name) => {
    expect(isTimezone(name)).toBe(false);
  });
});

describe('an offset', () => {
  it.each([
    ['2026-03-29T00:59:59.999Z', 1],
    ['2026-03-29T01:00:00.000Z', 2],
    ['2026-10-25T00:59:59.999Z', 2],
    ['2026-10-25T01:00:00.000Z', 1],
  ])('of Berlin at %s is %i h', (instant, hours) => {
    expect(offsetAt(Date.parse(instant), 'Europe/Berlin')).toBe(hours * HOUR);
  });

  it('of a zone or an instant that does not exist is an error, not a number that loops run away with', () => {
    expect(() => offsetAt(0, 'Europe/Berlim')).toThrow(RangeError);
    expect(() => offsetAt(NaN, 'Europe/Berlin')).toThrow(RangeError);
  });
});

describe('wall-clock fields', () => {
  it('are the written ones', () => {
    expect(wallClock('2026-03-29T02:30:15').toFormat('yyyy-MM-dd HH:mm:ss')).toBe('2026-03-29 02:30:15');
  });
});

/** By looking at every instant that could show the wall-clock time. */
function instantsShowing(wall: number, zone: string, step: number): number[] {
  const found: number[] = [];
  for (let instant = wall - 15 * HOUR; instant <= wall + 15 * HOUR; instant += step) {
    if (instant + offsetAt(instant, zone) === wall) found.push(instant);
  }
  return found;
}

/** Instants at which the offset of the zone changes, to the minute. */
function clockChanges(zone: string): number[] {
  const found: number[] = [];
  for (let day = Date.UTC(2018, 0); day < Date.UTC(2022, 0); day += DAY) {
    if (offsetAt(day, zone) === offsetAt(day + DAY, zone)) continue;
    let minute = day;
    while (offsetAt(minute, zone) === offsetAt(day, zone)) minute += MINUTE;
    found.push(minute);
  }
  return found;
}
