import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { must, sleepUntil, until } from '../e2e/client.ts';
import type { Deployment } from '../e2e/deployment.ts';
import { setTheScene, type Scenario } from '../e2e/scenario.ts';
import type { Operator } from './operator.ts';

const TEAM = 'letters';
const QUEUE = 'AWS::SQS::Queue';
const BROKEN = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Deny', Action: 'dynamodb:PutItem', Resource: '*' }],
};

const Depth = z.object({ Attributes: z.object({ ApproximateNumberOfMessages: z.coerce.number() }) });
const Received = z.object({ Messages: z.array(z.object({ Body: z.string(), ReceiptHandle: z.string() })) });

/** Evidence that could not be recorded, and how an operator brings it back. */
export function describeDeadLetters(deployment: Deployment, { aws, ask, part }: Operator): void {
  describe('a recorder that may not write', () => {
    let scene: Scenario;
    let events: string;
    let letters: string;
    let role: string;

    const lying = async () => {
      const { Attributes } = await ask(
        Depth,
        ...['sqs', 'get-queue-attributes', '--queue-url', letters],
        ...['--attribute-names', 'ApproximateNumberOfMessages'],
      );
      return Attributes.ApproximateNumberOfMessages;
    };

    beforeAll(async () => {
      events = await part('EvidenceEventsQueue', QUEUE);
      letters = await part('EvidenceEventsDeadLetters', QUEUE);
      role = await part('EvidenceRecorderRole', 'AWS::IAM::Role');
      // Half an hour of attempts is too long for a test.
      await aws('sqs', 'set-queue-attributes', '--queue-url', events, '--attributes', 'VisibilityTimeout=1');
      scene = await setTheScene(deployment, TEAM, 25_000);
      await must(deployment, 'POST', '/v1/expectations', scene.file('unheard'));
      const policy = ['--policy-name', 'broken', '--policy-document', JSON.stringify(BROKEN)];
      await aws('iam', 'put-role-policy', '--role-name', role, ...policy);
    }, 120_000);

    afterAll(() => scene.close());

    it('leaves what it could not record among the dead letters, and no poison keeps others waiting', async () => {
      const key = `unheard/${new Date(scene.due).toISOString().slice(0, 10)}/a.csv`;
      await scene.put(key);
      await scene.move(key, 'done/a.csv');
      await aws('sqs', 'send-message', '--queue-url', events, '--message-body', 'this is no event');
      await until('two letters', lying, (count) => count === 2, deployment.patience);
    });

    it('makes a file that was moved meanwhile look missed', async () => {
      await sleepUntil(scene.due);
      await scene.breach('unheard', 'open');
    });

    it('has its letters recorded after a redrive, and the wrong alert is withdrawn', async () => {
      await aws('iam', 'delete-role-policy', '--role-name', role, '--policy-name', 'broken');
      // By hand: the emulator has no start-message-move-task.
      for (let left = await lying(); left > 0; left--) {
        const { Messages } = await ask(Received, 'sqs', 'receive-message', '--queue-url', letters);
        for (const { Body, ReceiptHandle } of Messages) {
          await aws('sqs', 'send-message', '--queue-url', events, '--message-body', Body);
          await aws('sqs', 'delete-message', '--queue-url', letters, '--receipt-handle', ReceiptHandle);
        }
      }
      await scene.breach('unheard', 'withdrawn');
      await until(
        'alert',
        () => scene.receiver.types('unheard'),
        (types) => types.includes('withdrawn'),
        deployment.patience,
      );
      expect(scene.receiver.types('unheard')).toEqual(['opened', 'withdrawn']);
    });

    it('has the poison among the dead letters again, and that alone', async () => {
      await until('the poison', lying, (count) => count === 1, deployment.patience);
    });
  });
}
