import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHmac } from 'node:crypto';
import { channelSender } from '../../../functions/adapters/channels/index.ts';
import { signatureHeader, signatureProblem } from '../../../functions/adapters/channels/signature.ts';
import { WebhookBody } from '../../../functions/core/render/webhook.ts';
import { alert, message, recovered, storm } from '../../core/render/alerts.ts';
import { recorder, type Recorder } from './servers.ts';

const SECRET = 'a-secret-of-this-channel';
const NOW = Date.parse('2026-11-21T05:10:00.900Z');

let receiver: Recorder;
beforeEach(async () => {
  receiver = await recorder();
});
afterEach(() => receiver.close());

const sender = channelSender({ allowedHosts: ['127.0.0.1'], clock: () => NOW });
const target = (over = {}) => ({
  type: 'webhook' as const,
  url: `http://127.0.0.1:${receiver.port}/hook`,
  ...over,
});

describe('a webhook', () => {
  it('receives what the schema documents', async () => {
    await sender.send(target(), message(alert(), recovered()));
    const [request] = receiver.requests;
    expect(request?.headers['content-type']).toBe('application/json');
    expect(request?.headers['user-agent']).toMatch(/^Overdue\//);
    expect(WebhookBody.parse(JSON.parse(request?.body ?? '')).alerts.map(({ id }) => id)).toEqual([
      'alert-1',
      'alert-2',
    ]);
  });

  it('is signed over time and body, so that a receiver can verify it with a few lines', async () => {
    await sender.send(target({ secret: SECRET }), message(alert()));
    const [request] = receiver.requests;
    const [, t, v1] = /^t=(\d+),v1=(\w+)$/.exec(String(request?.headers['overdue-signature'])) ?? [];
    expect(t).toBe('1795237800');
    expect(v1).toBe(createHmac('sha256', SECRET).update(`${t}.${request?.body}`).digest('hex'));
  });

  it('has no signature without a secret', async () => {
    await sender.send(target(), message(alert()));
    expect(receiver.requests[0]?.headers).not.toHaveProperty('overdue-signature');
  });

  it('is repeated with the same idempotency key and the same body', async () => {
    await sender.send(target({ secret: SECRET }), message(alert()));
    await sender.send(target({ secret: SECRET }), message(alert()));
    const [first, second] = receiver.requests;
    expect(first?.headers['idempotency-key']).toBe('message-1');
    expect(second?.headers['idempotency-key']).toBe('message-1');
    expect(second?.body).toBe(first?.body);
  });

  it('gets an id that no header can be made of', async () => {
    await sender.send(target(), { ...message(alert()), id: 'x\r\nEvil: 1 ü😀\ud800' });
    const { headers } = receiver.requests[0]!;
    expect(headers).not.toHaveProperty('evil');
    expect(headers['idempotency-key']).toBe('x%0D%0AEvil:%201%20%C3%BC%F0%9F%98%80%EF%BF%BD');
  });

  it('carries 5,000 alerts at once', async () => {
    await sender.send(target(), storm(5000));
    expect(WebhookBody.parse(JSON.parse(receiver.requests[0]?.body ?? '')).alerts).toHaveLength(5000);
  });
});

describe('a signature', () => {
  const body = '{"a":1}';
  const header = signatureHeader(body, SECRET, NOW);

  it.each([
    ['is trusted', header, { body, secret: SECRET, now: NOW }, undefined],
    ['is trusted five minutes later', header, { body, secret: SECRET, now: NOW + 299_000 }, undefined],
    ['is a replay after that', header, { body, secret: SECRET, now: NOW + 301_000 }, /5 min/],
    ['is not trusted from the future', header, { body, secret: SECRET, now: NOW - 302_000 }, /5 min/],
    ['is not trusted with another body', header, { body: '{"a":2}', secret: SECRET, now: NOW }, /another/],
    [
      'is not trusted with another secret',
      header,
      { body, secret: 'another-secret-of-16', now: NOW },
      /another/,
    ],
    [
      'is not trusted with another time',
      header.replace(/^t=\d/, 't=2'),
      { body, secret: SECRET, now: NOW },
      /another/,
    ],
    ['is missing', undefined, { body, secret: SECRET, now: NOW }, /no signature/],
    ['is no signature', 't=1,v1=zz', { body, secret: SECRET, now: NOW }, /no signature/],
  ])('%s', (_, given, over, problem) => {
    const found = signatureProblem(given, over);
    if (problem === undefined) expect(found).toBeUndefined();
    else expect(found).toMatch(problem);
  });
});
