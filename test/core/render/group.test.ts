import { describe, expect, it } from '@jest/globals';
import { plainText, subjectLine } from '../../../functions/core/render/plain-text.ts';
import { alert, berlin, hostile, message, recovered, storm } from './alerts.ts';
import { MINUTE } from './units.ts';

const firstLine = (text: string) => text.split('\n')[0];

describe('the first line of a group', () => {
  it('counts by type for the team', () => {
    const { alerts: missed } = storm(37);
    const back = [1, 2].map((n) => recovered({ id: `r${n}`, expectation: `back-${n}` }));
    expect(subjectLine(message(...missed, ...back))).toBe('37 missed, 2 recovered for data-platform');
  });

  it('counts each team when there are several', () => {
    const other = alert({ team: 'finance', type: 'inconclusive' });
    expect(subjectLine(message(...storm(2).alerts, other))).toBe(
      '2 missed for data-platform; 1 inconclusive for finance',
    );
  });

  it('names every type in the words of the vocabulary', () => {
    const types = [
      'test',
      'closed',
      'withdrawn',
      'recovered',
      'calendar-ends',
      'at-risk',
      'undetermined',
      'inconclusive',
      'gave-up',
      'reminder',
      'opened',
    ] as const;
    const alerts = types.map((type) => alert({ id: type, expectation: type, type }));
    expect(subjectLine(message(...alerts))).toBe(
      '1 missed, 1 still open, 1 gave up, 1 inconclusive, 1 undetermined, 1 at risk, 1 calendar warning, 1 recovered, 1 withdrawn, 1 closed, 1 test for data-platform',
    );
  });

  it('is the headline when there is only one', () => {
    expect(subjectLine(message(alert()))).toMatch(/^MISSED high: Orders from ACME — due/);
  });

  it('says so when there is nothing', () => {
    expect(subjectLine(message())).toBe('nothing to report for data-platform');
  });
});

describe('transitions of one deadline in one message', () => {
  const late = recovered({ lateBy: 12 * MINUTE, at: berlin('06:13') });

  it.each([
    ['in order', [alert(), late]],
    ['in any order', [late, alert()]],
    [
      'with a reminder between',
      [alert(), alert({ id: 'again', type: 'reminder', at: berlin('06:11') }), late],
    ],
  ])('missed and recovered become one entry: %s', (_, alerts) => {
    const text = plainText(message(...alerts));
    expect(firstLine(text)).toBe(
      'MISSED AND RECOVERED: Orders from ACME — due Sat 2026-11-21 06:00, came 06:12 Europe/Berlin, 12 min late',
    );
    expect(text).not.toContain('MISSED high');
  });

  it('are counted once, apart from those that only recovered', () => {
    const another = recovered({ id: 'x', expectation: 'other' });
    expect(subjectLine(message(alert(), late, another))).toBe(
      '1 recovered, 1 missed and recovered for data-platform',
    );
  });

  it('stay apart when they are of different occurrences', () => {
    const monday = alert({ id: 'm', occurrence: '2026-11-23T06:00' });
    expect(subjectLine(message(monday, late))).toBe('1 missed, 1 recovered for data-platform');
  });

  it('a reminder with its opening is just missed', () => {
    const again = alert({ id: 'again', type: 'reminder', at: berlin('14:00') });
    expect(subjectLine(message(alert(), again))).toMatch(/^MISSED high: .*8 h overdue/);
    expect(subjectLine(message(alert(), again, alert({ expectation: 'other' })))).toBe(
      '2 missed for data-platform',
    );
  });

  it('a withdrawal takes the alarm back in the same line', () => {
    const back = alert({ id: 'w', type: 'withdrawn', at: berlin('07:00'), seen: 'orders-1.csv came 05:58' });
    expect(subjectLine(message(alert(), back))).toMatch(/^MISSED AND WITHDRAWN: .* it was on time after all/);
  });

  it('a calendar that ends is an entry of its own, whatever becomes of the deadline', () => {
    const ends = alert({ id: 'e', type: 'calendar-ends', at: berlin('05:00'), seen: 'calendar plant ends' });
    const text = plainText(message(ends, alert(), late));
    expect(firstLine(text)).toBe('1 calendar warning, 1 missed and recovered for data-platform');
    expect(text).toContain('1. CALENDAR ENDS: Orders from ACME — calendar plant ends');
    expect(text).toContain('2. MISSED AND RECOVERED: Orders from ACME');
  });

  it('tests are never folded', () => {
    const tests = ['a', 'b'].map((id) => alert({ id, type: 'test' }));
    expect(subjectLine(message(...tests))).toBe('2 tests for data-platform');
  });
});

describe('the order of a group', () => {
  it('is what is still wrong, then unknown, then good news; the most severe, then the oldest first', () => {
    const entry = (name: string, over: Parameters<typeof alert>[0]) =>
      alert({ id: name, expectation: name, title: name, ...over });
    const text = plainText(
      message(
        entry('closed', { type: 'closed', severity: 'critical' }),
        entry('recovered', { type: 'recovered', severity: 'critical' }),
        entry('unknown', { type: 'inconclusive', severity: 'critical' }),
        entry('low', { severity: 'low' }),
        entry('younger', { dueAt: berlin('05:30') }),
        entry('older', { dueAt: berlin('05:00') }),
        entry('critical', { severity: 'critical' }),
      ),
    );
    const order = [...text.matchAll(/^\d+\. [A-Z ]+(?:critical|high|low)?: (\S+)/gm)].map(
      (match) => match[1],
    );
    expect(order).toEqual(['critical', 'older', 'younger', 'low', 'unknown', 'recovered', 'closed']);
  });
});

describe('a storm', () => {
  const text = plainText(storm(5000));

  it('shows 20 in detail, 80 in a line each and says where the rest is', () => {
    expect(text.match(/^ {3}Expected: /gm)).toHaveLength(20);
    expect(text.match(/^\d+\. MISSED high: /gm)).toHaveLength(100);
    expect(text.trimEnd().split('\n').at(-1)).toBe(
      'and 4900 more: see the history of data-platform at https://overdue.example.com',
    );
  });

  it('of the worst texts stays under what SNS takes', () => {
    const worst = plainText(storm(5000, { ...hostile, title: '漢'.repeat(500), seen: '字'.repeat(2000) }));
    expect(Buffer.byteLength(worst)).toBeLessThan(200_000);
    expect(worst).toMatch(/and \d+ more: /);
  });

  it('of exactly 100 leaves nothing out', () => {
    expect(plainText(storm(100))).not.toContain(' more: ');
  });
});
