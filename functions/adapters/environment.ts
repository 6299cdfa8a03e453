/** Names of the variables that functions are configured by; infra and the one-machine service set them. */
export const ENVIRONMENT = {
  deployment: 'OVERDUE_DEPLOYMENT',
  table: 'OVERDUE_TABLE',
  /** How long what is over is kept; for ever when absent. */
  historyDays: 'OVERDUE_HISTORY_DAYS',
  checkerArn: 'OVERDUE_CHECKER_ARN',
  breachArn: 'OVERDUE_BREACH_ARN',
  scheduleGroup: 'OVERDUE_SCHEDULE_GROUP',
  scheduleRoleArn: 'OVERDUE_SCHEDULE_ROLE_ARN',
  scheduleDlqArn: 'OVERDUE_SCHEDULE_DLQ_ARN',
  /** Of the dead letters of the recorder. */
  eventDlqUrl: 'OVERDUE_EVENT_DLQ_URL',
  nudgeQueueUrl: 'OVERDUE_NUDGE_QUEUE_URL',
  publicUrl: 'OVERDUE_PUBLIC_URL',
  /** Services whose jobs are heard of; all when absent. */
  jobSources: 'OVERDUE_JOB_SOURCES',
  /** JSON, see readSources. */
  sources: 'OVERDUE_SOURCES',
  allowedWebhookHosts: 'OVERDUE_ALLOWED_WEBHOOK_HOSTS',
  mailFrom: 'OVERDUE_MAIL_FROM',
  smtpUrl: 'OVERDUE_SMTP_URL',
  canaryTopicArn: 'OVERDUE_CANARY_TOPIC_ARN',
  bootstrapKeySecretArn: 'OVERDUE_BOOTSTRAP_KEY_SECRET_ARN',
  heartbeatUrl: 'OVERDUE_HEARTBEAT_URL',
  logLevel: 'OVERDUE_LOG_LEVEL',
  requestsPerSecond: 'OVERDUE_REQUESTS_PER_SECOND',
  checkInsPerSecond: 'OVERDUE_CHECK_INS_PER_SECOND',
} as const;

export type EnvironmentKey = keyof typeof ENVIRONMENT;

/** The configuration of a function; what it was not given is undefined until it is asked for. */
export interface Environment {
  /** @throws MissingVariable */
  require(key: EnvironmentKey): string;
  optional(key: EnvironmentKey): string | undefined;
  /** A comma-separated list; empty when it was not given. */
  list(key: EnvironmentKey): string[];
  /** A number from 0 on. @throws MalformedVariable */
  amount(key: EnvironmentKey, fallback: number): number;
}

/** A variable is not what it must be. */
export class MalformedVariable extends Error {
  override name = 'MalformedVariable';
}

/** A function was deployed without a variable that it needs. */
export class MissingVariable extends Error {
  override name = 'MissingVariable';
}

/** Reads the environment of this process. Only this file does. */
export function readEnvironment(): Environment {
  // eslint-disable-next-line no-restricted-properties -- the one place that reads it
  return environmentOf(process.env);
}

/** Whether the SDK of this process finds S3 somewhere else than on AWS, by its own standard variables. */
export function hasOwnS3Endpoint(): boolean {
  // eslint-disable-next-line no-restricted-properties -- the one place that reads it
  const { AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL } = process.env;
  return Boolean(AWS_ENDPOINT_URL_S3 ?? AWS_ENDPOINT_URL);
}

/** The configuration that some variables make. */
export function environmentOf(given: Readonly<Record<string, string | undefined>>): Environment {
  const optional = (key: EnvironmentKey) => given[ENVIRONMENT[key]] || undefined;
  return {
    optional,
    require(key) {
      const value = optional(key);
      if (value === undefined)
        throw new MissingVariable(`the environment variable ${ENVIRONMENT[key]} is not set`);
      return value;
    },
    amount(key, fallback) {
      const text = optional(key);
      if (text === undefined) return fallback;
      if (/^\d{1,6}(\.\d{1,3})?$/.test(text)) return Number(text);
      throw new MalformedVariable(`${ENVIRONMENT[key]}=${text}: must be a number such as 100 or 0.5`);
    },
    list: (key) =>
      (optional(key) ?? '')
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== ''),
  };
}
