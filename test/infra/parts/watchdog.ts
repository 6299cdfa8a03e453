import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { Template } from 'aws-cdk-lib/assertions';
import { z } from 'zod';
import { METRICS } from '../../../functions/adapters/metrics.ts';
import { EVERYTHING, MANY_ACCOUNTS, SHOP, resources, sourceStackOf, synthesize, Text } from '../stack.ts';

const template = synthesize(EVERYTHING);

const Alarm = z.object({
  AlarmName: z.string(),
  MetricName: z.string(),
  Namespace: z.string(),
  Statistic: z.string(),
  Period: z.number(),
  Dimensions: z.array(z.object({ Name: z.string(), Value: Text })),
  ComparisonOperator: z.string(),
  Threshold: z.number(),
  EvaluationPeriods: z.number(),
  TreatMissingData: z.string(),
  AlarmActions: z.array(Text).optional(),
  OKActions: z.array(Text).optional(),
  AlarmDescription: z.string(),
});

const alarms = [...resources(template, 'AWS::CloudWatch::Alarm', Alarm).values()];
const named = new Map(alarms.map((alarm) => [alarm.AlarmName.replace('Overdue-', ''), alarm]));

const AT_ONCE = { Threshold: 1, EvaluationPeriods: 1, Period: 300, TreatMissingData: 'notBreaching' };
const MORE = 'GreaterThanOrEqualToThreshold';
const FEWER = 'LessThanThreshold';

describe('alarms', () => {
  it('watch every queue of dead letters', () => {
    const dead = [...resources(template, 'AWS::SQS::Queue', z.unknown()).keys()].filter((id) =>
      /DeadLetters\w{8}$/.test(id),
    );
    const watched = alarms
      .filter(({ MetricName }) => MetricName === 'ApproximateNumberOfMessagesVisible')
      .map(({ Dimensions, ...alarm }) => {
        expect(alarm).toMatchObject({ ...AT_ONCE, ComparisonOperator: MORE, Statistic: 'Maximum' });
        return Dimensions[0]!.Value;
      });
    expect(watched.sort()).toEqual(dead.map((id) => `<${id}.QueueName>`).sort());
  });

  it.each([
    ['CheckerFailed', 'ExecutionsFailed', /^<CheckerMachine/],
    ['CheckerTimedOut', 'ExecutionsTimedOut', /^<CheckerMachine/],
    ['BreachesFailed', 'ExecutionsFailed', /^<BreachesMachine/],
    ['SchedulesDropped', 'InvocationDroppedCount', /^Overdue-Schedules-Group/],
    ['SchedulesThrottled', 'InvocationThrottleCount', /^Overdue-Schedules-Group/],
    ['SchedulesRefused', 'TargetErrorCount', /^Overdue-Schedules-Group/],
    ['SchedulesLost', 'InvocationsFailedToBeSentToDeadLetterCount', /^Overdue-Schedules-Group/],
    ['AlertsGivenUp', METRICS.givenUp, /^Overdue$/],
  ])('%s begins with the first of %s', (name, metric, of) => {
    expect(named.get(name)).toMatchObject({
      ...AT_ONCE,
      MetricName: metric,
      Statistic: 'Sum',
      ComparisonOperator: MORE,
      Dimensions: [{ Value: expect.stringMatching(of) }],
    });
  });

  it('say when the sweep is missing, and take silence for missing', () => {
    expect(named.get('SweepMissing')).toMatchObject({
      MetricName: 'ExecutionsSucceeded',
      Dimensions: [{ Value: expect.stringMatching(/^<SweepMachine/) }],
      ComparisonOperator: FEWER,
      Threshold: 1,
      EvaluationPeriods: 3,
      Period: 300,
      TreatMissingData: 'breaching',
    });
  });

  it('say when no alert of the canary has arrived for a day, counted by SNS', () => {
    expect(named.get('CanaryMissing')).toMatchObject({
      Namespace: 'AWS/SNS',
      MetricName: 'NumberOfMessagesPublished',
      Statistic: 'Sum',
      Dimensions: [{ Name: 'TopicName', Value: expect.stringMatching(/^<CanaryTopic\w+\.TopicName>$/) }],
      ComparisonOperator: FEWER,
      Threshold: 1,
      EvaluationPeriods: 1,
      Period: 86_400,
      TreatMissingData: 'breaching',
    });
  });

  it('say when something waits for longer than three sweeps', () => {
    expect(named.get('WorkUndone')).toMatchObject({
      Namespace: 'Overdue',
      MetricName: METRICS.oldestUndone,
      Statistic: 'Maximum',
      Threshold: 900,
      ComparisonOperator: MORE,
      Dimensions: [{ Name: 'service', Value: 'Overdue' }],
    });
  });

  it('say when events wait, and not because a single one fails three times', () => {
    expect(named.get('EventsWaiting')).toMatchObject({
      Namespace: 'AWS/SQS',
      MetricName: 'ApproximateAgeOfOldestMessage',
      Statistic: 'Maximum',
      Dimensions: [
        { Name: 'QueueName', Value: expect.stringMatching(/^<EvidenceEventsQueue\w+\.QueueName>$/) },
      ],
      Threshold: 900,
      ComparisonOperator: MORE,
      EvaluationPeriods: 2,
      Period: 300,
    });
  });

  it('say when the API fails', () => {
    expect(named.get('ApiFailing')).toMatchObject({
      Namespace: 'AWS/ApiGateway',
      MetricName: '5xx',
      Threshold: 5,
    });
  });

  it('but for the sweep and the canary are silent while nothing happens', () => {
    const breaching = [...named].filter(([, { TreatMissingData }]) => TreatMissingData !== 'notBreaching');
    expect(breaching.map(([name]) => name).sort()).toEqual(['CanaryMissing', 'SweepMissing']);
  });

  it('tell the configured topic when they begin and when they end', () => {
    const topic = [EVERYTHING['overdue:alarmTopic']];
    expect(alarms.map(({ AlarmActions, OKActions }) => [AlarmActions, OKActions])).toEqual(
      alarms.map(() => [topic, topic]),
    );
  });
});

/** The alarms of a source account. */
const atSource = [
  ...resources(
    Template.fromStack(sourceStackOf(MANY_ACCOUNTS, SHOP.account)),
    'AWS::CloudWatch::Alarm',
    Alarm.pick({ AlarmName: true }),
  ).values(),
].map(({ AlarmName }) => AlarmName.slice(AlarmName.lastIndexOf('-') + 1));

describe('the runbook', () => {
  const chapters = readFileSync(`${import.meta.dirname}/../../../docs/runbook.md`, 'utf8')
    .split(/^## /m)
    .slice(1)
    .map((chapter) => [chapter.slice(0, chapter.indexOf('\n')), chapter] as const);

  it('has a chapter for every alarm, and none for others', () => {
    expect(chapters.map(([name]) => name).sort()).toEqual([...named.keys(), ...atSource].sort());
  });

  it.each(chapters)('tells of %s what it is, how to look, and what to do', (_name, chapter) => {
    const parts = [...chapter.matchAll(/^\*\*(\w+)\.\*\* (\S.*)$/gm)].map(([, part, text = '']) => [
      part,
      text.length > 20,
    ]);
    expect(parts).toEqual([
      ['Description', true],
      ['Investigation', true],
      ['Resolution', true],
    ]);
  });

  it('is what the alarms refer to', () => {
    for (const [name, { AlarmDescription }] of named)
      expect(AlarmDescription).toContain(`See docs/runbook.md#${name.toLowerCase()}`);
  });
});

describe('the dashboard', () => {
  const Dashboard = z.object({ DashboardBody: Text });
  const [board] = [...resources(template, 'AWS::CloudWatch::Dashboard', Dashboard).values()];

  it('shows every metric that the functions write', () => {
    const missing = Object.values(METRICS).filter((metric) => !board?.DashboardBody.includes(`"${metric}"`));
    expect(missing).toEqual([]);
  });

  it('shows every alarm', () => {
    expect(board?.DashboardBody.match(/<Watchdog\w+\.Arn>/g)).toHaveLength(alarms.length);
  });
});

describe('without a dashboard, which an operator may have enough of', () => {
  const without = synthesize({ 'overdue:dashboard': 'false' });

  it('there is none, and no output that leads to it', () => {
    expect(Object.keys(without.findResources('AWS::CloudWatch::Dashboard'))).toEqual([]);
    expect(Object.keys(without.findOutputs('*'))).not.toContain('DashboardUrl');
  });

  it('alarms and saved queries are as with one', () => {
    const count = (type: string) => Object.keys(without.findResources(type)).length;
    expect(count('AWS::CloudWatch::Alarm')).toBe(alarms.length);
    expect(count('AWS::Logs::QueryDefinition')).toBe(4);
  });
});

describe('saved queries', () => {
  const Query = z.object({ Name: Text, QueryString: z.string(), LogGroupNames: z.array(Text) });

  it('search the logs of all functions', () => {
    const queries = [...resources(template, 'AWS::Logs::QueryDefinition', Query).values()];
    const functions = resources(template, 'AWS::Lambda::Function', z.unknown());
    expect(queries.map(({ Name }) => Name)).toEqual([
      '<AWS::StackName>/Life of one deadline',
      '<AWS::StackName>/Errors and warnings',
      '<AWS::StackName>/Deliveries that fail, by channel',
      '<AWS::StackName>/What sweeps repaired',
    ]);
    for (const { LogGroupNames } of queries) expect(LogGroupNames).toHaveLength(functions.size);
  });

  it('are left out when the operator does not want them', () => {
    const without = synthesize({ 'overdue:savedQueries': 'false' });
    expect(resources(without, 'AWS::Logs::QueryDefinition', Query).size).toBe(0);
  });
});
