import { beforeEach, describe, expect, it } from '@jest/globals';
import { keepCanary, CANARY_TEAM } from '../../functions/app/canary.ts';
import { DAY } from '../../functions/core/time.ts';
import { Driver } from '../support/drive.ts';
import { MemoryWorld } from '../support/memory-context.ts';

const TOPIC = 'arn:aws:sns:eu-central-1:123456789012:canary';

let world: MemoryWorld;

beforeEach(() => {
  world = new MemoryWorld({ now: '2026-11-21T05:00:00Z' });
});

function opened(): unknown[] {
  return world.senders.sent.flatMap(({ target, message }) =>
    message.alerts.filter(({ type }) => type === 'opened').map(() => target),
  );
}

describe('the canary', () => {
  it('is missed twice a day, and each time an alert goes to its topic', async () => {
    await keepCanary(world.ctx, TOPIC);
    await new Driver(world).until('2026-11-24T05:00:01Z');
    expect(opened()).toEqual(Array.from({ length: 6 }, () => ({ type: 'sns', topicArn: TOPIC })));
  });

  it('leaves no day of 24 hours without an alert, after the first', async () => {
    await keepCanary(world.ctx, TOPIC);
    await new Driver(world).until('2026-11-24T05:00:01Z');
    const at = world.deadlines.all().flatMap(({ breach }) => (breach ? [breach.openedAt] : []));
    const gaps = at.sort().map((one, index) => one - (at[index - 1] ?? one));
    expect(Math.max(...gaps)).toBeLessThan(DAY);
  });

  it('is registered once, however often', async () => {
    await keepCanary(world.ctx, TOPIC);
    await keepCanary(world.ctx, TOPIC);
    const { items } = await world.registrations.list(CANARY_TEAM, { limit: 10 });
    expect(items.map(({ id, revision }) => [id, revision])).toEqual([['never-met', 1]]);
  });

  it('is repaired when its channel was removed or leads elsewhere', async () => {
    await keepCanary(world.ctx, TOPIC);
    await world.channels.remove(CANARY_TEAM, 'canary');
    await keepCanary(world.ctx, `${TOPIC}2`);
    expect(await world.channels.get(CANARY_TEAM, 'canary')).toMatchObject({
      target: { topicArn: `${TOPIC}2` },
    });
  });
});
