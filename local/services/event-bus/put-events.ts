import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { AwsError, parseRequest } from '../aws-json.ts';
import { isJsonObject, parseJsonText, type JsonObject } from '../json.ts';
import type { BusEvent } from './journal.ts';

const MAX_REQUEST_BYTES = 262_144;
/** What each entry's Time counts for. */
const TIME_BYTES = 14;

const entry = z.object({
  Source: z.string().optional(),
  DetailType: z.string().optional(),
  Detail: z.string().optional(),
  EventBusName: z.string().optional(),
  Resources: z.array(z.string()).default([]),
  /** Seconds of the epoch. */
  Time: z.number().min(0).max(253_402_300_799).optional(),
});
const request = z.object({ Entries: z.array(entry).min(1).max(10) });

type Entry = z.infer<typeof entry>;

/** What PutEvents answers for one entry. */
export type EntryResult = { EventId: string } | Refusal;

interface Refusal {
  ErrorCode: string;
  ErrorMessage: string;
}

export interface Origin {
  account: string;
  region: string;
  /** Accept sources that begin with `aws.`, which AWS keeps for itself. */
  acceptAwsSources: boolean;
}

/**
 * Reads a PutEvents request: one result an entry, and the events of those that are good.
 * Throws ValidationException: no entry, more than 10, or more than 256 KiB in all.
 * See https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html.
 */
export function readEntries(body: unknown, origin: Origin): { results: EntryResult[]; events: BusEvent[] } {
  const { Entries } = parseRequest(request, body);
  const bytes = Entries.reduce((sum, one) => sum + sizeOf(one), 0);
  if (bytes > MAX_REQUEST_BYTES) {
    throw new AwsError('ValidationException', 'Total size of the entries in the request is over the limit.');
  }
  const read = Entries.map((one) => readEntry(one, origin));
  const results = read.map((one) => ('id' in one ? { EventId: one.id } : one));
  return { results, events: read.filter((one) => 'id' in one) };
}

function readEntry(one: Entry, origin: Origin): BusEvent | Refusal {
  const { Source: source, DetailType: type, Detail, Resources: resources, Time } = one;
  if (!source) return missing('Source');
  if (!type) return missing('DetailType');
  if (!Detail) return missing('Detail');
  const refusal = refuseOrigin(source, one.EventBusName, origin);
  if (refusal) return refusal;
  const detail = readDetail(Detail);
  if (!detail) return refuse('MalformedDetail', 'Detail is malformed.');
  const { account, region } = origin;
  const time = `${new Date(Time === undefined ? Date.now() : Time * 1000).toISOString().slice(0, 19)}Z`;
  const id = randomUUID();
  return { version: '0', id, 'detail-type': type, source, account, time, region, resources, detail };
}

function refuseOrigin(source: string, bus = 'default', origin: Origin): Refusal | undefined {
  if (source.startsWith('aws.') && !origin.acceptAwsSources) {
    return refuse('NotAuthorizedForSourceException', `Not authorized for the source ${source}.`);
  }
  if (/^(arn:aws(-[a-z]+)?:events:[^:]+:\d{12}:event-bus\/)?default$/.test(bus)) return undefined;
  return refuse('InvalidArgument', `Event bus ${bus} does not exist: there is only the default one.`);
}

function missing(name: string): Refusal {
  const message = `Parameter ${name} is not valid. Reason: ${name} is a required argument.`;
  return refuse('InvalidArgument', message);
}

function readDetail(text: string): JsonObject | undefined {
  try {
    const detail = parseJsonText(text);
    return isJsonObject(detail) ? detail : undefined;
  } catch {
    return undefined;
  }
}

function refuse(ErrorCode: string, ErrorMessage: string): Refusal {
  return { ErrorCode, ErrorMessage };
}

function sizeOf(one: Entry): number {
  const texts = [one.Source, one.DetailType, one.Detail, ...one.Resources];
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text ?? ''), 0);
  return bytes + (one.Time === undefined ? 0 : TIME_BYTES);
}
