import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { z } from 'zod';
import { JobSource } from './job-events.ts';
import { AccountId, Bucket, RegionName, SourceList } from './sources.ts';

const PREFIX = 'overdue:';

const TopicArn = z
  .string()
  .regex(/^arn:aws[\w-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}$/, 'must be the ARN of an SNS topic');

const CertificateArn = z
  .string()
  .regex(/^arn:aws[\w-]*:acm:[a-z0-9-]+:\d{12}:certificate\/\S+$/, 'must be the ARN of a certificate in ACM');

const KeyArn = z
  .string()
  .regex(/^arn:aws[\w-]*:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/, 'must be the ARN of a key in KMS');

const MailFrom = z
  .string()
  .regex(
    /^(.*<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)$/,
    'must be an address: Overdue <overdue@example.com>',
  );

const DAYS = Object.values(RetentionDays).filter((days) => typeof days === 'number');

const LogRetention = z.preprocess(
  (given) => (typeof given === 'string' ? Number(given) : given),
  z.enum(RetentionDays, `must be one of ${DAYS.join(', ')}`),
);

/** On the command line everything is text. */
const Flag = z.preprocess(
  (given) => (given === 'true' ? true : given === 'false' ? false : given),
  z.boolean('must be true or false'),
);

/** On the command line a list is its elements with commas between. */
function listOf<Element extends z.ZodType>(element: Element, without: z.output<Element>[] = []) {
  return z
    .preprocess((given) => (typeof given === 'string' ? splitList(given) : given), z.array(element))
    .default(without);
}

/** On the command line a structure is JSON; what is none is told by the schema. */
const Sources = z.preprocess(
  (given) => (typeof given === 'string' ? parsedOrAsItIs(given) : given),
  SourceList.default([]),
);

const Settings = z.strictObject({
  /** Several deployments in one account and Region have different names. */
  stackName: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9-]{0,39}$/, 'must be up to 40 letters, digits and hyphens')
    .default('Overdue'),
  /** Where it is deployed. Without: where the credentials and the Region of the command line are. */
  account: AccountId.optional(),
  region: RegionName.optional(),
  /** Other accounts and Regions, each with a stack of its own: see docs/many-accounts.md. */
  sourceAccounts: Sources,
  /** Under which address people reach the API, when neither API Gateway's nor domainName is it. */
  publicUrl: z
    .url({ protocol: /^https$/, error: 'must be an https address' })
    .transform((url) => url.replace(/\/+$/, ''))
    .optional(),
  /** A domain of yours for the API, with its certificate in the same Region. Its DNS record is yours to make. */
  domainName: z.hostname().optional(),
  certificateArn: CertificateArn.optional(),
  /** Requests a second that API Gateway lets through; more are answered 429. None: what the account's quota lets. */
  apiRequestsPerSecond: z.coerce.number().int().min(1, 'must be 1 at least').optional(),
  /** Buckets that Overdue may list and hears of: names, or beginnings with a *. None: no file can be expected. */
  buckets: listOf(Bucket),
  /** Services of this account and Region whose jobs are heard of, and may be asked about. */
  jobSources: listOf(JobSource, JobSource.options),
  /** Hosts (or host:port) that web hooks may reach although they are private or without TLS. */
  allowedWebhookHosts: listOf(z.string().regex(/^[^\s,/]+$/, 'must be a host or host:port')),
  /** The sender of e-mail, by SES. None: no e-mail. */
  mailFrom: MailFrom.optional(),
  /** The identity of SES that the sender belongs to, when it is not the domain of the address. */
  mailIdentity: z.string().min(1).optional(),
  /** The identity's default configuration set in SES, when it has one. */
  mailConfigurationSet: z
    .string()
    .regex(/^[\w-]{1,64}$/, 'must be the name of a configuration set')
    .optional(),
  /** Topics that alerts may be published to. */
  snsTopics: listOf(TopicArn),
  /** A topic that is told when Overdue itself is in trouble. None: its alarms show on the console only. */
  alarmTopic: TopicArn.optional(),
  /** A monitor elsewhere that is told, by GET, of every sweep that left nothing undone. */
  heartbeatUrl: z.url({ protocol: /^https$/, error: 'must be an https address' }).optional(),
  /** For how many days what is over is kept in the table. None: for ever. An expectation may look back three years. */
  historyDays: z.coerce.number().int().min(1100, 'must be 1100 at least').optional(),
  /** How long logs are kept. */
  logRetentionDays: LogRetention.default(RetentionDays.THREE_MONTHS),
  /** Whether there is a dashboard. The first three of an account are free. */
  dashboard: Flag.default(true),
  /** Whether Logs Insights offers the queries of the dashboard, and more. */
  savedQueries: Flag.default(true),
  /** A table that was restored from a backup, instead of the stack's own: see docs/operating.md. */
  restoredTable: z
    .string()
    .regex(/^[\w.-]{3,255}$/, 'must be the name of a table')
    .optional(),
  /** To how many days back the table can be restored to any second. 0: to none. */
  restoreDays: z.coerce.number().int().min(0).max(35, 'must be 35 at most').default(35),
  /** A key of yours in KMS for the table, instead of DynamoDB's own. */
  tableKeyArn: KeyArn.optional(),
  /** The VPC that the functions run in, when they must: by its subnets, and what those may reach. */
  subnetIds: listOf(z.string().regex(/^subnet-[0-9a-f]{8,17}$/, 'must be the id of a subnet')),
  securityGroupIds: listOf(z.string().regex(/^sg-[0-9a-f]{8,17}$/, 'must be the id of a security group')),
  /** Whether the table outlives the stack. */
  removalPolicy: z.enum(['retain', 'destroy']).default('retain'),
});

/** Names of the settings, without `overdue:`. */
export const KEYS = Object.keys(Settings.shape);

const Consistent = Settings.refine(
  ({ domainName, certificateArn }) => (domainName === undefined) === (certificateArn === undefined),
  { path: ['domainName'], error: 'goes together with certificateArn' },
)
  .refine(({ subnetIds, securityGroupIds }) => (subnetIds.length === 0) === (securityGroupIds.length === 0), {
    path: ['subnetIds'],
    error: 'goes together with securityGroupIds',
  })
  .transform(({ logRetentionDays, removalPolicy, account, region, ...settings }, context) => ({
    ...settings,
    home: homeOf(account, region, neededBy(settings), context),
    logRetention: logRetentionDays,
    /** The table outlives the stack. */
    keep: removalPolicy === 'retain',
  }));

/** The account and Region that a deployment is for. */
export interface Home {
  account: string;
  region: string;
}

/** The name of a setting that only makes sense where it is known where the deployment is. */
function neededBy({
  sourceAccounts,
  tableKeyArn,
}: Pick<z.output<typeof Settings>, 'sourceAccounts' | 'tableKeyArn'>): string | undefined {
  if (sourceAccounts.length > 0) return 'sourceAccounts';
  return tableKeyArn === undefined ? undefined : 'tableKeyArn';
}

function homeOf(
  account: string | undefined,
  region: string | undefined,
  needed: string | undefined,
  context: z.RefinementCtx,
): Home | undefined {
  if (account !== undefined && region !== undefined) return { account, region };
  const issue = (key: string, message: string) => {
    context.addIssue({ code: 'custom', path: [key], message });
  };
  if (needed !== undefined) issue(needed, 'needs account and region');
  else if (account !== region) issue('account', 'goes together with region');
  return undefined;
}

/** Everything that an operator decides about a deployment. */
export type Config = z.output<typeof Consistent>;

/** The configuration is wrong; the message names every faulty key. */
export class InvalidConfig extends Error {
  override name = 'InvalidConfig';
}

/**
 * Reads the configuration from the context of CDK: `-c overdue:buckets=a,b`, or "overdue:buckets" in cdk.json.
 * @throws InvalidConfig
 */
export function readConfig(context: Readonly<Record<string, unknown>>): Config {
  const given = Object.entries(context).filter(([key]) => key.startsWith(PREFIX));
  const parsed = Consistent.safeParse(
    Object.fromEntries(given.map(([key, value]) => [key.slice(PREFIX.length), value])),
  );
  if (parsed.success) return parsed.data;
  const known = KEYS.map((key) => PREFIX + key);
  throw new InvalidConfig(
    `The context is wrong.\n${z.prettifyError(parsed.error)}\nThe keys are ${known.join(', ')}.`,
  );
}

function parsedOrAsItIs(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function splitList(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
