import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { killGroup, start } from './command.ts';
import { freePort } from './free-port.ts';
import { pythonPrograms } from './python.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** An emulator of AWS that runs. */
export interface Emulator {
  endpoint: string;
  /** For programs that work on it: endpoint and credentials of its root user, and its programs on the path. */
  env: NodeJS.ProcessEnv;
  /** Who signed its certificate, in PEM; undefined without TLS. */
  ca: string | undefined;
  /** What it and the functions in it logged. */
  log(): string;
  stop(): Promise<void>;
}

/** The programs that ministack needs, with the AWS CLI. @throws NotHere */
export function installMinistack(): Promise<string> {
  return pythonPrograms(join(import.meta.dirname, 'ministack.requirements.txt'));
}

/**
 * Starts ministack on a free port of 127.0.0.1, with the Node of this project for its functions.
 * @param programs where it was installed
 * @param strict whether it wants TLS and checks signatures and the policies of roles, as AWS does
 */
export async function startMinistack(programs: string, { strict }: { strict: boolean }): Promise<Emulator> {
  const folder = await mkdtemp(join(tmpdir(), 'overdue-ministack-'));
  const port = await freePort();
  const endpoint = `${strict ? 'https' : 'http'}://127.0.0.1:${port}`;
  const certificate = join(folder, 'ministack-tls', 'server.crt');
  const env = {
    ...clientEnvironment(endpoint),
    ...pathsWith(programs),
    ...(strict ? { NODE_EXTRA_CA_CERTS: certificate, AWS_CA_BUNDLE: certificate } : {}),
  };
  const logFile = join(folder, 'log');
  const output = openSync(logFile, 'w');
  const child = start(join(programs, 'ministack'), [], {
    output,
    env: {
      ...env,
      ...{ GATEWAY_PORT: String(port), BIND_HOST: '127.0.0.1', IOT_MTLS_ENABLED: '0' },
      ...{ TMPDIR: folder, STATE_DIR: join(folder, 'state'), S3_DATA_DIR: join(folder, 's3') },
      ...(strict ? { AUTH: 'true', USE_SSL: '1' } : {}),
    },
  });
  closeSync(output);
  const ended = once(child, 'close');
  const log = () => readFileSync(logFile, 'utf8');
  const stop = async () => {
    killGroup(child);
    await ended;
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  for (let tries = 0; !(await listens(port)); tries++) {
    if (child.exitCode !== null || tries > 150) {
      const printed = log();
      await stop();
      throw new Error(`ministack did not start:\n${printed.slice(-2000)}`);
    }
    await sleep(100);
  }
  const ca = strict && existsSync(certificate) ? readFileSync(certificate, 'utf8') : undefined;
  return { endpoint, env, ca, log, stop };
}

/** By the standard variables of SDK and CLI; nothing of the caller's own account may get in. */
function clientEnvironment(endpoint: string): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^(AWS|CDK|OVERDUE)_/.test(name));
  return {
    ...Object.fromEntries(own),
    ...{ AWS_ENDPOINT_URL: endpoint, AWS_ENDPOINT_URL_S3: endpoint },
    ...{ AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
    ...{ AWS_REGION: 'us-east-1', AWS_DEFAULT_REGION: 'us-east-1' },
    ...{ AWS_EC2_METADATA_DISABLED: 'true', AWS_CONFIG_FILE: '/dev/null' },
    ...{ AWS_SHARED_CREDENTIALS_FILE: '/dev/null', CI: '1' },
  };
}

function pathsWith(programs: string): NodeJS.ProcessEnv {
  const modules = join(ROOT, 'node_modules');
  return { PATH: [join(modules, '.bin'), programs, process.env['PATH']].join(':'), NODE_PATH: modules };
}

/** It listens once all of it is ready. */
async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
