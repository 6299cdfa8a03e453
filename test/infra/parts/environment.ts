import { describe, expect, it } from '@jest/globals';
import type { Template } from 'aws-cdk-lib/assertions';
import { z } from 'zod';
import type { AwsClients } from '../../../functions/adapters/clients.ts';
import { awsContext } from '../../../functions/adapters/context.ts';
import { environmentOf } from '../../../functions/adapters/environment.ts';
import type { Context } from '../../../functions/app/ports.ts';
import { holders, permissions } from '../policies.ts';
import { EVERYTHING, MANY_ACCOUNTS, resources, synthesize, Text } from '../stack.ts';

const template = synthesize(EVERYTHING);
const functions = environments(template);

const deadline = { team: 'ops', expectation: 'orders', occurrence: '2026-11-21T06:00', rev: 1 };

/** What a function that may do something asks the ports for. */
const USES: [string, (ctx: Context) => Promise<unknown>][] = [
  ['dynamodb:GetItem', (ctx) => ctx.teams.get('ops')],
  ['scheduler:CreateSchedule', (ctx) => ctx.schedules.put(deadline, 0)],
  ['states:StartExecution', (ctx) => ctx.lifecycles.start(deadline, 1)],
  ['states:SendTaskSuccess', (ctx) => ctx.lifecycles.wake('token')],
  ['sqs:SendMessage', (ctx) => ctx.nudges.send('ops', ['mail'])],
  ['s3:ListBucket', (ctx) => ctx.objects.look('acme-landing', '*.csv', 0)],
];

describe.each(USES)('functions that may use %s', (action, use) => {
  const users = holders(permissions(template).filter((permission) => permission.action === action));

  it.each(users.filter((user) => functions.has(user)))('%s: know where it is', async (user) => {
    const { ctx, calls } = contextOf(user);
    await use(ctx);
    expect(calls.length).toBeGreaterThan(0);
  });
});

it('the recorder knows where its dead letters lie', () => {
  expect(functions.get('EvidenceRecorder')?.['OVERDUE_EVENT_DLQ_URL']).toMatch(
    /^<EvidenceEventsDeadLetters\w+>$/,
  );
});

describe('functions that tell people', () => {
  it.each(['ApiHandler', 'BreachesAdvance', 'CheckerCheck', 'EvidenceRecorder', 'SweepSweeper'])(
    '%s: know the address to put into the message',
    (user) => {
      expect(contextOf(user).ctx.publicUrl).toBe('https://overdue.example.com');
    },
  );

  it.each(['ApiHandler', 'AlertsNotifier', 'SweepSweeper'])('%s: know what channels there can be', (user) => {
    const { senders } = contextOf(user).ctx;
    expect(senders.problem({ type: 'email', to: ['ops@example.com'] })).toBeUndefined();
    expect(senders.problem({ type: 'webhook', url: 'http://10.0.0.5:9099/hook' })).toBeUndefined();
    expect(senders.problem({ type: 'webhook', url: 'http://10.0.0.6/hook' })).toBeDefined();
  });

  it.each([
    [{ 'overdue:jobSources': 'glue,batch' }, ['batch', 'custom', 'glue']],
    [{ 'overdue:jobSources': [] }, ['custom']],
    // Other accounts tell of these.
    [
      { ...MANY_ACCOUNTS, 'overdue:jobSources': 'ecs' },
      ['batch', 'custom', 'ecs', 'glue', 'lambda', 'stepfunctions'],
    ],
  ])('with %j: of which jobs is heard, API knows', (config, heard) => {
    const variables = environments(synthesize(config)).get('ApiHandler') ?? {};
    expect(variables['OVERDUE_JOB_SOURCES']?.split(',').toSorted()).toEqual(heard);
  });

  it('know that there is no mail when none is configured', () => {
    const variables = [...environments(synthesize()).values()].flatMap(Object.keys);
    expect(variables).not.toContain('OVERDUE_MAIL_FROM');
  });
});

/** The variables of the functions, by the functions' names. */
function environments(from: Template): Map<string, Record<string, string>> {
  const Function = z.object({ Environment: z.object({ Variables: z.record(z.string(), Text) }) });
  const found = resources(from, 'AWS::Lambda::Function', Function);
  return new Map(
    [...found].map(([id, { Environment }]) => [id.replace(/Function\w{8}$/, ''), Environment.Variables]),
  );
}

/** The context that the function composes; its calls to AWS answer that there is nothing. */
function contextOf(user: string): { ctx: Context; calls: unknown[] } {
  const calls: unknown[] = [];
  const client = () => ({ send: (command: unknown) => (calls.push(command), Promise.resolve({})) });
  const clients = {
    dynamodb: client,
    sfn: client,
    scheduler: client,
    s3: client,
    sqs: client,
    ses: client,
    sns: client,
  };
  return { ctx: awsContext(environmentOf(functions.get(user)!), clients as unknown as AwsClients), calls };
}
