import { describe, expect, it } from '@jest/globals';
import { channelSender } from '../../../functions/adapters/channels/index.ts';
import type { ChannelTarget } from '../../../functions/core/channel.ts';
import { alert, message } from '../../core/render/alerts.ts';

const bare = channelSender({ allowedHosts: ['hooks.internal:8080'] });
const full = channelSender({
  allowedHosts: [],
  mail: { from: 'overdue@example.com', transport: { send: () => Promise.resolve({ refused: [] }) } },
  sns: () => {
    throw new Error('not asked for a client before there is something to send');
  },
});

const email: ChannelTarget = { type: 'email', to: ['ops@example.com'] };
const sns: ChannelTarget = { type: 'sns', topicArn: 'arn:aws:sns:eu-central-1:000000000000:alerts' };

describe('the problem of a channel', () => {
  it.each<[ChannelTarget, string]>([
    [
      { type: 'webhook', url: 'http://example.com/' },
      'url must begin with https:// (http is for hosts that the deployment allows)',
    ],
    [
      { type: 'slack', url: 'https://127.0.0.1/' },
      'url must not name a private or local address that the deployment does not allow',
    ],
    [email, 'this deployment sends no e-mail'],
    [sns, 'this deployment has no SNS'],
  ])('%#: is told at registration', (target, problem) => {
    expect(bare.problem(target)).toBe(problem);
  });

  it.each<ChannelTarget>([{ type: 'webhook', url: 'https://example.com/' }, email, sns])(
    'is none where the deployment has what it takes: $type',
    (target) => {
      expect(full.problem(target)).toBeUndefined();
    },
  );

  it('is none for hosts that the deployment allows', () => {
    expect(bare.problem({ type: 'webhook', url: 'http://hooks.internal:8080/x' })).toBeUndefined();
  });

  it.each([email, sns])('is a failed delivery for a channel from before: $type', async (target) => {
    await expect(bare.send(target, message(alert()))).rejects.toMatchObject({ name: 'DeliveryFailed' });
  });
});
