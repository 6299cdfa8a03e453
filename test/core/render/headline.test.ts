import { describe, expect, it } from '@jest/globals';
import { headline } from '../../../functions/core/render/headline.ts';
import { DAY, HOUR, MINUTE } from './units.ts';
import { alert, berlin, recovered } from './alerts.ts';

describe('a headline says in one line', () => {
  it.each([
    [
      'what was missed',
      alert(),
      'MISSED high: Orders from ACME — due Sat 2026-11-21 06:00 Europe/Berlin, nothing under orders/2026/11/21/',
    ],
    [
      'that it is still missing',
      alert({ type: 'reminder', at: berlin('14:00') }),
      'REMINDER high: Orders from ACME — due Sat 2026-11-21 06:00 Europe/Berlin, 8 h overdue, nothing under orders/2026/11/21/',
    ],
    [
      'when it came and how late',
      recovered(),
      'RECOVERED: Orders from ACME — due Sat 2026-11-21 06:00, came 07:12 Europe/Berlin, 1 h 12 min late',
    ],
    [
      'the day, when it came on another',
      recovered({ lateBy: DAY }),
      'RECOVERED: Orders from ACME — due Sat 2026-11-21 06:00, came Sun 2026-11-22 06:00 Europe/Berlin, 1 d late',
    ],
    [
      'when it recovered, where no arrival is known',
      recovered({ lateBy: undefined }),
      'RECOVERED: Orders from ACME — due Sat 2026-11-21 06:00, recovered Sat 2026-11-21 07:13 Europe/Berlin',
    ],
    [
      'that it was given up',
      alert({ type: 'gave-up', at: berlin('06:00') + 3 * DAY }),
      'GAVE UP high: Orders from ACME — due Sat 2026-11-21 06:00 Europe/Berlin, 3 d overdue when it was given up, nothing under orders/2026/11/21/',
    ],
    [
      'who closed it',
      alert({ type: 'closed', actor: 'mia' }),
      'CLOSED: Orders from ACME — due Sat 2026-11-21 06:00 Europe/Berlin, closed by mia',
    ],
    [
      'that a person closed it, when nobody is named',
      alert({ type: 'closed' }),
      'CLOSED: Orders from ACME — due Sat 2026-11-21 06:00 Europe/Berlin, closed by a person',
    ],
    [
      'that the alarm was wrong',
      alert({ type: 'withdrawn', seen: 'orders-1.csv came 05:58' }),
      'WITHDRAWN: Orders from ACME — due Sat 2026-11-21 06:00 Europe/Berlin, it was on time after all: orders-1.csv came 05:58',
    ],
    [
      'that it could not look, not that it did not happen',
      alert({ type: 'inconclusive', seen: 'access denied to bucket acme-landing' }),
      'INCONCLUSIVE high: Orders from ACME — due Sat 2026-11-21 06:00 Europe/Berlin, could not look: access denied to bucket acme-landing',
    ],
    [
      'that it was never found out',
      alert({ type: 'undetermined', seen: 'no such bucket' }),
      'UNDETERMINED high: Orders from ACME — due Sat 2026-11-21 06:00 Europe/Berlin, it cannot be told whether it happened: no such bucket',
    ],
    [
      'that it is later than usual, before it is overdue',
      alert({ type: 'at-risk', seen: 'usually by 05:12, 95 of 100 by 05:40; it is 05:45' }),
      'AT RISK high: Orders from ACME — due Sat 2026-11-21 06:00 Europe/Berlin, later than usual: usually by 05:12, 95 of 100 by 05:40; it is 05:45',
    ],
    [
      'that a calendar ends, without a severity: nothing was missed',
      alert({ type: 'calendar-ends', seen: 'calendar plant is valid until 2026-12-31' }),
      'CALENDAR ENDS: Orders from ACME — calendar plant is valid until 2026-12-31',
    ],
    [
      'that it is a test',
      alert({ type: 'test' }),
      'TEST: Orders from ACME — a test of this channel, nothing was missed',
    ],
  ])('%s', (_, given, expected) => {
    expect(headline(given)).toBe(expected);
  });

  it.each([
    [90 * MINUTE, 'came between 07:30 and 08:12 Europe/Berlin, 1 h 30 min to 2 h 12 min late'],
    [-5 * MINUTE, 'came between 05:55 and 08:12 Europe/Berlin, up to 2 h 12 min late'],
  ])('tells the interval when no more is known of when it came: %s', (lateAtLeast, came) => {
    expect(headline(recovered({ lateBy: 132 * MINUTE, lateAtLeast }))).toBe(
      `RECOVERED: Orders from ACME — due Sat 2026-11-21 06:00, ${came}`,
    );
  });

  it('names the expectation by its id when it has no title', () => {
    expect(headline(alert({ title: undefined }))).toMatch(/^MISSED high: orders-landing — /);
  });

  it('claims no lateness of a job that failed before it was due', () => {
    const early = alert({ type: 'gave-up', at: berlin('05:59') });
    expect(headline(early)).toBe(
      'GAVE UP high: Orders from ACME — due Sat 2026-11-21 06:00 Europe/Berlin, nothing under orders/2026/11/21/',
    );
  });

  it('tells the two readings of a repeated hour apart by the lateness', () => {
    const dueAt = berlin('02:30', '2026-10-25');
    expect(headline(recovered({ dueAt, lateBy: HOUR }))).toBe(
      'RECOVERED: Orders from ACME — due Sun 2026-10-25 02:30, came 02:30 Europe/Berlin, 1 h late',
    );
  });

  it('stays one line whatever an object key contains', () => {
    const key = 'a\r\nBcc: x@example.com\u2028\u001b]0;title\u0007\u202egpj.exe\ud800';
    expect(headline(alert({ seen: key, title: 'Orders\n\tfrom' }))).toBe(
      'MISSED high: Orders from — due Sat 2026-11-21 06:00 Europe/Berlin, a Bcc: x@example.com ]0;title gpj.exe',
    );
  });

  it('keeps long texts short and characters whole', () => {
    const line = headline(alert({ title: '😀'.repeat(500), seen: '😀'.repeat(500) }));
    expect(line.length).toBeLessThan(700);
    expect(line.isWellFormed()).toBe(true);
  });
});
