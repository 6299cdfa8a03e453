import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { HolidayCalendar } from '../../functions/core/calendar-date.ts';
import {
  anyDateMatcher,
  isDated,
  keyPatternProblem,
  literalPrefix,
  matchesGlob,
  resolveKey,
  tellsOneDate,
} from '../../functions/core/key-pattern.ts';
import { fromLocal } from '../../functions/core/time.ts';

const isHoliday: HolidayCalendar = (date) => (date === '2026-12-25' ? 'Christmas Day' : undefined);

const resolve = (pattern: string, local: string, timezone = 'Europe/Berlin') =>
  resolveKey(pattern, { local, timezone }, isHoliday);

describe('a key pattern', () => {
  it.each([
    ['orders/{yyyy}/{MM}/{dd}/orders-*.csv', 'orders/2026/11/01/orders-*.csv'],
    ['orders-{yyyyMMdd}.csv', 'orders-20261101.csv'],
    ['dt={yyyy-MM-dd}/hour={HH}/', 'dt=2026-11-01/hour=06/'],
    ['{yyyy/MM/dd}', '2026/11/01'],
    ['{yy}{M}{d}-{H}{m}{s}', '26111-650'],
    ['{yyyyMMdd_HHmmss}', '20261101_060500'],
    ['{dd}-{MMM}-{yyyy}', '01-Nov-2026'],
    ['{d MMMM yyyy}', '1 November 2026'],
    ['{kkkk}-W{WW}-{E}', '2026-W44-7'],
    ['{kk}{W}{c}', '26447'],
    ['{EEE}/{EEEE}/{ccc}/{cccc}', 'Sun/Sunday/Sun/Sunday'],
    ['{yyyy}-{ooo}/{o}/Q{q}', '2026-305/305/Q4'],
    ['latest.csv', 'latest.csv'],
    [String.raw`\{yyyy\}/{yyyy}/\*[ab]?`, String.raw`\{yyyy\}/2026/\*[ab]?`],
  ])('%s stands for %s', (pattern, key) => {
    expect(keyPatternProblem(pattern)).toBeUndefined();
    expect(resolve(pattern, '2026-11-01 06:05')).toBe(key);
  });

  it('takes the local time also with seconds, and as an identity has it', () => {
    expect(resolve('{yyyyMMddHHmmss}', '2026-11-01 06:05:09')).toBe('20261101060509');
    expect(resolve('{yyyyMMddHHmmss}', '2026-11-01T06:05')).toBe('20261101060500');
  });

  it('means the written time of a deadline that a clock change has moved', () => {
    expect(resolve('{yyyyMMddHHmm}', '2026-03-29 02:30')).toBe('202603290230');
  });
});

describe('the offset of a key pattern', () => {
  it.each([
    ['-1d', '2026-11-01 06:00', '2026-10-31 06:00'],
    ['+1d', '2026-12-31 06:00', '2027-01-01 06:00'],
    ['-7d', '2026-11-01 06:00', '2026-10-25 06:00'],
    ['-1w', '2026-11-01 06:00', '2026-10-25 06:00'],
    ['-1M', '2026-03-31 06:00', '2026-02-28 06:00'],
    ['+1M', '2026-01-31 06:00', '2026-02-28 06:00'],
    ['-1y', '2028-02-29 06:00', '2027-02-28 06:00'],
    ['-1bd', '2026-11-23 06:00', '2026-11-20 06:00'],
    ['-1bd', '2026-12-28 06:00', '2026-12-24 06:00'],
    ['+1bd', '2026-12-24 06:00', '2026-12-28 06:00'],
    ['-2bd', '2026-12-28 06:00', '2026-12-23 06:00'],
    ['-1bd', '2026-11-21 06:00', '2026-11-20 06:00'],
    ['-1h', '2026-11-01 00:30', '2026-10-31 23:30'],
    ['-6h', '2026-11-01 03:00', '2026-10-31 21:00'],
  ])('%s moves %s to %s', (offset, from, to) => {
    expect(resolve(`{yyyy-MM-dd HH:mm|${offset}}`, from)).toBe(to);
  });

  it('moves the whole path over the end of a month', () => {
    expect(resolve('{yyyy|-1d}/{MM|-1d}/{dd|-1d}/x.csv', '2027-01-01 06:00')).toBe('2026/12/31/x.csv');
  });

  it('in hours is elapsed time, counted from the instant', () => {
    const berlin = 'Europe/Berlin';
    expect(resolve('{HHmm|-1h}', '2026-03-29 03:00', berlin)).toBe('0100');
    expect(resolve('{HHmm|-1h}', '2026-10-25 03:00', berlin)).toBe('0200');
    const second = { local: '2026-10-25 02:30', dueAt: Date.parse('2026-10-25T01:30Z'), timezone: berlin };
    expect(resolveKey('{HHmm|-1h}', second, isHoliday)).toBe('0230');
    const first = { ...second, dueAt: fromLocal('2026-10-25T02:30', berlin) };
    expect(resolveKey('{HHmm|-1h}', first, isHoliday)).toBe('0130');
  });

  it('in days keeps the time of day over a clock change', () => {
    expect(resolve('{dd-HHmm|-1d}', '2026-03-29 06:00')).toBe('28-0600');
    expect(resolve('{dd-HHmm|-1d}', '2026-03-30 02:30')).toBe('29-0230');
  });
});

describe('a key pattern is refused', () => {
  it.each([
    ['', 'must not be empty'],
    ['x'.repeat(1025), 'must be at most 1024 characters'],
    ['s3://acme/orders.csv', 'must be a key without the bucket'],
    ['{yyyy', 'has a { on its own: braces hold date tokens, write \\{ for the character'],
    ['yyyy}', 'has a } on its own'],
    ['{{yyyy}}', 'has a { on its own'],
    ['{}', 'has no date token in {}; allowed are yyyy yy (year)'],
    ['{-}', 'has no date token in {-}'],
    ['{YYYY}', 'has YYYY in {YYYY} (did you mean yyyy?); allowed are yyyy yy (year), M MM'],
    ['{yyyyMMDD}', 'has DD in {yyyyMMDD} (did you mean dd?)'],
    ['{date}', 'has a in {date}; allowed are'],
    ["{yyyy'T'}", "has ' in {yyyy'T'}; allowed are"],
    ['{a,b}', 'has a in {a,b}; allowed are'],
    ['{yyyy*}', 'has * in {yyyy*}; allowed are'],
    ['{ZZ}', 'has ZZ in {ZZ}; allowed are'],
    ['{yyyyyy}', 'has yyyyyy in {yyyyyy}; allowed are'],
    ['{yyyymmdd}', 'has minutes (m, mm) but no hours: months are M and MM'],
    ['{yyyy}/{mm}', 'has minutes (m, mm) but no hours: months are M and MM'],
    ['{yyyyMMdd-1d}', 'has 1 in {yyyyMMdd-1d}'],
    ['{yyyyMMdd|}', 'has the offset |, which must be a signed number'],
    [
      '{yyyyMMdd|1d}',
      'has the offset |1d, which must be a signed number of hours, days, business days, weeks',
    ],
    ['{yyyyMMdd|-1}', 'has the offset |-1, which must be'],
    ['{yyyyMMdd|-1m}', 'has the offset |-1m, which must be'],
    ['{yyyyMMdd|-1d|-1h}', 'has the offset |-1d|-1h, which must be'],
    ['{yyyyMMdd|-1000d}', 'has the offset |-1000d, which must be'],
    [
      '{yyyy}/{MM}/{dd|-1d}',
      'has tokens with different offsets: one deadline has one date, write the same on all, as in {yyyy|-1d} {MM|-1d} {dd|-1d}',
    ],
    ['{dd|-1d}/{dd|-2d}', 'has tokens with different offsets'],
    ['[{dd}]', 'has a [ without ]'],
    ['{dd}/[z-a]', 'has [z-a] with a range that runs backwards'],
    ['{dd}\\', 'ends in a backslash'],
    ['*/*/*/*/*/*/*/*/*/*/*', 'has 11 stars, at most 10 are allowed'],
    ['*/*/*/*/*/{dd}/*/*/*/*/*/*', 'has 11 stars, at most 10 are allowed'],
  ])('%j: %s', (pattern, problem) => {
    expect(keyPatternProblem(pattern)?.slice(0, problem.length)).toBe(problem);
  });

  it.each(['**/*/*/*/*/*/*/*/*/*', 'x'.repeat(1024), '{HH}/{mm}', String.raw`\{a\}`])(
    'but not %j',
    (pattern) => {
      expect(keyPatternProblem(pattern)).toBeUndefined();
    },
  );
});

describe('what is known of a key pattern without a date', () => {
  it.each([
    ['orders/{yyyy}/x.csv', true, 'orders/'],
    ['orders/*.csv', false, 'orders/'],
    ['orders/latest.csv', false, 'orders/latest.csv'],
    ['{yyyy}/x', true, ''],
    ['in/a?b', false, 'in/a'],
    ['in/[ab]', false, 'in/'],
    [String.raw`in/\{a\}\*{dd}`, true, 'in/{a}*'],
    [String.raw`in/\{a\}/*`, false, 'in/{a}/'],
    ['', false, ''],
  ])('%s is dated: %s, and its keys begin with "%s"', (pattern, dated, prefix) => {
    expect(isDated(pattern)).toBe(dated);
    expect(literalPrefix(pattern)).toBe(prefix);
  });

  it.each([
    ['orders/{yyyyMMdd}.csv', 'orders/20261101.csv', true],
    ['orders/{yyyyMMdd}.csv', 'orders/2026110.csv', false],
    ['orders/{yyyyMMdd}.csv', 'orders/2026110a.csv', false],
    ['{M}-{d}', '1-31', true],
    ['{M}-{d}', '111-1', false],
    ['{o}', '305', true],
    ['{MMM}', 'Nov', true],
    ['{MMM}', 'Nov1', false],
    ['{MMMM}', 'September', true],
    ['{MMMM}', 'May', true],
    ['{EEEE}', 'Wednesday', true],
    ['{yyyy}/*.csv', '2026/a.csv', true],
    ['{yyyy}/*.csv', '2026/a/b.csv', false],
    ['{yyyy|-1bd}', '2026', true],
  ])('%s fits %s for some date: %s', (pattern, key, fits) => {
    expect(anyDateMatcher(pattern)(key)).toBe(fits);
  });
});

describe('any key pattern', () => {
  const format = fc
    .array(
      fc.constantFrom(
        'yyyy',
        'yy',
        'M',
        'MM',
        'MMM',
        'MMMM',
        'd',
        'dd',
        'o',
        'ooo',
        'H',
        'HH',
        'q',
        'kkkk',
        'WW',
        'E',
        'cccc',
        'EEE',
      ),
      {
        minLength: 1,
        maxLength: 3,
      },
    )
    .map((tokens) => tokens.join('-'));
  const offset = fc.constantFrom('', '|-1d', '|+3bd', '|-2bd', '|-5h', '|-1M', '|+2w', '|-1y');
  const literal = fc.constantFrom('a', 'orders', '/', '.', String.raw`\*`, String.raw`\{`, 'ä');
  const pattern = fc
    .tuple(
      fc.array(
        fc.oneof(
          literal,
          format.map((text) => `{${text}`),
        ),
        { minLength: 1, maxLength: 6 },
      ),
      offset,
    )
    .map(([pieces, by]) =>
      pieces.map((piece) => (piece.startsWith('{') ? `${piece}${by}}` : piece)).join(''),
    );
  const local = fc
    .date({ min: new Date('1990-01-01'), max: new Date('2099-12-31'), noInvalidDate: true })
    .map((date) => date.toISOString().slice(0, 16).replace('T', ' '));
  const timezone = fc.constantFrom('Europe/Berlin', 'Pacific/Apia', 'Australia/Lord_Howe', 'UTC');

  it('stands for keys that it fits for some date and that begin with its prefix', () => {
    fc.assert(
      fc.property(pattern, local, timezone, (text, at, zone) => {
        expect(keyPatternProblem(text)).toBeUndefined();
        const glob = resolve(text, at, zone);
        const key = glob.replaceAll(/\\(.)/g, '$1');
        expect(matchesGlob(glob, key)).toBe(true);
        expect(literalPrefix(glob)).toBe(key);
        expect(anyDateMatcher(text)(key)).toBe(true);
        expect(key.startsWith(literalPrefix(text))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('is either resolved or refused, whatever the text', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '|',
      '-1d',
      'yyyy',
      'dd',
      'mm',
      '*',
      '[',
      ']',
      '\\',
      '!',
      'a',
      '/',
      "'",
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(piece).map((pieces) => pieces.join('')),
    );
    fc.assert(
      fc.property(text, fc.string(), (any, key) => {
        expect(typeof isDated(any)).toBe('boolean');
        expect(typeof anyDateMatcher(any)(key)).toBe('boolean');
        expect(any.length === 0 || literalPrefix(any).length <= any.length).toBe(true);
        if (keyPatternProblem(any) === undefined) {
          expect(matchesGlob(resolve(any, '2026-11-01 06:00'), key)).toBeDefined();
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a key that tells its date in one way only', () => {
  it.each([
    ['orders/{yyyy}/{MM}/{dd}/orders-*.csv', true],
    ['orders/{yyyyMMdd|-1d}.csv', true],
    ['{yyyy-MM-dd}/**', true],
    // 1/12 and 11/2 both fit 11/2*, and so on.
    ['orders/{M}{d}*.csv', false],
    ['orders/{MMMM}/*.csv', false],
    ['*{yyyyMMdd}.csv', false],
    ['?/{yyyyMMdd}/*.csv', false],
    ['orders/*.csv', false],
  ])('%s: %s', (pattern, isOne) => {
    expect(tellsOneDate(pattern)).toBe(isOne);
  });
});
