import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { S3Client } from '@aws-sdk/client-s3';
import { sleep } from './client.ts';

/** The one-machine service as a process of its own, seen from outside only. */
export interface Service {
  pid: number;
  api: string;
  aws: string;
  s3: S3Client;
  /** Operator's key. */
  key: string;
  output: string[];
  /** SIGKILL, and wait until it is gone. */
  kill(): Promise<void>;
  /** SIGINT as by Ctrl-C, and wait until it is gone. @throws Error unless it says that it stopped */
  stop(): Promise<void>;
}

const running = new Set<ChildProcess>();

process.once('exit', () => {
  for (const child of running) signal(child, 'SIGKILL');
});

/** False when the whole group is gone. */
function signal({ pid }: ChildProcess, name: NodeJS.Signals | 0): boolean {
  try {
    return pid !== undefined && process.kill(-pid, name);
  } catch {
    return false;
  }
}

/** Starts the service on free ports, or on the ports of an earlier one, and waits until it answers. */
export async function startService(
  data: string,
  ports: { api?: string; aws?: string } = {},
  environment: Record<string, string> = {},
): Promise<Service> {
  const child = spawn('npm', ['start', '--silent'], {
    env: {
      ...baseEnvironment(),
      OVERDUE_DATA: data,
      OVERDUE_PORT: portOf(ports.api),
      OVERDUE_AWS_PORT: portOf(ports.aws),
      OVERDUE_ALLOWED_WEBHOOK_HOSTS: '127.0.0.1',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: signals reach npm and the service, as those of a terminal do.
    detached: true,
  });
  running.add(child);
  const exited = once(child, 'exit').finally(() => running.delete(child));
  const { api, aws, output } = await announced(child);
  const key = (await readFile(`${data}/admin-key`, 'utf8')).trim();
  const end = async (name: NodeJS.Signals) => {
    signal(child, name);
    await exited;
    while (signal(child, 0)) await sleep(20);
    s3.destroy();
  };
  const s3 = new S3Client({
    endpoint: aws,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  return {
    pid: child.pid ?? 0,
    api,
    aws,
    s3,
    key,
    output,
    kill: async () => {
      await end('SIGKILL');
    },
    stop: async () => {
      await end('SIGINT');
      if (!output.includes('Stopped.')) throw new Error(`it did not stop cleanly:\n${output.join('\n')}`);
    },
  };
}

function baseEnvironment(): Record<string, string> {
  const { PATH = '', HOME = '' } = process.env;
  return { PATH, HOME };
}

function portOf(url: string | undefined): string {
  return url === undefined ? '0' : new URL(url).port;
}

/** Reads the addresses out of what the service prints. */
async function announced(child: ChildProcess): Promise<{ api: string; aws: string; output: string[] }> {
  const output: string[] = [];
  const lines = (stream: NodeJS.ReadableStream) => createInterface({ input: stream });
  if (!child.stdout || !child.stderr) throw new Error('the service has no output');
  lines(child.stderr).on('line', (line) => output.push(line));
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => {
      reject(new Error(`the service ended with ${code} before it was ready:\n${output.join('\n')}`));
    });
    if (!child.stdout) return;
    lines(child.stdout).on('line', (line) => {
      output.push(line);
      const text = output.join('\n');
      const [, api] = /API\s+(http\S+)/.exec(text) ?? [];
      const [, aws] = /AWS endpoint\s+(http\S+)/.exec(text) ?? [];
      if (api && aws && text.includes('Ready')) resolve({ api, aws, output });
    });
  });
}
