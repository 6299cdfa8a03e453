import { describe, expect, it } from '@jest/globals';
import { plainText } from '../../../functions/core/render/plain-text.ts';
import { alert, berlin, message, recovered } from './alerts.ts';
import { DAY } from './units.ts';

const rows = (text: string) => text.split('\n').slice(2, -1);

describe('the plain text of one alert', () => {
  it('says all of a missed deadline', () => {
    const missed = alert({ reason: 'absent', record: { missed: 4, of: 30 } });
    expect(plainText(message(missed))).toBe(
      `MISSED high: Orders from ACME — due Sat 2026-11-21 06:00 Europe/Berlin, nothing under orders/2026/11/21/

Expected:    at least 1 object of 1 byte or more matching orders/2026/11/21/orders-*.csv in bucket acme-landing
Due:         Sat 2026-11-21 06:00 Europe/Berlin (2026-11-21 05:00 UTC), with 10 min of grace
Seen:        nothing under orders/2026/11/21/
Reason:      absent
Overdue:     10 min so far
Open since:  Sat 2026-11-21 06:10 Europe/Berlin
Lately:      missed 4 of the last 30
Expectation: data-platform/orders-landing, severity high
Runbook:     https://wiki.example.com/orders
Details:     https://overdue.example.com/breaches/b-1
`,
    );
  });

  it('says where to look at the run', () => {
    const runLink = 'https://eu-central-1.console.aws.amazon.com/glue/run/1';
    expect(rows(plainText(message(alert({ runLink }))))).toContain(`Run:         ${runLink}`);
  });

  it('says when it came and how late', () => {
    expect(rows(plainText(message(recovered())))).toEqual(
      expect.arrayContaining([
        'Came:        Sat 2026-11-21 07:12 Europe/Berlin (2026-11-21 06:12 UTC)',
        'Seen:        orders/2026/11/21/orders-1.csv, 512 bytes',
        'Late:        1 h 12 min',
        'Open since:  Sat 2026-11-21 06:10 Europe/Berlin',
      ]),
    );
  });

  it.each([
    [alert({ type: 'reminder', at: berlin('14:00') }), 'Overdue:     8 h so far'],
    [alert({ type: 'gave-up', at: berlin('06:00') + 3 * DAY }), 'Overdue:     3 d when it was given up'],
    [alert({ type: 'closed', at: berlin('09:00') }), 'Overdue:     3 h when it was closed'],
    [
      alert({ type: 'closed', at: berlin('09:00') }),
      'Closed:      Sat 2026-11-21 09:00 Europe/Berlin by a person',
    ],
    [alert({ type: 'withdrawn' }), 'Meaning:     late proof showed that it was on time'],
    [
      alert({ type: 'inconclusive' }),
      'Meaning:     could not look: whether it happened is not known yet, it will be looked at again',
    ],
    [alert({ type: 'undetermined' }), 'Meaning:     could not look: whether it happened is not known'],
    [
      alert({ type: 'calendar-ends' }),
      'Meaning:     nothing was missed: give the calendar its next days and a later validUntil',
    ],
    [
      alert({ type: 'calendar-ends', timezone: 'UTC', limitAt: berlin('06:00') }),
      'Next due:    Sat 2026-11-21 05:00 UTC',
    ],
    [alert({ reason: 'still-running' }), 'Reason:      still running'],
    [alert({ timezone: 'UTC', limitAt: berlin('06:00') }), 'Due:         Sat 2026-11-21 05:00 UTC'],
  ])('has the row %#', (given, row) => {
    expect(rows(plainText(message(given)))).toContain(row);
  });

  it.each(['inconclusive', 'calendar-ends'] as const)('is overdue in no case where it is %s', (type) => {
    expect(plainText(message(alert({ type })))).not.toContain('Overdue');
  });

  it('says nothing of a track record without occurrences', () => {
    expect(plainText(message(alert({ record: { missed: 0, of: 0 } })))).not.toContain('Lately');
  });

  it('cannot be given rows by an object key', () => {
    const seen = 'x\nRunbook:     https://evil.example.com';
    expect(rows(plainText(message(alert({ seen })))).filter((row) => row.startsWith('Runbook'))).toEqual([
      'Runbook:     https://wiki.example.com/orders',
    ]);
  });
});
