import { CHAPTERS } from './chapters.ts';
import type { Chapter, Differences } from './contract.ts';
import { DIFFERENCES, NOT_ASKED, type TargetName } from './differences.ts';

const NAMES = Object.keys(DIFFERENCES) as TargetName[];

/** The differences as two tables in Markdown: how many clauses are kept by service, and what is not. */
export function report(): string {
  const differences = CHAPTERS.flatMap(differencesOf);
  return [
    table(['service', 'clauses', ...NAMES], counts()),
    table(['service', 'what AWS documents', ...NAMES], differences),
  ].join('\n\n');
}

function counts(): string[][] {
  const row = (title: string, chapters: readonly Chapter[]) => [
    ...[title, String(chapters.flatMap(({ clauses }) => clauses).length)],
    ...NAMES.map((name) => kept(chapters, name)),
  ];
  return [...CHAPTERS.map((chapter) => row(chapter.service, [chapter])), row('all', CHAPTERS)];
}

function kept(chapters: readonly Chapter[], name: TargetName): string {
  const asked = chapters.filter(({ service }) => isAsked(name, service)).flatMap(({ clauses }) => clauses);
  if (asked.length === 0) return 'not asked';
  return `${asked.filter(({ id }) => insteadOf(name, id) === undefined).length} of ${asked.length}`;
}

function differencesOf({ service, clauses }: Chapter): string[][] {
  return clauses
    .filter(({ id }) => NAMES.some((name) => insteadOf(name, id) !== undefined))
    .map(({ id, says, source }) => [
      ...[service, `[${says.replaceAll('*', String.raw`\*`)}](${source})`],
      ...NAMES.map((name) => (isAsked(name, service) ? (insteadOf(name, id) ?? 'so too') : 'not asked')),
    ]);
}

function isAsked(name: TargetName, service: string): boolean {
  return NOT_ASKED[name]?.includes(service) !== true;
}

function insteadOf(name: TargetName, id: string): string | undefined {
  const differences: Differences = DIFFERENCES[name];
  return differences[id]?.instead;
}

function table(headings: readonly string[], rows: readonly string[][]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(headings), line(headings.map(() => '---')), ...rows.map(line)].join('\n');
}
