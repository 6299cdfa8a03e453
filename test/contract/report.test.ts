import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { CHAPTERS } from './chapters.ts';
import { DIFFERENCES } from './differences.ts';
import { report } from './report.ts';

const PAGE = join(import.meta.dirname, '..', '..', 'docs', 'emulators.md');

/** However wide the columns are. */
const plain = (text: string) => text.replaceAll(/-{3,}/g, '---').replaceAll(/ +/g, ' ');

const clauses = CHAPTERS.flatMap((chapter) => chapter.clauses);

describe('the contract', () => {
  it('names each clause once, and a page of AWS for it', () => {
    const ids = clauses.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)]);
    for (const { source } of clauses) expect(source).toMatch(/^https:\/\/docs\.aws\.amazon\.com\/\S+$/);
  });

  it.each(Object.entries(DIFFERENCES))('differs on %s only in clauses that exist', (_, differences) => {
    const ids = clauses.map(({ id }) => id);
    expect(Object.keys(differences).filter((id) => !ids.includes(id))).toEqual([]);
  });

  it('is shown with all differences in docs/emulators.md', () => {
    expect(plain(readFileSync(PAGE, 'utf8'))).toContain(plain(report()));
  });
});
