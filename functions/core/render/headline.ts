import type { AlertType } from '../alert.ts';
import { inWords, lateInWords } from '../duration.ts';
import { toLocal, type Milliseconds } from '../time.ts';
import type { Entry, MessageAlert } from './entry.ts';
import { oneLine } from './line.ts';

/** The parts of a headline: `label: what — facts, facts`. All are single lines. */
export interface Headline {
  /** `MISSED high` */
  label: string;
  /** Title of the expectation, or its id. */
  what: string;
  facts: readonly string[];
}

const LABELS: Record<AlertType, string> = {
  opened: 'MISSED',
  reminder: 'REMINDER',
  recovered: 'RECOVERED',
  'gave-up': 'GAVE UP',
  closed: 'CLOSED',
  withdrawn: 'WITHDRAWN',
  inconclusive: 'INCONCLUSIVE',
  undetermined: 'UNDETERMINED',
  'at-risk': 'AT RISK',
  'calendar-ends': 'CALENDAR ENDS',
  test: 'TEST',
};

const WITH_SEVERITY: ReadonlySet<AlertType> = new Set<AlertType>([
  'opened',
  'reminder',
  'gave-up',
  'inconclusive',
  'undetermined',
  'at-risk',
]);

/** One line: `MISSED high: Orders from ACME — due Sat 2026-11-21 06:00 Europe/Berlin, nothing under orders/`. */
export function headline(alert: MessageAlert): string {
  return headlineOf({ alert, missedHere: false });
}

/** As headline, for an entry that may stand for several transitions of one deadline. */
export function headlineOf(entry: Entry): string {
  const { label, what, facts } = headlineParts(entry);
  return `${label}: ${what} — ${facts.join(', ')}`;
}

export function headlineParts({ alert, missedHere }: Entry): Headline {
  const said = alert.type === 'reminder' && missedHere ? LABELS.opened : LABELS[alert.type];
  const status = missedHere && said !== LABELS.opened ? `${LABELS.opened} AND ${said}` : said;
  return {
    label: WITH_SEVERITY.has(alert.type) ? `${status} ${alert.severity}` : status,
    what: nameOf(alert),
    facts: factsOf(alert).map((fact) => oneLine(fact, 300)),
  };
}

/** Title of the expectation, or its id, on one line. */
export function nameOf({ title, expectation }: MessageAlert): string {
  return oneLine(title ?? '', 200) || oneLine(expectation, 200);
}

/**
 * How late: of a recovery the arrival after dueAt, of what is still open (or was when it was given up or closed) the
 * time since dueAt at the transition. Undefined where nothing is late, such as a job that failed before it was due.
 */
export function latenessOf({ type, at, dueAt, lateBy }: MessageAlert): Milliseconds | undefined {
  switch (type) {
    case 'recovered':
      return lateBy;
    case 'opened':
    case 'reminder':
    case 'gave-up':
    case 'closed':
      return at > dueAt ? at - dueAt : undefined;
    case 'withdrawn':
    case 'inconclusive':
    case 'undetermined':
    case 'at-risk':
    case 'calendar-ends':
    case 'test':
      return undefined;
  }
}

function factsOf(alert: MessageAlert): string[] {
  const due = `due ${toLocal(alert.dueAt, alert.timezone)} ${alert.timezone}`;
  switch (alert.type) {
    case 'opened':
      return [due, alert.seen];
    case 'reminder':
      return [due, ...overdue(alert, 'overdue'), alert.seen];
    case 'gave-up':
      return [due, ...overdue(alert, 'overdue when it was given up'), alert.seen];
    case 'recovered':
      return recoveryFacts(alert);
    case 'closed':
      return [due, `closed by ${oneLine(alert.actor ?? '', 100) || 'a person'}`];
    case 'withdrawn':
      return [due, `it was on time after all: ${alert.seen}`];
    case 'inconclusive':
      return [due, `could not look: ${alert.seen}`];
    case 'undetermined':
      return [due, `it cannot be told whether it happened: ${alert.seen}`];
    case 'at-risk':
      return [due, `later than usual: ${alert.seen}`];
    case 'calendar-ends':
      return [alert.seen];
    case 'test':
      return ['a test of this channel, nothing was missed'];
  }
}

function overdue(alert: MessageAlert, word: string): string[] {
  const late = latenessOf(alert);
  return late === undefined ? [] : [`${inWords(late)} ${word}`];
}

function recoveryFacts({ dueAt, at, lateBy, lateAtLeast, timezone }: MessageAlert): string[] {
  const due = toLocal(dueAt, timezone);
  if (lateBy === undefined) return [`due ${due}`, `recovered ${toLocal(at, timezone)} ${timezone}`];
  const clock = (instant: number) => {
    const [weekday, date, time] = toLocal(instant, timezone).split(' ');
    return due.startsWith(`${weekday} ${date} `) ? time : toLocal(instant, timezone);
  };
  const last = clock(dueAt + lateBy);
  const came = lateAtLeast === undefined ? last : `between ${clock(dueAt + lateAtLeast)} and ${last}`;
  return [`due ${due}`, `came ${came} ${timezone}`, `${lateInWords(lateBy, lateAtLeast)} late`];
}
