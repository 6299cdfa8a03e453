import type { Template } from 'aws-cdk-lib/assertions';
import { functionOf, permissions } from './policies.ts';

const LOOKS_AT_RUNS =
  /^(states|glue|emr-serverless|batch|ecs|codebuild|redshift-data):(List|Describe|Get|BatchGet)/;
const WHY_RUNS = 'looks at runs of jobs';

/** What a permission is on, for people, and what for: the first that fits both. */
const MEANINGS: { on: RegExp; actions: RegExp; resource: string; why: string }[] = [
  { on: /Log\w{8}\.Arn>$/, actions: /^logs:/, resource: 'its log', why: 'writes its log' },
  { on: /^\*$/, actions: /^xray:/, resource: 'everything: traces have no names', why: 'is traced' },
  {
    on: /^\*$/,
    actions: /^logs:/,
    resource: 'everything: the delivery of logs has no names',
    why: 'Step Functions sets up its log',
  },
  { on: /^<Table\w+\.Arn>$/, actions: /^dynamodb:/, resource: 'the table', why: 'items of all kinds' },
  { on: /index\/todo$/, actions: /^dynamodb:/, resource: 'index `todo`', why: 'finds what was left undone' },
  { on: /index\/byTeam$/, actions: /^dynamodb:/, resource: 'index `byTeam`', why: 'lists what a team has' },
  { on: /index\/byTime$/, actions: /^dynamodb:/, resource: 'index `byTime`', why: 'lists breaches by time' },
  { on: /index\/open$/, actions: /^dynamodb:/, resource: 'index `open`', why: 'lists open breaches' },
  {
    on: /:schedule\//,
    actions: /^scheduler:/,
    resource: 'schedules of the deadlines',
    why: 'makes, moves and removes the timers of deadlines',
  },
  {
    on: /^<SchedulesRole/,
    actions: /^iam:/,
    resource: 'the role of these schedules',
    why: 'gives it to them, to EventBridge Scheduler only',
  },
  {
    on: /:Overdue-breach$/,
    actions: /StartExecution$/,
    resource: 'state machine `breach`',
    why: 'begins the life of a breach',
  },
  {
    on: /:Overdue-breach$/,
    actions: /SendTaskSuccess$/,
    resource: 'state machine `breach`',
    why: 'wakes a breach that waits',
  },
  {
    on: /:Overdue-(checker|sweep)$/,
    actions: /StartExecution$/,
    resource: 'its state machine',
    why: 'starts it at the time',
  },
  {
    on: /:s3:::/,
    actions: /^s3:/,
    resource: 'the configured buckets',
    why: 'looks what is there; reads no object',
  },
  {
    on: /:role\/Overdue-look-/,
    actions: /^sts:/,
    resource: 'the roles for looks of source accounts',
    why: 'looks into their buckets, and at runs of their jobs',
  },
  {
    on: /:(stateMachine|execution):\*$/,
    actions: LOOKS_AT_RUNS,
    resource: 'all state machines',
    why: WHY_RUNS,
  },
  { on: /:glue:.*:job\/\*$/, actions: LOOKS_AT_RUNS, resource: 'all Glue jobs', why: WHY_RUNS },
  {
    on: /:emr-serverless:.*\/applications\/\*$/,
    actions: LOOKS_AT_RUNS,
    resource: 'all applications of EMR Serverless',
    why: WHY_RUNS,
  },
  { on: /:ecs:.*:task\/\*$/, actions: LOOKS_AT_RUNS, resource: 'all ECS tasks', why: WHY_RUNS },
  {
    on: /:codebuild:.*:project\/\*$/,
    actions: LOOKS_AT_RUNS,
    resource: 'all CodeBuild projects',
    why: WHY_RUNS,
  },
  {
    on: /^\*$/,
    actions: /^ecs:ListTasks$/,
    resource: 'everything in clusters of this account and Region',
    why: WHY_RUNS,
  },
  {
    on: /^\*$/,
    actions: LOOKS_AT_RUNS,
    resource: 'everything: these actions take no names',
    why: WHY_RUNS,
  },
  {
    on: /NudgesQueue/,
    actions: /SendMessage$/,
    resource: 'the queue of nudges',
    why: 'says that a channel has something to send',
  },
  { on: /Queue\w{8}\.Arn>$/, actions: /^sqs:/, resource: 'its queue', why: 'reads it' },
  {
    on: /DeadLetters/,
    actions: /^sqs:/,
    resource: 'its dead letters',
    why: 'keeps what was given up',
  },
  {
    on: /:sns:|CanaryTopic/,
    actions: /^sns:/,
    resource: "the configured topics and the canary's",
    why: 'sends alerts',
  },
  {
    on: /:ses:/,
    actions: /^ses:/,
    resource: 'the identity of the sender and its configuration set',
    why: 'sends mail, from one address',
  },
  {
    on: /BootstrapKey/,
    actions: /^secretsmanager:/,
    resource: 'the secret of the first key',
    why: 'compares it',
  },
  { on: /Function\w{8}\.Arn>$/, actions: /^lambda:/, resource: 'its functions', why: 'calls them' },
];

/**
 * The page of who may do what, without the widths of its columns.
 * @throws TypeError for a permission that nothing here explains
 */
export function permissionsPage(template: Template): string {
  const all = permissions(template);
  const chapters = [...new Set(all.map(functionOf))].map((name) => {
    const rows = new Map<string, Set<string>>();
    for (const { action, resource } of all.filter((one) => functionOf(one) === name)) {
      const meaning = MEANINGS.find(({ on, actions }) => on.test(resource) && actions.test(action));
      if (!meaning) throw new TypeError(`nothing tells why ${name} may ${action} on ${resource}`);
      const row = `${meaning.resource} | ${meaning.why} |`;
      rows.set(row, (rows.get(row) ?? new Set()).add(`\`${action}\``));
    }
    const lines = [...rows].map(([row, actions]) => `| ${[...actions].sort().join(', ')} | ${row}`);
    return [`## ${name}`, '', '| may | on | why |', '| --- | --- | --- |', ...lines, ''].join('\n');
  });
  return `${HEAD}\n${chapters.join('\n')}`;
}

const HEAD = `# Permissions

Written by \`npm run permissions\` from the template, with everything configured: buckets, jobs, mail, topics, source accounts. A test fails when this page is not what the template says. Another one ([least-privilege.test.ts](../test/infra/least-privilege.test.ts)) works out, from the code, which calls each function can come to, and fails when its role lacks one or has one more.

Each function, state machine and group of schedules has a role of its own; the chapters are named after them. Nobody may scan the table or change it, and nobody may read an object, or start, stop or change a job. Runs of jobs are listed and described only; of which services, \`overdue:jobSources\` says. The roles of source accounts are in [many-accounts.md](many-accounts.md#who-may-do-what).

In a VPC each function may also make and remove its network interfaces (\`ec2:…NetworkInterface…\`, on everything: they have no names beforehand). With a key of yours for the table, each function that uses the table may use the key, through DynamoDB only.
`;
