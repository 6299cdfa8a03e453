import { z } from 'zod';
import { run } from '../support/command.ts';

const Resources = z.object({
  StackResources: z.array(
    z.object({ LogicalResourceId: z.string(), ResourceType: z.string(), PhysicalResourceId: z.string() }),
  ),
});

/** An operator of the stack `Overdue` with the AWS CLI. */
export function operatorOf(env: NodeJS.ProcessEnv) {
  // For SQS the CLI goes by the address of the queue, whatever the environment says.
  const place = ['--endpoint-url', env['AWS_ENDPOINT_URL'] ?? '', '--output', 'json'];
  const aws = (...args: string[]) => run('aws', [...args, ...place], { env });
  /** What a command of the CLI answers. */
  const ask = async <T>(answer: z.ZodType<T>, ...args: string[]): Promise<T> =>
    answer.parse(JSON.parse(await aws(...args)));
  /** The physical name of a part of the stack, as docs/operating.md looks it up. */
  const part = async (beginning: string, type: string): Promise<string> => {
    const { StackResources } = await ask(
      Resources,
      ...['cloudformation', 'describe-stack-resources', '--stack-name', 'Overdue'],
    );
    const found = StackResources.filter(
      ({ LogicalResourceId, ResourceType }) =>
        LogicalResourceId.startsWith(beginning) && ResourceType === type,
    );
    const [only] = found;
    if (!only || found.length > 1) throw new Error(`${found.length} parts are a ${type} ${beginning}`);
    return only.PhysicalResourceId;
  };
  return { aws, ask, part };
}

export type Operator = ReturnType<typeof operatorOf>;
