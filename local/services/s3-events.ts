import { randomUUID } from 'node:crypto';
import type { Reason } from './s3-requests.ts';

/** What S3 tells EventBridge about a new object. */
export interface ObjectCreatedEvent {
  version: '0';
  id: string;
  'detail-type': 'Object Created';
  source: 'aws.s3';
  account: string;
  /** ISO 8601 in UTC, whole seconds: when the object was complete. */
  time: string;
  region: string;
  /** The ARN of the bucket. */
  resources: [string];
  detail: {
    version: '0';
    bucket: { name: string };
    object: {
      /** Plain, not URL-encoded. */
      key: string;
      /** Bytes. */
      size: number;
      /** Without quotes. */
      etag: string;
      'version-id'?: string;
      /** Hexadecimal; the later of two events for a key has the greater one. */
      sequencer: string;
    };
    'request-id': string;
    requester: string;
    'source-ip-address': string;
    reason: Reason;
  };
}

/** What is known about a new object. */
export interface Creation {
  bucket: string;
  key: string;
  size: number;
  etag: string;
  versionId: string | undefined;
  completed: Date;
  region: string;
  requestId: string;
  sourceAddress: string;
  reason: Reason;
}

const ACCOUNT = '000000000000';
const SEQUENCER_DIGITS = 16;

let lastSequencer = 0n;

/** Microseconds since 1970, never twice the same. */
function nextSequencer(): string {
  const now = BigInt(Date.now()) * 1000n;
  lastSequencer = now > lastSequencer ? now : lastSequencer + 1n;
  return lastSequencer.toString(16).toUpperCase().padStart(SEQUENCER_DIGITS, '0');
}

/** @returns the event that S3 sends for a new object, with an id and sequencer of its own */
export function objectCreated(creation: Creation): ObjectCreatedEvent {
  const { bucket, key, size, etag, versionId } = creation;
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Object Created',
    source: 'aws.s3',
    account: ACCOUNT,
    time: creation.completed.toISOString().replace(/\.\d+Z$/, 'Z'),
    region: creation.region,
    resources: [`arn:aws:s3:::${bucket}`],
    detail: {
      version: '0',
      bucket: { name: bucket },
      object: {
        key,
        size,
        etag,
        ...(versionId !== undefined && { 'version-id': versionId }),
        sequencer: nextSequencer(),
      },
      'request-id': creation.requestId,
      requester: ACCOUNT,
      'source-ip-address': creation.sourceAddress.replace(/^::ffff:/, ''),
      reason: creation.reason,
    },
  };
}
