import { z } from 'zod';
import { Severity } from './expectation.ts';

/** Why a deadline was missed. */
export const BreachReason = z.enum([
  'absent',
  'insufficient',
  'failed',
  'still-running',
  'not-started',
  'too-many',
]);
export type BreachReason = z.infer<typeof BreachReason>;

/** What changed. One transition makes one alert for each channel of the expectation. */
export const AlertType = z.enum([
  'opened',
  'reminder',
  'recovered',
  'gave-up',
  'closed',
  'withdrawn',
  'inconclusive',
  'undetermined',
  'at-risk',
  'calendar-ends',
  'test',
]);
export type AlertType = z.infer<typeof AlertType>;

const Instant = z.int();

/** One transition as its readers need it: facts only, in instants (epoch ms); wording and local time come at rendering. */
export const Alert = z.object({
  /** Same for every copy of this alert on every channel: receivers can deduplicate by it. */
  id: z.string(),
  type: AlertType,
  /** When the transition happened. */
  at: Instant,
  team: z.string(),
  expectation: z.string(),
  title: z.string().optional(),
  severity: Severity,
  runbook: z.string().optional(),
  occurrence: z.string(),
  timezone: z.string(),
  dueAt: Instant,
  /** dueAt plus grace. */
  limitAt: Instant,
  /** `at least 1 object of 1 byte or more matching orders/2026/11/21/orders-*.csv in bucket acme-landing` */
  expected: z.string(),
  /** What was seen instead, or what arrived: `nothing under orders/2026/11/21/` */
  seen: z.string(),
  reason: BreachReason.optional(),
  /** Of a recovery: arrival minus dueAt, in milliseconds. */
  lateBy: z.int().optional(),
  /** When only an interval is known in which it came: late by more than this, and by lateBy at most. */
  lateAtLeast: z.int().optional(),
  /** Of an alert that follows another: when the breach was opened. */
  openedAt: Instant.optional(),
  /** Who acted, of a breach that a person closed. */
  actor: z.string().optional(),
  /** Address of the breach in the API. */
  link: z.string(),
  /** Address in the AWS console of the run that hangs or failed. */
  runLink: z.string().optional(),
});
export type Alert = z.infer<typeof Alert>;

/** How often the expectation was missed lately. */
export interface TrackRecord {
  missed: number;
  /** Occurrences that were judged met or missed: at most 30. */
  of: number;
}

/** What goes to one channel at once: one alert or a group; a repeated send carries the same id and the same alerts. */
export interface Message {
  id: string;
  team: string;
  channel: string;
  alerts: readonly (Alert & { record?: TrackRecord })[];
}
