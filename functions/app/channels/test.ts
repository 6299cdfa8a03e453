import type { Alert } from '../../core/alert.ts';
import { toIso } from '../../core/time.ts';
import type { Context } from '../ports.ts';
import { existingChannel } from './read.ts';

export interface TestResult {
  delivered: boolean;
  /** What went wrong, for people. */
  problem?: string;
}

/** Sends a test alert at once, past the queue. That it could not be delivered is an answer. @throws NotFound */
export async function testChannel(ctx: Context, team: string, name: string): Promise<TestResult> {
  const { target } = await existingChannel(ctx, team, name);
  const id = `test ${ctx.secrets.random(9)}`;
  try {
    await ctx.senders.send(target, { id, team, channel: name, alerts: [testAlert(ctx, id, team, name)] });
    return { delivered: true };
  } catch (error) {
    return { delivered: false, problem: error instanceof Error ? error.message : String(error) };
  }
}

function testAlert(ctx: Context, id: string, team: string, channel: string): Alert {
  const now = ctx.now();
  return {
    ...{ id, type: 'test', at: now, team, expectation: channel, title: `Channel ${channel}` },
    ...{ severity: 'low', occurrence: toIso(now), timezone: 'UTC', dueAt: now, limitAt: now },
    expected: 'nothing',
    seen: 'this test',
    link: `${ctx.publicUrl}/v1/teams/${team}/channels/${channel}`,
  };
}
