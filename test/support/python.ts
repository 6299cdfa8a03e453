import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { run } from './command.ts';

/** Something that a test needs cannot be had on this machine; the message says what and why. */
export class NotHere extends Error {
  override name = 'NotHere';
}

/** @throws NotHere when there is no such program, or it does not even tell its version */
export async function program(name: string): Promise<void> {
  try {
    await run(name, ['version'], {});
  } catch (error) {
    throw new NotHere(error instanceof Error ? error.message : String(error));
  }
}

/**
 * The programs of a file of pinned requirements, installed from the package index into a virtual environment, which is
 * kept in `~/.cache/overdue` for the next time.
 * @returns the folder with the programs @throws NotHere without Python 3.10, its venv module or the package index
 */
export async function pythonPrograms(requirements: string): Promise<string> {
  const hash = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const folder = join(homedir(), '.cache', 'overdue', `python-${hash}`);
  const complete = join(folder, 'complete');
  const bin = join(folder, 'bin');
  if (existsSync(complete)) return bin;
  await mkdir(folder, { recursive: true });
  try {
    await run('python3', ['-c', 'import sys; assert sys.version_info >= (3, 10), sys.version'], {});
    await run('python3', ['-m', 'venv', '--clear', folder], {});
    const options = ['--quiet', '--disable-pip-version-check', '--retries', '1', '--timeout', '20'];
    const install = ['install', ...options, '--requirement', requirements];
    await run(join(bin, 'pip'), install, { withinMs: 180_000 });
  } catch (error) {
    throw new NotHere(error instanceof Error ? error.message : String(error));
  }
  await writeFile(complete, '');
  return bin;
}
