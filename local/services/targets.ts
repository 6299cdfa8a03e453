import type { Invoke } from './lambda.ts';
import type { Delivery } from './scheduler.ts';
import type { StepFunctions } from './step-functions.ts';

/**
 * Delivers to a state machine (accepted when the execution is started) or to a function (when it has run, as nothing
 * else would repeat it after a crash). Rejects with what the target answered.
 */
export function createTargets(
  stepFunctions: Pick<StepFunctions, 'startExecution'>,
  invoke: Invoke,
): (delivery: Delivery) => Promise<void> {
  return async ({ targetArn, input }) => {
    if (targetArn.startsWith('arn:aws:states:'))
      stepFunctions.startExecution({ stateMachineArn: targetArn, input });
    else await invoke(targetArn, input);
  };
}
