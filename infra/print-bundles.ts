import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleInto, bytesAtStart } from './bundles.ts';

/** Prints how much each function loads before its first call. */
const folder = mkdtempSync(join(tmpdir(), 'overdue-bundles-'));
try {
  for (const [entry, bytes] of bytesAtStart(bundleInto(folder)))
    console.log(`${entry.padEnd(16)} ${(bytes / 1_000_000).toFixed(2)} MB`);
} finally {
  rmSync(folder, { recursive: true });
}
