import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { OptionError } from './options.ts';

/** Makes the folder of all data, for its owner only. @throws OptionError when it cannot be written to */
export function openDataFolder(path: string): string {
  const folder = resolve(path);
  const probe = join(folder, `.probe-${randomUUID()}`);
  try {
    // Node's recursive mkdir never ends where a folder cannot be made in an existing one, as in /proc.
    if (!existsSync(folder)) mkdirSync(folder, { recursive: !existsSync(dirname(folder)), mode: 0o700 });
    writeFileSync(probe, '');
    rmSync(probe);
    return folder;
  } catch (error) {
    const code =
      typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : String(error);
    throw new OptionError(`OVERDUE_DATA=${path}: must be a folder that can be written to (${code})`);
  }
}
