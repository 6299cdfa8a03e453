import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { must, until } from '../e2e/client.ts';
import type { Deployment } from '../e2e/deployment.ts';
import type { Operator } from './operator.ts';

const PATH = '/v1/teams/overdue-canary';

const FROM_SNS = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Service: 'sns.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: '*',
    },
  ],
};

/** The expectation that is meant to be missed. Its twelve hours are not waited for. */
export function describeCanary(deployment: Deployment, { aws, ask, part }: Operator): void {
  describe('the canary', () => {
    let listener: string;

    beforeAll(async () => {
      const topic = await part('CanaryTopic', 'AWS::SNS::Topic');
      const { QueueUrl } = await ask(
        z.object({ QueueUrl: z.string() }),
        ...['sqs', 'create-queue', '--queue-name', 'canary-listener'],
        ...['--attributes', JSON.stringify({ Policy: JSON.stringify(FROM_SNS) })],
      );
      listener = QueueUrl;
      const arn = 'arn:aws:sqs:us-east-1:000000000000:canary-listener';
      const how = ['--protocol', 'sqs', '--notification-endpoint', arn];
      await aws('sns', 'subscribe', '--topic-arn', topic, ...how);
    });

    afterAll(() => aws('sqs', 'delete-queue', '--queue-url', listener));

    it('is registered by its keeper, with the rights of the keeper, and again is harmless', async () => {
      const keeper = await part('CanaryKeeperFunction', 'AWS::Lambda::Function');
      for (let times = 0; times < 2; times++) {
        const answer = await ask(
          z.looseObject({ StatusCode: z.literal(200) }),
          ...['lambda', 'invoke', '--function-name', keeper, '/dev/null'],
        );
        expect(answer).not.toHaveProperty('FunctionError');
      }
      const { items } = await must<{ items: { status: string }[] }>(
        deployment,
        'GET',
        `${PATH}/expectations/never-met/deadlines`,
      );
      expect(items.map(({ status }) => status)).toContain('pending');
    });

    it('is heard where its alerts must arrive', async () => {
      await must(deployment, 'POST', `${PATH}/channels/canary/test`);
      await until(
        'message of the canary',
        () => aws('sqs', 'receive-message', '--queue-url', listener),
        (received) => received.includes('overdue-canary'),
        deployment.patience,
      );
    });
  });
}
