import type { IncomingHttpHeaders } from 'node:http';
import type { S3Address } from './s3-address.ts';

/** How an object came to be, in the words of the event. */
export type Reason = 'PutObject' | 'POST Object' | 'CopyObject' | 'CompleteMultipartUpload';

/** Subresources that the store serves. */
const SERVED = new Set(['attributes', 'delete', 'lifecycle', 'uploadId', 'uploads']);

/** Other subresources of S3: the store would take a request for one as a request for the object itself. */
const NOT_SERVED = new Set([
  ...[
    'accelerate',
    'acl',
    'analytics',
    'cors',
    'encryption',
    'intelligent-tiering',
    'inventory',
    'legal-hold',
  ],
  ...['location', 'logging', 'metadataConfiguration', 'metadataInventoryTable', 'metadataJournalTable'],
  ...[
    'metadataTable',
    'metrics',
    'notification',
    'object-lock',
    'ownershipControls',
    'policy',
    'policyStatus',
  ],
  ...['publicAccessBlock', 'renameObject', 'replication', 'requestPayment', 'restore', 'retention', 'select'],
  ...['session', 'tagging', 'torrent', 'versioning', 'versions', 'website'],
]);

/** @returns the subresource that the store must not see */
export function unservedSubresource(method: string, query: URLSearchParams): string | undefined {
  if (query.has('uploads') && method === 'GET') return 'uploads';
  return [...query.keys()].find((name) => NOT_SERVED.has(name) && !SERVED.has(name));
}

const NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';

/** What is asked about a bucket and has the same answer for each, by method and subresource. */
export const FIXED_ANSWERS: ReadonlyMap<string, string> = new Map([
  ['GET location', `<LocationConstraint ${NAMESPACE}/>`],
  ['GET versioning', `<VersioningConfiguration ${NAMESPACE}/>`],
  [
    'GET notification',
    `<NotificationConfiguration ${NAMESPACE}><EventBridgeConfiguration/></NotificationConfiguration>`,
  ],
  // Every bucket sends its events to EventBridge whatever is configured.
  ['PUT notification', ''],
]);

/** The parts of a request that say what it does. */
export interface Intent {
  method: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
}

/** @returns nothing if the request makes no object even if it succeeds */
export function creationBy(
  { method, query, headers }: Intent,
  { bucket, key }: S3Address,
): Reason | undefined {
  if (bucket === '') return undefined;
  if (method === 'PUT' && key !== '' && !(query.get('uploadId') && query.get('partNumber')))
    return 'x-amz-copy-source' in headers ? 'CopyObject' : 'PutObject';
  if (method === 'POST' && key !== '' && query.get('uploadId')) return 'CompleteMultipartUpload';
  if (
    method === 'POST' &&
    key === '' &&
    headers['content-type']?.toLowerCase().includes('multipart/form-data')
  )
    return 'POST Object';
  return undefined;
}
