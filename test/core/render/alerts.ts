import type { Message } from '../../../functions/core/alert.ts';
import { fromLocal, MINUTE } from '../../../functions/core/time.ts';

export type TestAlert = Message['alerts'][number];

export const BERLIN = 'Europe/Berlin';
/** An instant of Berlin's clocks: `berlin('06:00')` is on Saturday 21 November 2026. */
export const berlin = (clock: string, date = '2026-11-21') => fromLocal(`${date}T${clock}`, BERLIN);

export function alert(over: Partial<TestAlert> = {}): TestAlert {
  return {
    id: 'alert-1',
    type: 'opened',
    at: berlin('06:10'),
    team: 'data-platform',
    expectation: 'orders-landing',
    title: 'Orders from ACME',
    severity: 'high',
    runbook: 'https://wiki.example.com/orders',
    occurrence: '2026-11-21T06:00',
    timezone: BERLIN,
    dueAt: berlin('06:00'),
    limitAt: berlin('06:10'),
    expected:
      'at least 1 object of 1 byte or more matching orders/2026/11/21/orders-*.csv in bucket acme-landing',
    seen: 'nothing under orders/2026/11/21/',
    link: 'https://overdue.example.com/breaches/b-1',
    ...over,
  };
}

export const recovered = (over: Partial<TestAlert> = {}) =>
  alert({
    id: 'alert-2',
    type: 'recovered',
    at: berlin('07:13'),
    lateBy: 72 * MINUTE,
    openedAt: berlin('06:10'),
    seen: 'orders/2026/11/21/orders-1.csv, 512 bytes',
    ...over,
  });

export function message(...alerts: TestAlert[]): Message {
  return { id: 'message-1', team: 'data-platform', channel: 'ops', alerts };
}

/** A group of `count` missed deadlines of as many expectations. */
export function storm(count: number, over: Partial<TestAlert> = {}): Message {
  return message(
    ...Array.from({ length: count }, (_, index) =>
      alert({
        id: `alert-${index}`,
        expectation: `feed-${index}`,
        title: `Feed ${index}`,
        dueAt: berlin('06:00') + index,
        ...over,
      }),
    ),
  );
}

/** Texts of others at their worst: every character needs escaping and all are longer than any format takes. */
export const hostile: Partial<TestAlert> = {
  title: '<&"*_`'.repeat(300),
  expected: '<script>alert("&")</script>'.repeat(100),
  seen: '*&<>`\n\u001b[31m'.repeat(300),
  actor: '<&>'.repeat(300),
  team: '&'.repeat(300),
  runbook: `https://wiki.example.com/?${'a&b='.repeat(480)}`,
  link: `https://overdue.example.com/?${'a&b='.repeat(480)}`,
  record: { missed: 4, of: 30 },
};
