import { existsSync } from 'node:fs';
import { OptionError, processEnvironment, readOptions, type Options } from './options.ts';
import { startOverdue, type Overdue } from './overdue.ts';
import { adminKeyFile } from './first-admin-key.ts';

/** Starts the service and keeps it running until it is told to stop; a fault that a person can mend is one line. */
async function main(): Promise<void> {
  const [given] = process.argv.slice(2);
  if (given !== undefined) {
    throw new OptionError(
      `${given}: there are no arguments; set variables such as OVERDUE_PORT=8485 instead`,
    );
  }
  const options = readOptions(processEnvironment());
  const overdue = await startOverdue(options);
  console.log(banner(overdue));
  const stop = () => {
    console.log('Stopping.');
    process.off('SIGINT', stop).off('SIGTERM', stop);
    void overdue.close().then(() => {
      console.log('Stopped.');
      process.exit(0);
    }, fail);
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
}

function banner({ api, aws, data, adminKey }: Overdue): string {
  const file = adminKeyFile(data);
  const kept = existsSync(file) ? `in ${file}` : `made at the first start; ${file} is gone`;
  const key = adminKey === undefined ? kept : `${adminKey}   (also in ${file})`;
  return [
    'Overdue',
    `  API            ${api}`,
    `  API page       ${api}/docs`,
    `  AWS endpoint   ${aws}   (S3, EventBridge and all else: AWS_ENDPOINT_URL=${aws})`,
    `  Data           ${data}`,
    `  Admin key      ${key}`,
    'Ready. Ctrl-C stops.',
  ].join('\n');
}

function fail(error: unknown): never {
  console.error(`overdue: ${sentence(error)}`);
  process.exit(1);
}

function sentence(error: unknown): string {
  if (error instanceof OptionError) return error.message;
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && error.code === 'EADDRINUSE')
    return taken('port' in error ? Number(error.port) : undefined);
  if ('code' in error && (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND'))
    return `OVERDUE_HOST=${readOptions(processEnvironment()).host}: must be an address of this machine, such as 127.0.0.1 or 0.0.0.0`;
  if ('code' in error && error.code === 'LEVEL_DATABASE_NOT_OPEN')
    return 'another Overdue uses the same OVERDUE_DATA';
  return error.stack ?? error.message;
}

function taken(port: number | undefined): string {
  const options: Options = readOptions(processEnvironment());
  const name = port === options.awsPort ? 'OVERDUE_AWS_PORT' : 'OVERDUE_PORT';
  return `port ${port ?? '?'} is taken: set ${name} to another one (0 takes a free one)`;
}

main().catch(fail);
