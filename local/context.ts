import { awsContext } from '../functions/adapters/context.ts';
import { ENVIRONMENT, environmentOf } from '../functions/adapters/environment.ts';
import { nobodyToAsk } from '../functions/adapters/runs/index.ts';
import type { Context } from '../functions/app/ports.ts';
import { ACCOUNT, stateMachineArn } from './account.ts';
import type { Options } from './options.ts';

export const TABLE_NAME = 'overdue';
export const SCHEDULE_GROUP = 'overdue';

/** What the functions need of the world, configured by the same variables as on AWS. */
export function contextFor(
  { allowedWebhookHosts, logLevel, smtpUrl, mailFrom }: Options,
  { publicUrl, nudgeQueueUrl }: { publicUrl: string; nudgeQueueUrl: string },
): Context {
  const mail =
    smtpUrl === undefined ? {} : { [ENVIRONMENT.smtpUrl]: smtpUrl, [ENVIRONMENT.mailFrom]: mailFrom };
  const aws = awsContext(
    environmentOf({
      [ENVIRONMENT.table]: TABLE_NAME,
      [ENVIRONMENT.checkerArn]: stateMachineArn('checker'),
      [ENVIRONMENT.breachArn]: stateMachineArn('breach'),
      [ENVIRONMENT.scheduleGroup]: SCHEDULE_GROUP,
      [ENVIRONMENT.scheduleRoleArn]: `arn:aws:iam::${ACCOUNT}:role/overdue-scheduler`,
      [ENVIRONMENT.nudgeQueueUrl]: nudgeQueueUrl,
      [ENVIRONMENT.publicUrl]: publicUrl,
      [ENVIRONMENT.allowedWebhookHosts]: allowedWebhookHosts.join(','),
      [ENVIRONMENT.logLevel]: logLevel,
      ...mail,
    }),
  );
  // There are no services here that run jobs: what events tell of runs is all that is known.
  return { ...aws, runs: nobodyToAsk };
}
