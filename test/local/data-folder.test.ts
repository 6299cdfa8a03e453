import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openDataFolder } from '../../local/data-folder.ts';

let parent: string;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'overdue-folder-'));
});

afterEach(() => {
  rmSync(parent, { recursive: true });
});

describe('the folder of all data', () => {
  it('is made with what is above it, for its owner only, and opened again', () => {
    const folder = join(parent, 'a', 'b');
    expect(openDataFolder(folder)).toBe(folder);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(openDataFolder(folder)).toBe(folder);
  });

  it('is refused in one line where it is a file', () => {
    const file = join(parent, 'file');
    writeFileSync(file, '');
    expect(() => openDataFolder(file)).toThrow(
      `OVERDUE_DATA=${file}: must be a folder that can be written to (ENOTDIR)`,
    );
  });

  it('is refused, and not tried for ever, where none can be made', () => {
    expect(() => openDataFolder('/proc/x')).toThrow(
      'OVERDUE_DATA=/proc/x: must be a folder that can be written to',
    );
  });
});
