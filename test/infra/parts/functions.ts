import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { EVERYTHING, SHUT_IN, definitionOf, resources, synthesize, Text } from '../stack.ts';

const template = synthesize(EVERYTHING);

const Function = z.object({
  Runtime: z.string(),
  Architectures: z.array(z.string()),
  Role: Text,
  Timeout: z.int(),
  MemorySize: z.int(),
  LoggingConfig: z.looseObject({ LogGroup: Text }),
  TracingConfig: z.unknown(),
  Environment: z.object({ Variables: z.record(z.string(), Text) }),
  RecursiveLoop: z.string().optional(),
});

const functions = [...resources(template, 'AWS::Lambda::Function', Function)].map(
  ([id, properties]) => [id.replace(/Function[0-9A-F]{8}$/, ''), properties] as const,
);
const byName = new Map(functions);

it('there is one function for each handler', () => {
  expect([...byName.keys()].sort()).toEqual([
    'AlertsNotifier',
    'ApiHandler',
    'BreachesAdvance',
    'BreachesAwaitArrival',
    'CanaryKeeper',
    'CheckerCheck',
    'CheckerPlan',
    'EvidenceRecorder',
    'SweepHeartbeat',
    'SweepSweeper',
  ]);
});

describe.each(functions)(
  '%s',
  (name, { Runtime, Architectures, Role, LoggingConfig, TracingConfig, Environment }) => {
    it('runs on Node 24 on arm64, traced', () => {
      expect([Runtime, Architectures, TracingConfig]).toEqual(['nodejs24.x', ['arm64'], { Mode: 'Active' }]);
    });

    it('has a role of its own', () => {
      expect(Role).toMatch(new RegExp(`^<${name}Role`));
      expect(functions.filter(([, other]) => other.Role === Role)).toHaveLength(1);
    });

    it('logs to a group of its own that forgets', () => {
      const groups = resources(template, 'AWS::Logs::LogGroup', z.object({ RetentionInDays: z.int() }));
      expect(groups.get(LoggingConfig.LogGroup.replace(/[<>]/g, ''))?.RetentionInDays).toBe(90);
    });

    it('pays for no lines of Lambda itself but those of failures', () => {
      expect(LoggingConfig).toMatchObject({ LogFormat: 'JSON', SystemLogLevel: 'WARN' });
    });

    it('knows the table, and where stack traces come from', () => {
      expect(Environment.Variables).toMatchObject({
        OVERDUE_TABLE: expect.stringMatching(/^<Table\w+>$/),
        NODE_OPTIONS: '--enable-source-maps',
      });
    });
  },
);

const Mapping = z.object({
  EventSourceArn: Text,
  FunctionName: Text,
  FunctionResponseTypes: z.array(z.string()),
});
const Queue = z.object({ VisibilityTimeout: z.int().optional() });

/** The function behind a queue, and how long its messages are hidden. */
function behindQueue(queue: string) {
  const queues = resources(template, 'AWS::SQS::Queue', Queue);
  const mappings = [...resources(template, 'AWS::Lambda::EventSourceMapping', Mapping).values()];
  const mapping = mappings.find(({ EventSourceArn }) => EventSourceArn.startsWith(`<${queue}`))!;
  const { VisibilityTimeout } = queues.get(mapping.EventSourceArn.slice(1, -'.Arn>'.length))!;
  const name = mapping.FunctionName.slice(1).replace(/Function[0-9A-F]{8}>$/, '');
  return {
    visibility: VisibilityTimeout!,
    called: byName.get(name)!,
    answers: mapping.FunctionResponseTypes,
  };
}

describe('queues', () => {
  it.each(['EvidenceEventsQueue', 'AlertsNudgesQueue'])(
    '%s takes back only the records that failed',
    (queue) => {
      expect(behindQueue(queue).answers).toEqual(['ReportBatchItemFailures']);
    },
  );

  it('hide an event for six times as long as it can be worked on', () => {
    const { visibility, called } = behindQueue('EvidenceEventsQueue');
    expect(visibility).toBeGreaterThanOrEqual(6 * called.Timeout);
  });

  it('show a nudge again soon, but not while it is worked on', () => {
    const { visibility, called } = behindQueue('AlertsNudgesQueue');
    expect(visibility).toBeGreaterThan(called.Timeout);
    expect(visibility).toBeLessThanOrEqual(120);
  });
});

it('the notifier may nudge itself for as long as a channel is down', () => {
  expect(byName.get('AlertsNotifier')?.RecursiveLoop).toBe('Allow');
});

it('the API answers before API Gateway gives up', () => {
  expect(byName.get('ApiHandler')?.Timeout).toBeLessThan(30);
});

const TASKS = z.object({
  States: z.record(
    z.string(),
    z.looseObject({
      TimeoutSeconds: z.int().optional(),
      Parameters: z.looseObject({ FunctionName: z.string().optional() }).optional(),
      ItemProcessor: z.unknown().optional(),
    }),
  ),
});

describe('functions in state machines end before the machine stops waiting for them', () => {
  const waits = ['checker', 'breach', 'sweep'].flatMap((machine) => waitsOf(definitionOf(machine)));

  it.each(waits)('%s', (placeholder, seconds) => {
    const substitutions = resources(
      template,
      'AWS::StepFunctions::StateMachine',
      z.object({ DefinitionSubstitutions: z.record(z.string(), Text) }),
    );
    const arn = [...substitutions.values()]
      .map((one) => one.DefinitionSubstitutions[placeholder])
      .find(Boolean)!;
    const called = byName.get(arn.slice(1).replace(/Function[0-9A-F]{8}\.Arn>$/, ''))!;
    expect(called.Timeout).toBeLessThan(seconds);
  });
});

function waitsOf(definition: unknown): [string, number][] {
  return Object.values(TASKS.parse(definition).States).flatMap((state): [string, number][] => {
    if (state.ItemProcessor !== undefined) return waitsOf(state.ItemProcessor);
    const placeholder = state.Parameters?.FunctionName?.slice(2, -1);
    return placeholder !== undefined && state.TimeoutSeconds !== undefined
      ? [[placeholder, state.TimeoutSeconds]]
      : [];
  });
}

describe('in a VPC', () => {
  const InVpc = z.object({
    VpcConfig: z.object({ SubnetIds: z.array(z.string()), SecurityGroupIds: z.array(z.string()) }).optional(),
  });
  const vpcs = (config: Record<string, unknown>) =>
    [...resources(synthesize(config), 'AWS::Lambda::Function', InVpc).values()].map(
      ({ VpcConfig }) => VpcConfig,
    );

  it('are all functions, or none', () => {
    const shutIn = {
      SubnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
      SecurityGroupIds: ['sg-0123456789abcdef0'],
    };
    expect(vpcs(SHUT_IN)).toEqual(functions.map(() => shutIn));
    expect(vpcs(EVERYTHING)).toEqual(functions.map(() => undefined));
  });
});
