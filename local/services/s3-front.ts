import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Upstream, ask, createUpstream, forward, writeHead } from './http-proxy.ts';
import { type S3Address, addressOf, plainHost } from './s3-address.ts';
import { type CreationRequest, type Made, create } from './s3-creation.ts';
import { type ObjectCreatedEvent, objectCreated } from './s3-events.ts';
import { FIXED_ANSWERS, creationBy, unservedSubresource } from './s3-requests.ts';

export interface S3FrontOptions {
  /** Endpoint of the store. */
  endpoint: string;
  /** Resolves when the event is accepted for good; the client gets no success before. */
  emit: (event: ObjectCreatedEvent) => Promise<unknown>;
  /** In the events; `us-east-1` unless told. */
  region?: string;
}

/** S3 with events, in front of a store without. */
export interface S3Front {
  /** Serves one request; what fails is answered as an S3 error. */
  handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void>;
  close(): void;
}

const XML = { 'content-type': 'application/xml' };
const PROLOGUE = '<?xml version="1.0" encoding="UTF-8"?>\n';

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

function fail(outgoing: ServerResponse, status: number, code: string, message: string): void {
  const xml = `<Error><Code>${code}</Code><Message>${escape(message)}</Message></Error>`;
  outgoing.writeHead(status, XML).end(PROLOGUE + xml);
}

function completed(outgoing: ServerResponse, { bucket, key, etag }: Made): void {
  const xml = `<Bucket>${bucket}</Bucket><Key>${escape(key)}</Key><ETag>&quot;${etag}&quot;</ETag>`;
  outgoing
    .writeHead(200, XML)
    .end(`${PROLOGUE}<CompleteMultipartUploadResult>${xml}</CompleteMultipartUploadResult>`);
}

/** Answers what the store would take for a request for the bucket or the object itself. */
async function answerSubresource(
  store: Upstream,
  { incoming, outgoing, address }: Exchange,
  subresource: string,
): Promise<void> {
  const fixed = FIXED_ANSWERS.get(`${incoming.method ?? ''} ${subresource}`);
  if (fixed === undefined || address.key !== '')
    fail(outgoing, 501, 'NotImplemented', `The embedded S3 does not serve ?${subresource}.`);
  else if ((await ask(store, 'HEAD', address.path)).statusCode !== 200)
    fail(outgoing, 404, 'NoSuchBucket', 'The specified bucket does not exist');
  else outgoing.writeHead(200, XML).end(fixed && PROLOGUE + fixed);
}

interface Exchange {
  incoming: IncomingMessage;
  outgoing: ServerResponse;
  address: S3Address;
}

interface Front {
  store: Upstream;
  emit: S3FrontOptions['emit'];
  region: string;
}

/** Answers only when the event is accepted. */
async function createObject(front: Front, exchange: Exchange, request: CreationRequest): Promise<void> {
  const { incoming, outgoing } = exchange;
  const { answer, made } = await create(front.store, incoming, request);
  if (made) {
    const sourceAddress = incoming.socket.remoteAddress ?? '';
    await front.emit(objectCreated({ ...made, region: front.region, sourceAddress }));
    if (answer.response.statusCode === 404) {
      completed(outgoing, made);
      return;
    }
  }
  writeHead(answer.response, outgoing);
  outgoing.end(answer.body);
}

async function serve(front: Front, exchange: Exchange, search: string): Promise<void> {
  const { incoming, outgoing, address } = exchange;
  const method = incoming.method ?? '';
  const query = new URLSearchParams(search);
  const subresource = unservedSubresource(method, query);
  if (subresource !== undefined) {
    await answerSubresource(front.store, exchange, subresource);
    return;
  }
  const path = address.path + search;
  const host = plainHost(incoming.headers.host);
  const reason = creationBy({ method, query, headers: incoming.headers }, address);
  if (reason) {
    const { bucket, key } = address;
    await createObject(front, exchange, { reason, bucket, key, path, host });
  } else await forward(front.store, incoming, outgoing, { path, host });
}

/**
 * Puts events in front of an S3 store. Bodies are streamed; a request that makes an object (PutObject,
 * a form upload, CopyObject, CompleteMultipartUpload) is answered once `emit` has accepted its Object
 * Created event, and with 500 if it has not, so that the client tries again.
 */
export function createS3Front({ endpoint, emit, region = 'us-east-1' }: S3FrontOptions): S3Front {
  const store = createUpstream(endpoint);
  return {
    async handle(incoming, outgoing) {
      const [, path = '/', search = ''] = /^([^?]*)(.*)$/s.exec(incoming.url ?? '/') ?? [];
      try {
        const address = addressOf(incoming.headers.host ?? '', path);
        await serve({ store, emit, region }, { incoming, outgoing, address }, search);
      } catch (error) {
        if (outgoing.headersSent) outgoing.destroy();
        else if (error instanceof URIError)
          fail(outgoing, 400, 'InvalidURI', "Couldn't parse the specified URI.");
        else fail(outgoing, 500, 'InternalError', error instanceof Error ? error.message : String(error));
      }
    },
    close: () => {
      store.agent.destroy();
    },
  };
}
