import type { AlertType, Message } from '../alert.ts';
import type { Severity } from '../expectation.ts';

/** An alert as a message carries it: with how often the expectation was missed lately, where that is known. */
export type MessageAlert = Message['alerts'][number];

/** One deadline in a message to people: its latest transition stands for those before it in the same message. */
export interface Entry {
  alert: MessageAlert;
  /** That it was missed is news of this message too: `missed and recovered`. */
  missedHere: boolean;
}

/** How a transition looks at a glance; `unknown` is what may turn out bad. */
export type Tone = 'bad' | 'unknown' | 'good' | 'neutral';

const TONES: Record<AlertType, Tone> = {
  opened: 'bad',
  reminder: 'bad',
  'gave-up': 'bad',
  inconclusive: 'unknown',
  undetermined: 'unknown',
  'at-risk': 'unknown',
  'calendar-ends': 'unknown',
  recovered: 'good',
  withdrawn: 'good',
  closed: 'neutral',
  test: 'neutral',
};

export function toneOf(type: AlertType): Tone {
  return TONES[type];
}

const TONE_ORDER: readonly Tone[] = ['bad', 'unknown', 'good', 'neutral'];
const SEVERITY_ORDER: readonly Severity[] = ['critical', 'high', 'medium', 'low'];

/**
 * What people read: one entry for each deadline of the message. What is still wrong comes first, then what could not
 * be looked at, then good news; within each the most severe, then the oldest.
 */
export function entriesOf(message: Message): Entry[] {
  const deadlines = Map.groupBy(message.alerts, deadlineOf);
  return [...deadlines.values()].flatMap((alerts) => fold(alerts)).toSorted(byUrgency);
}

function deadlineOf({ type, id, team, expectation, occurrence }: MessageAlert): string {
  // What else becomes of the deadline neither replaces these nor is replaced by them.
  return JSON.stringify(type === 'test' || type === 'calendar-ends' ? [id] : [team, expectation, occurrence]);
}

function fold(alerts: readonly MessageAlert[]): Entry[] {
  const inOrder = alerts.toSorted((a, b) => a.at - b.at);
  const alert = inOrder.at(-1);
  if (!alert) return [];
  const missedHere = alert.type !== 'opened' && inOrder.some(({ type }) => type === 'opened');
  return [{ alert, missedHere }];
}

function byUrgency({ alert: a }: Entry, { alert: b }: Entry): number {
  return (
    TONE_ORDER.indexOf(toneOf(a.type)) - TONE_ORDER.indexOf(toneOf(b.type)) ||
    SEVERITY_ORDER.indexOf(a.severity) - SEVERITY_ORDER.indexOf(b.severity) ||
    a.dueAt - b.dueAt
  );
}
