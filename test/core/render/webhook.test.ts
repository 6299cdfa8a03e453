import { describe, expect, it } from '@jest/globals';
import { alertOf, WebhookBody, webhookBody } from '../../../functions/core/render/webhook.ts';
import { alert, berlin, hostile, message, recovered, storm } from './alerts.ts';

const [first] = [webhookBody(message(alert({ reason: 'absent', record: { missed: 4, of: 30 } })))];

describe('the JSON of a webhook', () => {
  it('carries all of an alert, instants in UTC', () => {
    expect(first).toEqual({
      version: 1,
      id: 'message-1',
      team: 'data-platform',
      channel: 'ops',
      summary: expect.stringMatching(/^MISSED high: Orders from ACME — due/),
      alerts: [
        {
          id: 'alert-1',
          type: 'opened',
          headline: first.summary,
          at: '2026-11-21T05:10:00.000Z',
          team: 'data-platform',
          expectation: 'orders-landing',
          title: 'Orders from ACME',
          severity: 'high',
          runbook: 'https://wiki.example.com/orders',
          occurrence: '2026-11-21T06:00',
          timezone: 'Europe/Berlin',
          dueAt: '2026-11-21T05:00:00.000Z',
          dueLocal: '2026-11-21T06:00:00.000+01:00',
          limitAt: '2026-11-21T05:10:00.000Z',
          expected: expect.stringContaining('orders-*.csv'),
          seen: 'nothing under orders/2026/11/21/',
          reason: 'absent',
          lateSeconds: 600,
          link: 'https://overdue.example.com/breaches/b-1',
          record: { missed: 4, of: 30 },
        },
      ],
    });
  });

  it('tells the arrival and its lateness in seconds', () => {
    expect(webhookBody(message(recovered())).alerts[0]).toMatchObject({
      lateSeconds: 4320,
      arrivedAt: '2026-11-21T06:12:00.000Z',
      openedAt: '2026-11-21T05:10:00.000Z',
    });
  });

  it.each([
    ['where it could not look', 'inconclusive'],
    ['where a calendar ends', 'calendar-ends'],
  ] as const)('knows no lateness %s', (_, type) => {
    expect(webhookBody(message(alert({ type }))).alerts[0]?.lateSeconds).toBeNull();
  });

  it('keeps both transitions of one deadline, which people read as one', () => {
    const body = webhookBody(message(alert(), recovered({ at: berlin('07:13') })));
    expect(body.alerts.map(({ id }) => id)).toEqual(['alert-1', 'alert-2']);
    expect(body.summary).toMatch(/^MISSED AND RECOVERED/);
  });

  it.each([
    alert({ record: { missed: 4, of: 30 }, reason: 'absent' }),
    recovered(),
    alert({ type: 'closed', actor: 'mia' }),
  ])('can be turned back into the alert: $type', (given) => {
    expect(webhookBody(message(given)).alerts.map(alertOf)).toEqual([given]);
  });

  it('carries every alert of a storm', () => {
    expect(webhookBody(storm(5000)).alerts).toHaveLength(5000);
  });

  it.each([
    ['one', message(alert())],
    ['a merged one', message(alert(), recovered())],
    ['a storm', storm(200, hostile)],
    ['none', message()],
  ])('is what its schema says: %s', (_, given) => {
    const sent: unknown = JSON.parse(JSON.stringify(webhookBody(given)));
    expect(WebhookBody.parse(sent)).toEqual(sent);
  });
});
