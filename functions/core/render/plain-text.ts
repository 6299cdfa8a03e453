import type { Message } from '../alert.ts';
import { detailsOf } from './details.ts';
import { entriesOf, type Entry } from './entry.ts';
import { headlineOf } from './headline.ts';
import { layOut, type Limits } from './layout.ts';
import { andMore, summaryOf } from './summary.ts';

/** 60,000 code units are at most 180,000 bytes of UTF-8: below the 256 KB of SNS. */
const LIMITS: Limits = { details: 20, entries: 100, size: 60_000 };
const LABEL_WIDTH = 'Expectation: '.length;

/** The message for readers of plain text: the text part of e-mails, and SNS. Lines end in `\n`. */
export function plainText(message: Message): string {
  const entries = entriesOf(message);
  const summary = summaryOf(entries, message);
  const [only] = entries;
  if (only && entries.length === 1) return `${summary}\n\n${detailLines(only, '')}\n`;
  const { details, lines, left } = layOut(entries, LIMITS, {
    detail: (entry, index) => `${index + 1}. ${headlineOf(entry)}\n${detailLines(entry, '   ')}`,
    line: (entry, index) => `${index + 1}. ${headlineOf(entry)}`,
  });
  const more = left > 0 ? [andMore(left, entries)] : [];
  const list = lines.length > 0 ? [lines.join('\n')] : [];
  return `${[summary, ...details, ...list, ...more].join('\n\n')}\n`;
}

/** The first line of the message, as subject of an e-mail: at most 200 characters. */
export function subjectLine(message: Message): string {
  const summary = summaryOf(entriesOf(message), message);
  return summary.length <= 200 ? summary : `${summary.slice(0, 199).replace(/[\ud800-\udbff]$/, '')}…`;
}

function detailLines(entry: Entry, indent: string): string {
  return detailsOf(entry)
    .map(({ label, value }) => `${indent}${`${label}: `.padEnd(LABEL_WIDTH)}${value}`)
    .join('\n');
}
