import { z } from 'zod';

const Port = z.coerce.number('must be a number').int().min(0).max(65_535);

const List = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);

const Environment = z.object({
  OVERDUE_DATA: z.string().min(1).default('.overdue'),
  OVERDUE_HOST: z.string().min(1).default('127.0.0.1'),
  OVERDUE_PORT: Port.default(8484),
  OVERDUE_AWS_PORT: Port.default(4566),
  OVERDUE_PUBLIC_URL: z.url({ protocol: /^https?$/, error: 'must be an http or https address' }).optional(),
  OVERDUE_ALLOWED_WEBHOOK_HOSTS: List.default(['localhost', '127.0.0.1']),
  OVERDUE_SMTP_URL: z.url({ protocol: /^smtps?$/, error: 'must be an smtp or smtps address' }).optional(),
  OVERDUE_MAIL_FROM: z.string().min(3).default('overdue@localhost'),
  OVERDUE_LOG_LEVEL: z.enum(['DEBUG', 'INFO', 'WARN', 'ERROR']).default('WARN'),
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
  logLevel: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';
}

/** A setting that cannot be used; the message names it, what was given and what is allowed. */
export class OptionError extends Error {
  override name = 'OptionError';
}

/** Reads the settings of the one-machine service. @throws OptionError */
export function readOptions(environment: Readonly<Record<string, string | undefined>>): Options {
  const parsed = Environment.safeParse(environment);
  if (!parsed.success) {
    const lines = parsed.error.issues.map(({ path, message }) => {
      const name = String(path[0]);
      return `${name}=${environment[name] ?? ''}: ${message}`;
    });
    throw new OptionError(lines.join('; '));
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
    logLevel: data.OVERDUE_LOG_LEVEL,
  };
}

export function processEnvironment(): NodeJS.ProcessEnv {
  // eslint-disable-next-line no-restricted-properties -- the one place of the one-machine service that reads it
  return process.env;
}

/**
 * Points the AWS SDK of this process at the embedded services, by its standard variables. What is set already stays:
 * that service is the real one, or another emulator.
 * @param direct services that are reached without the one endpoint before them
 */
export function pointAwsAt(endpoint: string, direct: Readonly<Record<string, string>>): void {
  const environment = processEnvironment();
  const own = Object.entries(direct).map(
    ([service, url]) => [`AWS_ENDPOINT_URL_${service.toUpperCase()}`, url] as const,
  );
  const defaults: [string, string][] = [
    ['AWS_ENDPOINT_URL', endpoint],
    ['AWS_REGION', 'us-east-1'],
    ['AWS_ACCESS_KEY_ID', 'local'],
    ['AWS_SECRET_ACCESS_KEY', 'local'],
    ['AWS_EC2_METADATA_DISABLED', 'true'],
  ];
  const everywhere = environment['AWS_ENDPOINT_URL'] === undefined ? [...defaults, ...own] : defaults;
  for (const [name, value] of everywhere) environment[name] ??= value;
}
