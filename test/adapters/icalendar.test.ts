import { describe, expect, it } from '@jest/globals';
import { readICalendar } from '../../functions/adapters/icalendar.ts';

const NOW = Date.parse('2026-11-21T05:00:00Z');

function file(...lines: string[]): string {
  return ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//ACME//EN', ...lines, 'END:VCALENDAR', ''].join('\r\n');
}

function event(...lines: string[]): string {
  return file('BEGIN:VEVENT', 'UID:1@acme', ...lines, 'END:VEVENT');
}

function read(text: string) {
  const found = readICalendar(text, NOW);
  if ('problems' in found) throw new Error(JSON.stringify(found.problems));
  return found;
}

function datesOf(...lines: string[]): string[] {
  return read(event(...lines))
    .days.map(({ date }) => date)
    .toSorted();
}

function problemOf(text: string): string {
  const found = readICalendar(text, NOW);
  if (!('problems' in found)) throw new Error('it was read');
  return found.problems.map(({ field, message }) => `${field}: ${message}`).join('; ');
}

describe('an all-day event', () => {
  it.each([
    ['of one day', ['DTSTART;VALUE=DATE:20261224'], ['2026-12-24']],
    ['without its type', ['DTSTART:20261224'], ['2026-12-24']],
    ['whose end is the next day', ['DTSTART:20261224', 'DTEND:20261225'], ['2026-12-24']],
    [
      'of three days, the end excluded',
      ['DTSTART;VALUE=DATE:20261230', 'DTEND;VALUE=DATE:20270102'],
      ['2026-12-30', '2026-12-31', '2027-01-01'],
    ],
    ['with a duration', ['DTSTART:20261224', 'DURATION:P2D'], ['2026-12-24', '2026-12-25']],
    [
      'of a week',
      ['DTSTART:20260301', 'DURATION:P1W'],
      Array.from({ length: 7 }, (_, day) => `2026-03-0${day + 1}`),
    ],
    ['that was cancelled', ['DTSTART:20261224', 'STATUS:CANCELLED'], []],
    [
      'with further dates',
      ['DTSTART:20261224', 'RDATE;VALUE=DATE:20270105,20270106'],
      ['2026-12-24', '2027-01-05', '2027-01-06'],
    ],
  ])('%s', (_, lines, dates) => {
    expect(datesOf(...lines)).toEqual(dates);
  });

  it('that recurs each year is written out for ten years, and the calendar is valid so long', () => {
    const found = read(event('DTSTART;VALUE=DATE:20250501', 'RRULE:FREQ=YEARLY', 'SUMMARY:Works outing'));
    expect(found.days.map(({ date }) => date)).toEqual(
      Array.from({ length: 12 }, (_, year) => `${2025 + year}-05-01`),
    );
    expect(found.validUntil).toBe('2036-12-31');
  });

  it('that recurs up to a date makes the calendar valid up to its last day', () => {
    const found = read(event('DTSTART:20260501', 'RRULE:FREQ=YEARLY;UNTIL=20280501'));
    expect(found.days.map(({ date }) => date)).toEqual(['2026-05-01', '2027-05-01', '2028-05-01']);
    expect(found.validUntil).toBeUndefined();
  });

  it.each([
    ['FREQ=YEARLY;COUNT=2;BYMONTH=11;BYDAY=4TH', ['2026-11-26', '2027-11-25']],
    ['FREQ=YEARLY;COUNT=2;BYMONTH=5;BYDAY=-1MO', ['2027-05-31', '2028-05-29']],
    ['FREQ=YEARLY;COUNT=2;BYMONTH=2;BYMONTHDAY=29', ['2028-02-29', '2032-02-29']],
    ['FREQ=MONTHLY;COUNT=3;BYMONTHDAY=-1', ['2026-11-30', '2026-12-31', '2027-01-31']],
    ['FREQ=MONTHLY;COUNT=2;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1', ['2026-11-30', '2026-12-31']],
    ['FREQ=WEEKLY;COUNT=3;INTERVAL=2', ['2026-11-20', '2026-12-04', '2026-12-18']],
  ])('that recurs by %s', (rule, dates) => {
    expect(datesOf('DTSTART:20261120', `RRULE:${rule}`)).toEqual(dates);
  });

  it('that recurs without excluded dates, each as long as the first', () => {
    const lines = [
      'DTSTART:20261224',
      'DTEND:20261226',
      'RRULE:FREQ=YEARLY;COUNT=3',
      'EXDATE;VALUE=DATE:20271224',
    ];
    expect(datesOf(...lines)).toEqual(['2026-12-24', '2026-12-25', '2028-12-24', '2028-12-25']);
  });
});

describe('the text of an iCalendar file', () => {
  it('gives days their names, unfolded and unescaped, and the calendar its title', () => {
    const text = file(
      'X-WR-CALNAME:ACME\\, Halle',
      'BEGIN:VEVENT',
      'DTSTART;VALUE=DATE:20261224',
      'SUMMARY;LANGUAGE=en;ALTREP="cid:part:1":Plant clo',
      ' sed\\; all halls\\nand offices',
      'BEGIN:VALARM',
      'TRIGGER:-PT15M',
      'SUMMARY:not this',
      'END:VALARM',
      'END:VEVENT',
      'BEGIN:VTODO',
      'DTSTART;VALUE=DATE:20261225',
      'END:VTODO',
    );
    expect(read(text)).toEqual({
      title: 'ACME, Halle',
      days: [{ date: '2026-12-24', name: 'Plant closed; all halls and offices' }],
    });
  });

  it.each(['\n', '\r\n', '\r'])('may end its lines with %j', (end) => {
    const text = event('DTSTART:20261224').replaceAll('\r\n', end);
    expect(read(text).days).toEqual([{ date: '2026-12-24' }]);
  });

  it('may name a day twice: the first event gives the name', () => {
    const one = ['BEGIN:VEVENT', 'DTSTART:20261224', 'SUMMARY:One', 'END:VEVENT'];
    const other = one.map((line) => line.replace('One', 'Other'));
    expect(read(file(...one, ...other)).days).toEqual([{ date: '2026-12-24', name: 'One' }]);
  });

  it.each([
    ['no calendar', 'hello', 'line 1: must be a line such as SUMMARY:Plant closed, not hello'],
    ['nothing', '', 'line 1: must be BEGIN:VCALENDAR, as iCalendar files begin'],
    [
      'half a file',
      event('DTSTART:20261224').slice(0, -20),
      'line 7: must be END:VCALENDAR: the file is not complete',
    ],
    ['components that cross', file('BEGIN:VEVENT', 'END:VTODO'), 'line 5: END:VTODO has no BEGIN:VTODO'],
    ['an event without a date', event('SUMMARY:x'), 'line 4: must be an event with DTSTART'],
    [
      'a date that does not exist',
      event('DTSTART:20270229'),
      'line 6: DTSTART must be a date that exists, of the years 1970 to 2199',
    ],
    [
      'a 13th month',
      event('DTSTART:20261301'),
      'line 6: DTSTART must be a date that exists, of the years 1970 to 2199',
    ],
    [
      'a time of day',
      event('DTSTART;TZID=Europe/Berlin:20261224T100000'),
      'line 6: DTSTART must be a date such as DTSTART;VALUE=DATE:20261224: only events of whole days are holidays',
    ],
    [
      'an end before its start',
      event('DTSTART:20261224', 'DTEND:20261223'),
      'line 7: DTEND must make the event 1 to 62 whole days long',
    ],
    [
      'a duration of hours',
      event('DTSTART:20261224', 'DURATION:PT5H'),
      'line 7: DURATION must make the event 1 to 62 whole days long',
    ],
    [
      'a long event',
      event('DTSTART:20260101', 'DTEND:20260305'),
      'line 7: DTEND must make the event 1 to 62 whole days long',
    ],
    [
      'hours in a rule',
      event('DTSTART:20261224', 'RRULE:FREQ=DAILY;BYHOUR=3'),
      expect.stringContaining('line 7: RRULE has BYHOUR; read are FREQ, INTERVAL'),
    ],
    [
      'a rule of hours',
      event('DTSTART:20261224', 'RRULE:FREQ=HOURLY'),
      'line 7: RRULE must have FREQ, one of DAILY, WEEKLY, MONTHLY, YEARLY',
    ],
    [
      'two rules',
      event('DTSTART:20261224', 'RRULE:FREQ=YEARLY', 'RRULE:FREQ=DAILY'),
      'line 8: RRULE must be there only once in an event',
    ],
    [
      'a moved recurrence',
      event('DTSTART:20261224', 'RECURRENCE-ID:20261223'),
      'line 7: RECURRENCE-ID is not read: write the moved day as EXDATE and an event of its own',
    ],
    [
      'too many days',
      event('DTSTART:20200101', 'RRULE:FREQ=DAILY'),
      'line 7: must not be: at most 2000 days are allowed',
    ],
    [
      'a rule of too many days of which some are excluded',
      event('DTSTART:20260101', 'RRULE:FREQ=DAILY', 'EXDATE:20260102,20260103'),
      'line 7: must not be: at most 2000 days are allowed',
    ],
    [
      'several rules of too many days',
      file(
        ...[3, 4].flatMap((month) => [
          ...['BEGIN:VEVENT', `DTSTART:20260${month}01`, 'DTEND:20260430'],
          ...['RRULE:FREQ=DAILY;COUNT=1990', 'END:VEVENT'],
        ]),
      ),
      'line 4: must not be: at most 2000 days are allowed',
    ],
  ])('%s is a problem that names the line', (_, text, problem) => {
    expect(problemOf(text)).toEqual(problem);
  });

  const codes = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'];
  const weekdays = Array.from({ length: 160 }, (_, index) => `-${1 + (index % 53)}${codes[index % 7]!}`);
  it('is read soon with 50 rules of many weekdays, at a place that no year has', () => {
    const rule = `RRULE:FREQ=YEARLY;BYDAY=${weekdays.join(',')};BYSETPOS=366`;
    const one = ['BEGIN:VEVENT', 'DTSTART:19700101', rule, 'END:VEVENT'];
    const begun = performance.now();
    expect(read(file(...Array.from({ length: 50 }, () => one).flat())).days).toEqual([]);
    expect(performance.now() - begun).toBeLessThan(30_000);
  });

  it('is read soon with 40,000 lines of one name', () => {
    const lines = Array.from({ length: 40_000 }, () => 'RDATE:20261224');
    const begun = performance.now();
    expect(datesOf('DTSTART:20261224', ...lines)).toEqual(['2026-12-24']);
    expect(performance.now() - begun).toBeLessThan(3_000);
  });

  it('has at most 50 rules, so that reading it ends soon', () => {
    const rule = [
      'BEGIN:VEVENT',
      'DTSTART:19700101',
      'RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30',
      'END:VEVENT',
    ];
    const of = (count: number) => file(...Array.from({ length: count }, () => rule).flat());
    const begun = performance.now();
    expect(read(of(50)).days).toEqual([]);
    expect(performance.now() - begun).toBeLessThan(5_000);
    expect(problemOf(of(51))).toBe('line 204: must not be: at most 50 events may have an RRULE');
  });
});
