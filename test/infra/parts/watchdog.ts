import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { EVERYTHING, resources, synthesize, Text } from '../stack.ts';

const template = synthesize(EVERYTHING);

const Alarm = z.object({
  MetricName: z.string(),
  Namespace: z.string(),
  Dimensions: z.array(z.object({ Name: z.string(), Value: Text })),
  ComparisonOperator: z.string(),
  Threshold: z.number(),
  TreatMissingData: z.string(),
  AlarmActions: z.array(Text).optional(),
  OKActions: z.array(Text).optional(),
  AlarmDescription: z.string(),
});

const alarms = [...resources(template, 'AWS::CloudWatch::Alarm', Alarm).values()];

function alarmsOn(metric: string) {
  return alarms.filter(({ MetricName }) => MetricName === metric);
}

describe('alarms', () => {
  it('watch every queue of dead letters', () => {
    const dead = [...resources(template, 'AWS::SQS::Queue', z.unknown()).keys()].filter((id) =>
      /DeadLetters\w{8}$/.test(id),
    );
    const watched = alarmsOn('ApproximateNumberOfMessagesVisible').map(
      ({ Dimensions }) => Dimensions[0]!.Value,
    );
    expect(watched.sort()).toEqual(dead.map((id) => `<${id}.QueueName>`).sort());
  });

  it('say when checks fail', () => {
    expect(alarmsOn('ExecutionsFailed')).toContainEqual(
      expect.objectContaining({
        Dimensions: [{ Name: 'StateMachineArn', Value: expect.stringMatching(/^<CheckerMachine/) }],
      }),
    );
  });

  it('say when the sweep is missing, and take silence for missing', () => {
    expect(alarmsOn('ExecutionsSucceeded')).toMatchObject([
      {
        Dimensions: [{ Name: 'StateMachineArn', Value: expect.stringMatching(/^<SweepMachine/) }],
        ComparisonOperator: 'LessThanThreshold',
        Threshold: 1,
        TreatMissingData: 'breaching',
      },
    ]);
  });

  it('say when a schedule was given up, of either group', () => {
    expect(alarmsOn('InvocationDroppedCount').map(({ Dimensions }) => Dimensions)).toEqual([
      [{ Name: 'ScheduleGroup', Value: expect.stringMatching(/^Overdue-Schedules-Group/) }],
      [{ Name: 'ScheduleGroup', Value: expect.stringMatching(/^Overdue-Sweep-Schedules-Group/) }],
    ]);
  });

  it('but for the missing sweep are silent while nothing happens', () => {
    const breaching = alarms.filter(({ TreatMissingData }) => TreatMissingData !== 'notBreaching');
    expect(breaching.map(({ MetricName }) => MetricName)).toEqual(['ExecutionsSucceeded']);
  });

  it('tell the configured topic when they begin and when they end', () => {
    const topic = [EVERYTHING['overdue:alarmTopic']];
    expect(alarms.map(({ AlarmActions, OKActions }) => [AlarmActions, OKActions])).toEqual(
      alarms.map(() => [topic, topic]),
    );
  });
});
