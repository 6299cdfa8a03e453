import { CHAPTERS } from './chapters.ts';
import type { Clause, Differences } from './contract.ts';
import { DIFFERENCES } from './differences.ts';

const NAMES = Object.keys(DIFFERENCES) as (keyof typeof DIFFERENCES)[];

const ALL: Readonly<Record<string, Differences>> = DIFFERENCES;

/** The differences as two tables in Markdown: how many by service, and each of them. */
export function report(): string {
  return [table(['service', 'clauses', ...NAMES], counts()), table(HEADINGS, each())].join('\n\n');
}

const HEADINGS = ['service', 'what AWS documents', ...NAMES];

function counts(): string[][] {
  const rows = CHAPTERS.map(({ service, clauses }) => [
    ...[service, String(clauses.length)],
    ...NAMES.map((name) => kept(clauses, name)),
  ]);
  const clauses = CHAPTERS.flatMap((chapter) => chapter.clauses);
  return [...rows, ['all', String(clauses.length), ...NAMES.map((name) => kept(clauses, name))]];
}

function kept(clauses: readonly Clause[], name: string): string {
  return `${clauses.filter(({ id }) => !(id in ALL[name]!)).length} kept`;
}

function each(): string[][] {
  return CHAPTERS.flatMap(({ service, clauses }) =>
    clauses
      .filter(({ id }) => NAMES.some((name) => id in ALL[name]!))
      .map(({ id, says, source }) => [
        ...[service, `[${says.replaceAll('*', String.raw`\*`)}](${source})`],
        ...NAMES.map((name) => ALL[name]![id]?.instead ?? 'so too'),
      ]),
  );
}

function table(headings: readonly string[], rows: readonly string[][]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(headings), line(headings.map(() => '---')), ...rows.map(line)].join('\n');
}
