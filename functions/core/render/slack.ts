import type { Message } from '../alert.ts';
import { detailsOf, type Detail } from './details.ts';
import { entriesOf, toneOf, type Entry, type Tone } from './entry.ts';
import { headlineOf, headlineParts } from './headline.ts';
import { layOut, type Limits } from './layout.ts';
import { webAddress } from './line.ts';
import { andMore, summaryOf } from './summary.ts';

/** Slack takes 3000 characters in a section. */
const SECTION = 3000;
/** Slack takes 50 blocks and, undocumented, about 10,000 characters in all of them (slackapi/bolt-js#2867). */
const LIMITS: Limits = { details: 8, entries: 100, size: 7000 };
const FALLBACK = 2000;

/** A Block Kit block, of the kinds that Overdue uses. */
export interface SlackSection {
  type: 'section';
  text: { type: 'mrkdwn'; text: string; verbatim: true };
}

/** Body of a post to an incoming webhook. */
export interface SlackBody {
  /** Notifications, and clients that know no blocks (Mattermost and others) show this. */
  text: string;
  mrkdwn: false;
  unfurl_links: false;
  unfurl_media: false;
  blocks: SlackSection[];
}

const MARKS: Record<Tone, string> = { bad: '🔴', unknown: '🟡', good: '🟢', neutral: '⚪' };

/** The message as Slack's incoming webhooks take it. */
export function slack(message: Message): SlackBody {
  const entries = entriesOf(message);
  const { details, lines, left } = layOut(entries, LIMITS, { detail, line });
  const counts = entries.length === 1 ? [] : [`*${escapeSlack(summaryOf(entries, message), 500)}*`];
  const more = left > 0 ? [escapeSlack(andMore(left, entries), 300)] : [];
  return {
    text: fallback(entries, message),
    mrkdwn: false,
    unfurl_links: false,
    unfurl_media: false,
    blocks: [...counts, ...details, ...sections(lines), ...more].map(section),
  };
}

/** `&`, `<` and `>` are all that Slack wants escaped; at most `max` characters, and never half an escape. */
export function escapeSlack(text: string, max: number): string {
  const escapes: Partial<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
  let escaped = '';
  for (const character of text) {
    const next = escapes[character] ?? character;
    if (escaped.length + next.length > max - 1) return `${escaped}…`;
    escaped += next;
  }
  return escaped;
}

/** Text of others as it is: as code where Slack would take some of it for formatting (`orders-*.csv`). */
function literal(text: string, max: number): string {
  if (!/[*_~`]/.test(text)) return escapeSlack(text, max);
  return `\`${escapeSlack(text.replaceAll('`', "'"), max - 2)}\``;
}

function detail(entry: Entry): string {
  const { label, what } = headlineParts(entry);
  const rows = detailsOf(entry);
  const facts = rows.filter(({ href }) => href === undefined).map(fact);
  const links = rows.flatMap(link).join(' · ');
  const mark = MARKS[toneOf(entry.alert.type)];
  return [`${mark} *${label}* ${literal(what, 200)}`, ...facts, ...(links === '' ? [] : [links])].join('\n');
}

// Long enough for object keys, and the sum of all stays within a section.
const LONG_LABELS: ReadonlySet<string> = new Set(['Expected', 'Seen', 'Cause']);

function fact({ label, value }: Detail): string {
  return `${label}: ${literal(value, LONG_LABELS.has(label) ? 400 : 160)}`;
}

function link({ label, href }: Detail): string[] {
  if (href === undefined) return [];
  const url = href.replaceAll('&', '&amp;').replaceAll('|', '%7C');
  return url.length > 450 ? [`${label}: address too long for Slack`] : [`<${url}|${label}>`];
}

function line(entry: Entry): string {
  const { label, what, facts } = headlineParts(entry);
  const href = webAddress(entry.alert.link);
  const more = href === undefined ? [] : link({ label: 'details', value: href, href });
  const said = facts.map((fact) => literal(fact, 300)).join(', ');
  return [`${MARKS[toneOf(entry.alert.type)]} *${label}* ${literal(what, 200)} — ${said}`, ...more].join(' ');
}

/** Packs lines into as few sections as they need. */
function sections(lines: readonly string[]): string[] {
  const packed: string[] = [];
  for (const next of lines) {
    const last = packed.at(-1);
    if (last !== undefined && last.length + 1 + next.length <= SECTION)
      packed[packed.length - 1] = `${last}\n${next}`;
    else packed.push(next);
  }
  return packed;
}

function section(text: string): SlackSection {
  return { type: 'section', text: { type: 'mrkdwn', text, verbatim: true } };
}

function fallback(entries: readonly Entry[], message: Message): string {
  const summary = summaryOf(entries, message);
  const lines =
    entries.length === 1
      ? []
      : layOut(
          entries,
          { details: 0, entries: 100, size: 1500 },
          {
            detail: headlineOf,
            line: headlineOf,
          },
        ).lines;
  const left = entries.length - lines.length;
  const more = entries.length > 1 && left > 0 ? [andMore(left, entries)] : [];
  // Compatible services would call everybody for a key that is named so.
  const text = [summary, ...lines, ...more].join('\n').replace(/@(?=all|here|channel|everyone)/gi, '@\u200b');
  return escapeSlack(text, FALLBACK);
}
