import type { BreachReason } from '../alert.ts';
import { inWords, lateInWords } from '../duration.ts';
import { toLocal, type Instant } from '../time.ts';
import type { Entry, MessageAlert } from './entry.ts';
import { latenessOf } from './headline.ts';
import { oneLine, webAddress } from './line.ts';

/** One labelled fact below a headline; the value is a single line, not escaped. */
export interface Detail {
  label: string;
  value: string;
  /** Set when the value is an http(s) address. */
  href?: string;
}

const REASONS: Record<BreachReason, string> = {
  absent: 'absent',
  insufficient: 'insufficient: too few or too small',
  failed: 'failed',
  'still-running': 'still running',
  'not-started': 'not started',
  'too-many': 'too many',
};

/**
 * What a reader wants to know of one entry, in reading order: what was expected, by when, what was seen instead, how
 * late, since when, how often lately, whose it is, and where to go on.
 */
export function detailsOf({ alert }: Entry): Detail[] {
  const late = latenessOf(alert);
  return [
    detail('Expected', alert.expected),
    detail(alert.type === 'calendar-ends' ? 'Next due' : 'Due', dueText(alert)),
    ...seenDetails(alert),
    ...(alert.reason ? [detail('Reason', REASONS[alert.reason])] : []),
    ...(late === undefined ? [] : [detail(...lateText(alert, late))]),
    ...sinceDetails(alert),
    ...recordDetails(alert),
    detail('Expectation', `${alert.team}/${alert.expectation}, severity ${alert.severity}`),
    ...(alert.runLink === undefined ? [] : [address('Run', alert.runLink)]),
    ...(alert.runbook === undefined ? [] : [address('Runbook', alert.runbook)]),
    address('Details', alert.link),
  ];
}

function detail(label: string, value: string): Detail {
  return { label, value: oneLine(value) };
}

function address(label: string, value: string): Detail {
  const href = webAddress(value);
  return href === undefined ? detail(label, value) : { label, value: href, href };
}

function dueText({ dueAt, limitAt, timezone }: MessageAlert): string {
  const grace = limitAt > dueAt ? `, with ${inWords(limitAt - dueAt)} of grace` : '';
  return `${bothClocks(dueAt, timezone)}${grace}`;
}

/** `Sat 2026-11-21 06:00 Europe/Berlin (2026-11-21 05:00 UTC)` */
function bothClocks(instant: Instant, timezone: string): string {
  const local = `${toLocal(instant, timezone)} ${timezone}`;
  return timezone === 'UTC' ? local : `${local} (${toLocal(instant, 'UTC').slice('Sat '.length)} UTC)`;
}

function seenDetails(alert: MessageAlert): Detail[] {
  switch (alert.type) {
    case 'recovered':
      return [...cameDetails(alert), detail('Seen', alert.seen)];
    case 'withdrawn':
      return [detail('Seen', alert.seen), detail('Meaning', 'late proof showed that it was on time')];
    case 'inconclusive':
      return [
        detail('Cause', alert.seen),
        detail('Meaning', 'could not look: whether it happened is not known yet, it will be looked at again'),
      ];
    case 'undetermined':
      return [
        detail('Cause', alert.seen),
        detail('Meaning', 'could not look: whether it happened is not known'),
      ];
    case 'at-risk':
      return [detail('Seen', alert.seen), detail('Meaning', 'later than usual, and not overdue yet')];
    case 'calendar-ends':
      return [
        detail('Cause', alert.seen),
        detail('Meaning', 'nothing was missed: give the calendar its next days and a later validUntil'),
      ];
    case 'opened':
    case 'reminder':
    case 'gave-up':
    case 'closed':
    case 'test':
      return [detail('Seen', alert.seen)];
  }
}

function cameDetails({ dueAt, lateBy, lateAtLeast, timezone }: MessageAlert): Detail[] {
  if (lateBy === undefined) return [];
  const last = bothClocks(dueAt + lateBy, timezone);
  if (lateAtLeast === undefined) return [detail('Came', last)];
  return [detail('Came', `after ${bothClocks(dueAt + lateAtLeast, timezone)}, by ${last} at the latest`)];
}

function lateText({ type, lateAtLeast }: MessageAlert, late: number): [label: string, value: string] {
  switch (type) {
    case 'recovered':
      return ['Late', lateInWords(late, lateAtLeast)];
    case 'gave-up':
      return ['Overdue', `${inWords(late)} when it was given up`];
    case 'closed':
      return ['Overdue', `${inWords(late)} when it was closed`];
    case 'opened':
    case 'reminder':
    case 'withdrawn':
    case 'inconclusive':
    case 'undetermined':
    case 'at-risk':
    case 'calendar-ends':
    case 'test':
      return ['Overdue', `${inWords(late)} so far`];
  }
}

function sinceDetails({ type, at, openedAt, actor, timezone }: MessageAlert): Detail[] {
  const since = openedAt ?? (type === 'opened' ? at : undefined);
  const local = (instant: Instant) => `${toLocal(instant, timezone)} ${timezone}`;
  return [
    ...(since === undefined ? [] : [detail('Open since', local(since))]),
    ...(type === 'closed' ? [detail('Closed', `${local(at)} by ${actor ?? 'a person'}`)] : []),
  ];
}

function recordDetails({ record }: MessageAlert): Detail[] {
  if (!record || record.of === 0) return [];
  return [detail('Lately', `missed ${record.missed} of the last ${record.of}`)];
}
