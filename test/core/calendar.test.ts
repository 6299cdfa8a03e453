import { describe, expect, it } from '@jest/globals';
import { actAt, Calendar, expiryWarning } from '../../functions/core/calendar.ts';
import { toIso } from '../../functions/core/time.ts';

const plant: Calendar = {
  team: 'data',
  name: 'plant',
  days: [],
  validUntil: '2026-12-31',
  revision: 1,
  status: 'active',
  changedAt: Date.parse('2026-01-01T00:00:00Z'),
  changedBy: 'tester',
  version: 1,
};
const at = (iso: string) => Date.parse(iso);

describe('something must be done about a calendar', () => {
  it.each<[string, Partial<Calendar>, string | undefined]>([
    ['30 days before it ends', {}, '2026-12-01T00:00:00.000Z'],
    [
      'at the change that gave it less than 30 days',
      { changedAt: at('2026-12-11') },
      '2026-12-11T00:00:00.000Z',
    ],
    [
      '30 days before its end over the end of a year',
      { validUntil: '2027-01-15' },
      '2026-12-16T00:00:00.000Z',
    ],
    ['never, when its end was told', { warnedOf: '2026-12-31' }, undefined],
    ['again, when it was told of another end', { warnedOf: '2026-11-30' }, '2026-12-01T00:00:00.000Z'],
    ['never, when it is deleted', { status: 'deleted' }, undefined],
    [
      'as soon as expectations are to be planned anew',
      { unsettledSince: at('2026-06-01') },
      '2026-06-01T00:00:00.000Z',
    ],
    [
      'for its end first, when that comes first',
      { unsettledSince: at('2026-12-02') },
      '2026-12-01T00:00:00.000Z',
    ],
    [
      'to plan anew, though its end was told',
      { unsettledSince: at('2026-12-02'), warnedOf: '2026-12-31' },
      '2026-12-02T00:00:00.000Z',
    ],
  ])('%s', (_, over, expected) => {
    const when = actAt({ ...plant, ...over });
    expect(when === undefined ? undefined : toIso(when)).toBe(expected);
  });
});

describe('an answer', () => {
  it.each([
    ['2026-11-30T23:59:59.999Z', undefined],
    [
      '2026-12-01T00:00:00.000Z',
      'calendar plant is valid until 2026-12-31: days after it are taken for no holidays',
    ],
    [
      '2026-12-31T23:59:59.999Z',
      'calendar plant is valid until 2026-12-31: days after it are taken for no holidays',
    ],
    [
      '2027-01-01T00:00:00.000Z',
      'calendar plant ran out on 2026-12-31: days after it are taken for no holidays',
    ],
  ])('at %s warns from the instant on at which an alert is sent: %s', (now, warning) => {
    expect(expiryWarning(plant, { now: at(now), timezone: 'UTC' })).toBe(warning);
  });
});

it('a calendar that was stored before its end was told of is read', () => {
  expect(Calendar.parse({ ...plant, unsettledSince: undefined })).toEqual(plant);
});
