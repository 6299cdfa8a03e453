import { type ChildProcess, spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

const running = new Set<ChildProcess>();

process.once('exit', () => {
  for (const child of running) killGroup(child);
});

/** Starts a program with a process group of its own, which ends with this process at the latest. */
export function start(
  program: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; cwd?: string; output: 'pipe' | 'ignore' | number },
): ChildProcess {
  const { output, env = process.env, cwd } = options;
  const child = spawn(program, args, {
    ...{ env, detached: true, stdio: ['ignore', output, output] },
    ...(cwd === undefined ? {} : { cwd }),
  });
  running.add(child);
  child.once('close', () => running.delete(child));
  return child;
}

/** Ends the program and all that it started. */
export function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // All of them are gone.
  }
}

/**
 * Runs a program to its end.
 * @returns what it printed to its standard output
 * @throws Error with the end of what it printed, when it fails or takes longer than a minute, or than it was given
 */
export async function run(
  program: string,
  args: readonly string[],
  { withinMs = 60_000, ...options }: { env?: NodeJS.ProcessEnv; cwd?: string; withinMs?: number },
): Promise<string> {
  const child = start(program, args, { ...options, output: 'pipe' });
  const limit = { passed: false };
  const timer = setTimeout(() => {
    limit.passed = true;
    killGroup(child);
  }, withinMs);
  try {
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once('error', reject).once('close', resolve);
    });
    const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout!), text(child.stderr!)]);
    if (code === 0) return stdout;
    const why = limit.passed ? `took longer than ${withinMs / 1000} s` : `ended with ${code}`;
    throw new Error(`${[program, ...args].join(' ')} ${why}\n${(stdout + stderr).slice(-3000).trim()}`);
  } finally {
    clearTimeout(timer);
  }
}
