import {
  ExecutionAlreadyExists,
  InvalidToken,
  SendTaskSuccessCommand,
  type SFNClient,
  StartExecutionCommand,
  TaskDoesNotExist,
  TaskTimedOut,
} from '@aws-sdk/client-sfn';
import type { Lifecycles } from '../app/ports.ts';
import { nameOf } from './names.ts';

/** Executions of the breach state machine; the name makes a second start of the same generation harmless. */
export function stepFunctionsLifecycles(client: SFNClient, stateMachineArn: string): Lifecycles {
  return {
    async start({ team, expectation, occurrence, rev }, generation) {
      const deadline = { team, expectation, occurrence, rev };
      const command = new StartExecutionCommand({
        stateMachineArn,
        name: `${nameOf(deadline)}-${generation}`,
        input: JSON.stringify({ deadline, generation }),
      });
      try {
        await client.send(command);
      } catch (error) {
        if (!(error instanceof ExecutionAlreadyExists)) throw error;
      }
    },
    async wake(taskToken) {
      try {
        await client.send(new SendTaskSuccessCommand({ taskToken, output: '{}' }));
      } catch (error) {
        if (!isTooLate(error)) throw error;
      }
    },
  };
}

/** Nobody waits for the token any more: it timed out, its execution ended, or a restart lost it. */
function isTooLate(error: unknown): boolean {
  return error instanceof TaskDoesNotExist || error instanceof TaskTimedOut || error instanceof InvalidToken;
}
