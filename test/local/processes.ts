import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from './serve.ts';

/** Runs a script of this directory, which tells its URL on stdout, in a process that is to be killed. */
export async function startProcess(
  script: string,
  ...args: readonly string[]
): Promise<{ url: string; kill(): Promise<void> }> {
  const path = join(import.meta.dirname, script);
  const child = spawn(process.execPath, [path, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const url = await eventually(() => /http:\S+/.exec(output)?.[0], 10_000);
  return { url, kill: () => kill(child) };
}

async function kill(child: ChildProcess): Promise<void> {
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await exited;
}

/** The lines of a file that such a process appends to. */
export function readLines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').filter(Boolean);
  } catch {
    return [];
  }
}
