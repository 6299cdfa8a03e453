import { z } from 'zod';
import { closest } from '../functions/core/guess.ts';
import { DEFAULT_RATES } from '../functions/handlers/api/callers.ts';

const PORT = 'must be a port from 0 to 65535 (0 takes a free one)';

const Port = z
  .string()
  .regex(/^\d{1,5}$/, PORT)
  .transform(Number)
  .refine((port) => port <= 65_535, PORT);

const List = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);

const Rate = z
  .string()
  .regex(/^\d{1,6}(\.\d{1,3})?$/, 'must be a number such as 100 or 0.5; 0 is no limit')
  .transform(Number);

const LEVELS = ['DEBUG', 'INFO', 'WARN', 'ERROR'] as const;

const Environment = z.object({
  OVERDUE_DATA: z.string().default('.overdue'),
  OVERDUE_HOST: z.string().default('127.0.0.1'),
  OVERDUE_PORT: Port.default(8484),
  OVERDUE_AWS_PORT: Port.default(4566),
  OVERDUE_PUBLIC_URL: z.url({ protocol: /^https?$/, error: 'must be an http or https address' }).optional(),
  // The sink, and no other port: a channel must not reach the AWS endpoint of this machine, which asks for no key.
  OVERDUE_ALLOWED_WEBHOOK_HOSTS: List.default(['localhost:9099', '127.0.0.1:9099']),
  OVERDUE_SMTP_URL: z.url({ protocol: /^smtps?$/, error: 'must be an smtp or smtps address' }).optional(),
  OVERDUE_MAIL_FROM: z
    .string()
    .regex(/@/, 'must be an e-mail address, with or without a name before it in <>')
    .default('overdue@localhost'),
  OVERDUE_HEARTBEAT_URL: z
    .url({ protocol: /^https?$/, error: 'must be an http or https address' })
    .optional(),
  OVERDUE_LOG_LEVEL: z
    .string()
    .toUpperCase()
    .pipe(z.enum(LEVELS, { error: `must be one of ${LEVELS.join(', ')}` }))
    .default('WARN'),
  OVERDUE_REQUESTS_PER_SECOND: Rate.default(DEFAULT_RATES.requests),
  OVERDUE_CHECK_INS_PER_SECOND: Rate.default(DEFAULT_RATES.checkIns),
});

/** How the one-machine service runs. */
export interface Options {
  /** Folder of all data. */
  data: string;
  host: string;
  /** Of the API; 0 takes a free one. */
  port: number;
  /** Of the AWS endpoint; 0 takes a free one. */
  awsPort: number;
  publicUrl: string | undefined;
  allowedWebhookHosts: string[];
  smtpUrl: string | undefined;
  mailFrom: string;
  /** Of a monitor elsewhere that is told after each good sweep. */
  heartbeatUrl: string | undefined;
  logLevel: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';
  /** Requests a second of one API key, check-ins a second by one address; 0 is no limit. */
  rates: { requests: number; checkIns: number };
}

/** A setting that cannot be used; the message names it, what was given and what is allowed. */
export class OptionError extends Error {
  override name = 'OptionError';
}

/** Reads the settings of the one-machine service; an empty one counts as not set. @throws OptionError */
export function readOptions(environment: Readonly<Record<string, string | undefined>>): Options {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([name, value]) => name.startsWith('OVERDUE_') && value !== ''),
  );
  const unknown = Object.keys(given).filter((name) => !(name in Environment.shape));
  const parsed = Environment.safeParse(given);
  if (!parsed.success || unknown.length > 0) {
    const faults = parsed.error?.issues ?? [];
    throw new OptionError(
      [...faults.map((fault) => describe(fault, given)), ...unknown.map(unknownName)].join('; '),
    );
  }
  const { data } = parsed;
  return {
    data: data.OVERDUE_DATA,
    host: data.OVERDUE_HOST,
    port: data.OVERDUE_PORT,
    awsPort: data.OVERDUE_AWS_PORT,
    publicUrl: data.OVERDUE_PUBLIC_URL?.replace(/\/$/, ''),
    allowedWebhookHosts: data.OVERDUE_ALLOWED_WEBHOOK_HOSTS,
    smtpUrl: data.OVERDUE_SMTP_URL,
    mailFrom: data.OVERDUE_MAIL_FROM,
    heartbeatUrl: data.OVERDUE_HEARTBEAT_URL,
    logLevel: data.OVERDUE_LOG_LEVEL,
    rates: { requests: data.OVERDUE_REQUESTS_PER_SECOND, checkIns: data.OVERDUE_CHECK_INS_PER_SECOND },
  };
}

function describe(
  { path, message }: z.core.$ZodIssue,
  given: Readonly<Record<string, string | undefined>>,
): string {
  const name = String(path[0]);
  return `${name}=${given[name] ?? ''}: ${message}`;
}

function unknownName(name: string): string {
  const guess = closest(name, Object.keys(Environment.shape));
  return `${name} is not a setting${guess === undefined ? '' : `; did you mean ${guess}?`}`;
}

export function processEnvironment(): NodeJS.ProcessEnv {
  // eslint-disable-next-line no-restricted-properties -- the one place of the one-machine service that reads it
  return process.env;
}

/**
 * Points the AWS SDK of this process at the embedded services, by its standard variables. A variable of one service
 * that is set stays (`AWS_ENDPOINT_URL_S3`): that service is the real one, or another emulator. The variable for all
 * services does not: people export it to talk to this very endpoint, and a second start would then work in the first
 * one's table.
 * @param direct services that are reached without the one endpoint before them
 */
export function pointAwsAt(endpoint: string, direct: Readonly<Record<string, string>>): void {
  const environment = processEnvironment();
  environment['AWS_ENDPOINT_URL'] = endpoint;
  for (const [service, url] of Object.entries(direct)) {
    environment[`AWS_ENDPOINT_URL_${service.toUpperCase()}`] ??= url;
  }
  environment['AWS_REGION'] ??= 'us-east-1';
  environment['AWS_ACCESS_KEY_ID'] ??= 'local';
  environment['AWS_SECRET_ACCESS_KEY'] ??= 'local';
  environment['AWS_EC2_METADATA_DISABLED'] = 'true';
}
