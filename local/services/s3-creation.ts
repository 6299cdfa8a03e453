import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type Upstream, ask, readBody, sendOn } from './http-proxy.ts';
import { objectPath } from './s3-address.ts';
import type { Creation } from './s3-events.ts';
import { FormKey } from './s3-form.ts';
import type { Reason } from './s3-requests.ts';

/** Bytes of an answer, and of the list of parts in a request, that are kept in memory. */
const LARGEST_XML = 4 * 1024 * 1024;

/** A request that makes an object if it succeeds. */
export interface CreationRequest {
  reason: Reason;
  bucket: string;
  /** Empty for a form upload, whose form names it. */
  key: string;
  /** Path and query for the store. */
  path: string;
  /** For the store, instead of the client's. */
  host: string | undefined;
}

/** An answer of the store, whole. */
export interface StoreAnswer {
  response: IncomingMessage;
  body: Buffer;
}

/** What was made, but for what only the front knows. */
export type Made = Omit<Creation, 'region' | 'sourceAddress'>;

const first = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value[0] : value;

const unquoted = (etag: string): string => etag.replaceAll(/&quot;|"/g, '');

const tag = (xml: string, name: string): string | undefined =>
  new RegExp(`<${name}[^>]*>([^<]*)</${name}>`).exec(xml)?.[1];

/** Notes what of a request's body is needed afterwards. */
class Notes {
  readonly form: FormKey | undefined;
  readonly #parts: Buffer[] | undefined;
  received = 0;

  constructor({ reason }: CreationRequest, contentType: string) {
    this.form = reason === 'POST Object' ? new FormKey(contentType) : undefined;
    this.#parts = reason === 'CompleteMultipartUpload' ? [] : undefined;
  }

  observe(piece: Buffer): void {
    this.received += piece.length;
    this.form?.observe(piece);
    if (this.received <= LARGEST_XML) this.#parts?.push(piece);
  }

  /** The ETag of the parts that a completion lists, put together. */
  listedETag(): string {
    const xml = Buffer.concat(this.#parts ?? []).toString();
    const etags = [...xml.matchAll(/<ETag>([^<]*)<\/ETag>/g)].map(([, etag = '']) => unquoted(etag));
    const md5 = createHash('md5')
      .update(Buffer.from(etags.join(''), 'hex'))
      .digest('hex');
    return `${md5}-${etags.length}`;
  }
}

/** CopyObject and CompleteMultipartUpload can answer 200 with an error inside. */
function succeeded({ reason }: CreationRequest, { response, body }: StoreAnswer): boolean {
  const status = response.statusCode ?? 0;
  if (reason === 'POST Object' && status === 303) return true;
  if (status < 200 || status > 299) return false;
  if (reason === 'CopyObject') return body.includes('<CopyObjectResult');
  if (reason === 'CompleteMultipartUpload') return body.includes('<CompleteMultipartUploadResult');
  return true;
}

async function look(store: Upstream, bucket: string, key: string) {
  const { statusCode, headers } = await ask(store, 'HEAD', objectPath(bucket, key));
  if (statusCode !== 200) return undefined;
  return {
    etag: unquoted(headers.etag ?? ''),
    size: Number(headers['content-length']),
    completed: headers['last-modified'] === undefined ? undefined : new Date(headers['last-modified']),
    versionId: first(headers['x-amz-version-id']),
  };
}

/** The size that a PUT says or had: the object can be replaced or taken away before it is looked at. */
function sizeSent(incoming: IncomingMessage, { reason }: CreationRequest, notes: Notes): number | undefined {
  if (reason !== 'PutObject') return undefined;
  const decoded = incoming.headers['x-amz-decoded-content-length'];
  return decoded === undefined ? notes.received : Number(first(decoded));
}

/**
 * A completion that is repeated because its answer was lost finds its upload gone and its object there.
 * S3 answers it once more; the store says 404.
 */
async function madeBefore(
  store: Upstream,
  { reason, bucket, key }: CreationRequest,
  { response, body }: StoreAnswer,
  notes: Notes,
): Promise<Made | undefined> {
  if (reason !== 'CompleteMultipartUpload' || response.statusCode !== 404) return undefined;
  if (!body.includes('NoSuchUpload')) return undefined;
  const found = await look(store, bucket, key);
  if (found?.etag !== notes.listedETag()) return undefined;
  const requestId = first(response.headers['x-amz-request-id']) ?? '';
  return { ...found, reason, bucket, key, requestId, completed: found.completed ?? new Date() };
}

async function describe(
  store: Upstream,
  incoming: IncomingMessage,
  request: CreationRequest,
  { response, body }: StoreAnswer,
  notes: Notes,
): Promise<Made> {
  const completed = new Date();
  const { reason, bucket } = request;
  const key = notes.form ? notes.form.key() : request.key;
  if (key === undefined) throw new Error('the form names no key');
  const etag = unquoted(response.headers.etag ?? tag(body.toString(), 'ETag') ?? '');
  const found = await look(store, bucket, key);
  const seen = found?.etag === etag ? found : undefined;
  const size = seen?.size ?? sizeSent(incoming, request, notes) ?? found?.size;
  if (size === undefined) throw new Error(`${key} was taken away before its size was known`);
  const requestId = first(response.headers['x-amz-request-id']) ?? '';
  const versionId = first(response.headers['x-amz-version-id']) ?? seen?.versionId;
  return { reason, bucket, key, size, etag, requestId, versionId, completed: seen?.completed ?? completed };
}

/**
 * Sends a request that makes an object to the store, without holding its body.
 *
 * @returns the store's answer, and what was made if something was; an answer of 404 with something made
 * is that to a completion which had succeeded before
 * @throws if the store fails, or if it cannot be told what was made
 */
export async function create(
  store: Upstream,
  incoming: IncomingMessage,
  request: CreationRequest,
): Promise<{ answer: StoreAnswer; made?: Made }> {
  const notes = new Notes(request, incoming.headers['content-type'] ?? '');
  const observe = notes.observe.bind(notes);
  const { path, host } = request;
  const response = await sendOn(store, incoming, { path, host, observe });
  const body = await readBody(response, LARGEST_XML);
  if (!body) {
    response.destroy();
    throw new Error('the answer of the store is too long');
  }
  const answer = { response, body };
  const made = succeeded(request, answer)
    ? await describe(store, incoming, request, answer, notes)
    : await madeBefore(store, request, answer, notes);
  return { answer, ...(made && { made }) };
}
