import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { SFNClient } from '@aws-sdk/client-sfn';
import { stepFunctionsLifecycles } from '../../functions/adapters/lifecycles.ts';
import { nameOf } from '../../functions/adapters/names.ts';
import type { Lifecycles } from '../../functions/app/ports.ts';
import { clientOf, recordingServer, refusal, type Answer, type RecordingServer } from './recording-server.ts';

const ARN = 'arn:aws:states:us-east-1:123456789012:stateMachine:breach';
const REF = { team: 'data', expectation: 'orders', occurrence: '2026-11-21T06:00', rev: 1 };

let server: RecordingServer;
let client: SFNClient;
let answers: Answer[];
let lifecycles: Lifecycles;

beforeAll(async () => {
  server = await recordingServer(() => answers.shift() ?? { body: { executionArn: 'arn', startDate: 1 } });
  client = new SFNClient({ ...clientOf(server), disableHostPrefix: true });
  lifecycles = stepFunctionsLifecycles(client, ARN);
});
afterAll(async () => {
  client.destroy();
  await server.close();
});
beforeEach(() => {
  answers = [];
  server.requests.length = 0;
});

const sent = () =>
  server.requests.map(({ target, body }) => [target, JSON.parse(body) as Record<string, unknown>]);

test('a lifecycle is an execution named after its deadline and generation', async () => {
  await lifecycles.start({ ...REF, more: 'than a reference' } as typeof REF, 3);
  expect(sent()).toEqual([
    [
      'StartExecution',
      {
        stateMachineArn: ARN,
        name: `${nameOf(REF)}-3`,
        input: JSON.stringify({ deadline: REF, generation: 3 }),
      },
    ],
  ]);
});

test('a lifecycle that was started before is no fault', async () => {
  answers = [refusal('ExecutionAlreadyExists')];
  await lifecycles.start(REF, 1);
  expect(sent()).toHaveLength(1);
});

test('a lifecycle that cannot be started is a fault', async () => {
  answers = [refusal('ExecutionLimitExceeded')];
  await expect(lifecycles.start(REF, 1)).rejects.toThrow('ExecutionLimitExceeded happened');
});

test('waking sends the token back', async () => {
  await lifecycles.wake('token');
  expect(sent()).toEqual([['SendTaskSuccess', { taskToken: 'token', output: '{}' }]]);
});

test.each(['TaskDoesNotExist', 'TaskTimedOut', 'InvalidToken'])(
  'waking too late (%s) is no fault',
  async (type) => {
    answers = [refusal(type)];
    await lifecycles.wake('token');
    expect(sent()).toHaveLength(1);
  },
);

test('waking that is refused for another reason is a fault', async () => {
  answers = [refusal('AccessDeniedException')];
  await expect(lifecycles.wake('token')).rejects.toThrow('AccessDeniedException happened');
});
