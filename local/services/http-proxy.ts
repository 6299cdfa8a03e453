import { Agent, type IncomingMessage, type ServerResponse, request as httpRequest } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'upgrade']);

/** A service that requests are passed on to, over connections that are kept. */
export interface Upstream {
  endpoint: string;
  agent: Agent;
}

/** @param endpoint such as `http://127.0.0.1:8000` */
export function createUpstream(endpoint: string): Upstream {
  return { endpoint, agent: new Agent({ keepAlive: true }) };
}

/** What is to be sent instead of what came in. */
export interface Changes {
  method?: string;
  /** Path and query, as on the wire. */
  path?: string;
  host?: string | undefined;
  /** Sees every piece of the body that is sent on. */
  observe?: (piece: Buffer) => void;
  /** Breaks the request off. */
  signal?: AbortSignal;
}

/** @returns names and values in turn, without those that belong to one connection only */
function endToEnd(rawHeaders: readonly string[], dropped: (name: string) => boolean): string[] {
  return rawHeaders.filter((_, i) => {
    const name = (rawHeaders[i - (i % 2)] ?? '').toLowerCase();
    return !HOP_BY_HOP.has(name) && !dropped(name);
  });
}

function headersFor(incoming: IncomingMessage, host: string | undefined): string[] {
  const headers = endToEnd(
    incoming.rawHeaders,
    // This server has already answered `100 Continue`.
    (name) => name === 'expect' || (name === 'host' && host !== undefined),
  );
  if (host !== undefined) headers.push('Host', host);
  // Without either header Node would send an empty body in chunks.
  const hasBody = 'content-length' in incoming.headers || 'transfer-encoding' in incoming.headers;
  if (!hasBody && incoming.method !== 'GET' && incoming.method !== 'HEAD')
    headers.push('Content-Length', '0');
  return headers;
}

/**
 * Sends a request on, body and all, without holding it.
 *
 * If the client goes away before its body is complete the request is broken off, so that the service
 * never takes half a body for a whole one.
 *
 * @returns the answer, its body not read yet
 * @throws what the connection throws
 */
export async function sendOn(
  upstream: Upstream,
  incoming: IncomingMessage,
  { method = incoming.method, path = incoming.url, host, observe, signal }: Changes = {},
): Promise<IncomingMessage> {
  const outgoing = httpRequest(upstream.endpoint, {
    agent: upstream.agent,
    method,
    path,
    headers: headersFor(incoming, host),
    ...(signal && { signal }),
  });
  const response = new Promise<IncomingMessage>((resolve, reject) => {
    // Stays in place: a service may answer before it has the whole body, and reset the rest.
    outgoing.on('error', reject);
    outgoing.once('response', resolve);
  });
  incoming.once('close', () => {
    if (!incoming.complete) outgoing.destroy(new Error('the client went away'));
  });
  if (observe) incoming.on('data', observe);
  incoming.pipe(outgoing);
  return response;
}

/**
 * Sends a request without a body of its own accord.
 *
 * @param path path and query, as on the wire
 * @throws what the connection throws
 */
export async function ask(upstream: Upstream, method: 'HEAD', path: string): Promise<IncomingMessage> {
  const outgoing = httpRequest(upstream.endpoint, { agent: upstream.agent, method, path });
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.on('error', reject);
    outgoing.once('response', resolve);
    outgoing.end();
  });
  response.resume();
  return response;
}

/** Writes status and headers of an answer as they came; the body is the caller's. */
export function writeHead(response: IncomingMessage, outgoing: ServerResponse): void {
  const headers = endToEnd(response.rawHeaders, (name) => name === 'transfer-encoding');
  outgoing.writeHead(response.statusCode ?? 502, response.statusMessage ?? '', headers);
}

/** Passes an answer on without holding it; breaks it off if either side does. */
export async function passOn(response: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  writeHead(response, outgoing);
  await pipeline(response, outgoing);
}

/**
 * Passes a request on and its answer back. If the client goes away meanwhile, so does the request.
 * (fauxqs does not notice: a long poll that is given up still takes the next message out of sight.)
 *
 * @throws what the connections throw
 */
export async function forward(
  upstream: Upstream,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  changes: Changes = {},
): Promise<void> {
  const gone = new AbortController();
  outgoing.once('close', () => {
    gone.abort();
  });
  await passOn(await sendOn(upstream, incoming, { ...changes, signal: gone.signal }), outgoing);
}

/**
 * Reads a body that is meant to be small.
 *
 * @param limit in bytes
 * @returns nothing if there is more; the rest is then left unread
 */
export async function readBody(body: Readable, limit: number): Promise<Buffer | undefined> {
  const pieces: Buffer[] = [];
  let size = 0;
  // By default a loop that is left early destroys the stream, and with it the way to answer.
  const unread: AsyncIterable<unknown> = body.iterator({ destroyOnReturn: false });
  for await (const piece of unread) {
    if (!Buffer.isBuffer(piece)) throw new TypeError('a body of bytes was expected');
    size += piece.length;
    if (size > limit) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
