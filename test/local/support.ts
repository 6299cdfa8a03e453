import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Client settings that every service here accepts. */
export const anyone = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
};

const cleanups: (() => Promise<unknown> | undefined)[] = [];

/** Runs `cleanup` when the test is over, last come first served; see `cleanUp`. */
export function later(cleanup: () => Promise<unknown> | undefined): void {
  cleanups.push(cleanup);
}

/** For `afterEach`. */
export async function cleanUp(): Promise<void> {
  for (let cleanup = cleanups.pop(); cleanup; cleanup = cleanups.pop()) await cleanup();
}

/** @returns a new directory that is gone after the test */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'overdue-'));
  later(() => {
    rmSync(directory, { recursive: true, force: true });
    return undefined;
  });
  return directory;
}

/** Keeps a service for the length of the test. */
export async function started<Service extends { close(): Promise<void> }>(
  service: Promise<Service>,
): Promise<Service> {
  const running = await service;
  later(() => running.close());
  return running;
}

export interface Victim {
  /** The first line that it printed. */
  line: string;
  /** Sends SIGKILL and waits for the end. */
  kill(): Promise<void>;
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

/**
 * Runs module code in a process of its own that can be killed.
 *
 * @param source module code; prints one line when it is ready; imports absolute paths
 */
export async function victim(source: string): Promise<Victim> {
  const file = join(temporaryDirectory(), 'victim.mjs');
  writeFileSync(file, source);
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  later(() => killed(child));
  const lines = createInterface(child.stdout);
  const first: unknown[] = await Promise.race([once(lines, 'line'), once(lines, 'close')]);
  if (typeof first[0] !== 'string') throw new Error('the process ended before it was ready');
  return { line: first[0], kill: () => killed(child) };
}
