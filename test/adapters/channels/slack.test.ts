import { afterEach, describe, expect, it } from '@jest/globals';
import { channelSender, DeliveryFailed } from '../../../functions/adapters/channels/index.ts';
import { slack } from '../../../functions/core/render/slack.ts';
import { alert, message } from '../../core/render/alerts.ts';
import { recorder, type Recorder } from './servers.ts';

let receiver: Recorder | undefined;
afterEach(() => receiver?.close());

const sender = channelSender({ allowedHosts: ['127.0.0.1'] });

describe('Slack', () => {
  it('is posted the blocks', async () => {
    receiver = await recorder();
    const url = `http://127.0.0.1:${receiver.port}/services/T0/B0/token`;
    await sender.send({ type: 'slack', url }, message(alert()));
    expect(JSON.parse(receiver.requests[0]?.body ?? '')).toEqual(slack(message(alert())));
    expect(receiver.requests[0]?.headers['content-type']).toMatch(/^application\/json/);
  });

  it('says what it does not take, without the token, and when to come back', async () => {
    receiver = await recorder((response, { url }) =>
      response.writeHead(429, { 'retry-after': '7' }).end(`rate_limited ${url}`),
    );
    const url = `http://127.0.0.1:${receiver.port}/services/T00000/B00000/tokentoken`;
    const failed = sender.send({ type: 'slack', url }, message(alert()));
    await expect(failed).rejects.toBeInstanceOf(DeliveryFailed);
    await expect(failed).rejects.toMatchObject({
      name: 'DeliveryFailed',
      message: '127.0.0.1 answered 429: rate_limited …',
      retryAfter: 7000,
    });
  });
});
