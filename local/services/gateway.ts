import { randomUUID } from 'node:crypto';
import {
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
  createServer,
} from 'node:http';
import { createUpstream, forward, readBody } from './http-proxy.ts';
import type { Closeable, WireHandler, WireRequest } from './service.ts';

const LARGEST_WIRE_BODY = 1024 * 1024;
/** Milliseconds that requests under way get when the gateway is closed. */
const CLOSE_GRACE = 2000;
/** Longer than SDKs keep an idle connection, so that they and not we close it. */
const KEEP_ALIVE = 65_000;

const CREDENTIAL_SCOPE = /^[^/]+\/\d{8}\/(?:[^/]+\/)?([^/]+)\/aws4_request$/;

/** Services by the prefix of `X-Amz-Target`, for requests without a signature. */
const TARGETS = new Map([
  ['DynamoDB_20111205', 'dynamodb'],
  ['DynamoDB_20120810', 'dynamodb'],
  ['AmazonSQS', 'sqs'],
  ['AWSStepFunctions', 'states'],
  ['AWSEvents', 'events'],
]);

export interface GatewayOptions {
  /** `127.0.0.1` unless told. */
  host?: string;
  /** 0 takes a free one. */
  port: number;
  s3: { handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> };
  /** Endpoints of services that requests are streamed to, by the name in the credential scope. */
  upstreams: Readonly<Record<string, string>>;
  /** Services in this process, by the name in the credential scope. */
  handlers: Readonly<Record<string, WireHandler>>;
}

type Serve = (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void>;

function fail(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  status: number,
  code: string,
  message: string,
) {
  const xml = incoming.headers['content-type']?.includes('x-www-form-urlencoded') ?? false;
  const body = xml
    ? `<ErrorResponse><Error><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`
    : JSON.stringify({ __type: code, message });
  outgoing.writeHead(status, { 'content-type': xml ? 'text/xml' : 'application/json' }).end(body);
}

function queryOf(incoming: IncomingMessage): URLSearchParams {
  const [, search = ''] = (incoming.url ?? '').split(/\?(.*)/s, 2);
  return new URLSearchParams(search);
}

/** @returns the service that a request is signed for; S3, the only one with public access, if unsigned */
function serviceOf(incoming: IncomingMessage): string {
  const { authorization = '' } = incoming.headers;
  const credential =
    /^AWS4-.*\bCredential=([^,\s]+)/.exec(authorization)?.[1] ?? queryOf(incoming).get('X-Amz-Credential');
  const signed = CREDENTIAL_SCOPE.exec(credential ?? '')?.[1];
  const target = String(incoming.headers['x-amz-target'] ?? '').split('.')[0] ?? '';
  return signed ?? TARGETS.get(target) ?? 's3';
}

function wireRequest(incoming: IncomingMessage, body: Buffer): WireRequest {
  const headers = Object.entries(incoming.headers).map(([name, value]) => [name, value?.toString()] as const);
  return {
    method: incoming.method ?? '',
    path: (incoming.url ?? '/').split('?', 1)[0] ?? '/',
    query: queryOf(incoming),
    headers: Object.fromEntries(headers),
    body: body.toString('utf8'),
  };
}

const serveWith =
  (handler: WireHandler): Serve =>
  async (incoming, outgoing) => {
    const body = await readBody(incoming, LARGEST_WIRE_BODY);
    if (!body) {
      fail(incoming, outgoing, 413, 'RequestEntityTooLarge', `The body is over ${LARGEST_WIRE_BODY} bytes.`);
      return;
    }
    const { status, headers, body: answer } = await handler(wireRequest(incoming, body));
    outgoing.writeHead(status, { 'x-amzn-requestid': randomUUID(), ...headers }).end(answer);
  };

function close(server: Server): Promise<void> {
  const late = setTimeout(() => {
    server.closeAllConnections();
  }, CLOSE_GRACE);
  return new Promise((resolve, reject) => {
    server.close((error) => {
      clearTimeout(late);
      if (error) reject(error);
      else resolve();
    });
  });
}

const listener =
  (services: ReadonlyMap<string, Serve>): RequestListener =>
  (incoming, outgoing) => {
    // A body that nobody wanted to the end would stop the connection.
    outgoing.once('finish', () => incoming.resume());
    const service = serviceOf(incoming);
    const serve = services.get(service);
    if (!serve) {
      const message = `Overdue on one machine has no AWS service "${service}".`;
      fail(incoming, outgoing, 501, 'NotImplemented', message);
      return;
    }
    serve(incoming, outgoing).catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      if (outgoing.headersSent) outgoing.destroy();
      else fail(incoming, outgoing, 500, 'InternalFailure', message);
    });
  };

/** @returns where a server that listens on `host` is reached from this machine */
export function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

/**
 * Starts the one endpoint that AWS SDKs and the CLI are pointed at with `AWS_ENDPOINT_URL`. Requests go
 * by the service that they are signed for; signatures are not checked.
 *
 * @throws `EADDRINUSE` as `code` if the port is taken
 */
export async function startGateway(options: GatewayOptions): Promise<Closeable & { endpoint: string }> {
  const { host = '127.0.0.1', port, s3 } = options;
  const upstreams = Object.entries(options.upstreams).map(
    ([service, endpoint]) => [service, createUpstream(endpoint)] as const,
  );
  const services = new Map<string, Serve>([
    ['s3', s3.handle.bind(s3)],
    ...Object.entries(options.handlers).map(([name, handler]) => [name, serveWith(handler)] as const),
    ...upstreams.map(([name, upstream]) => [name, forward.bind(undefined, upstream)] as const),
  ]);

  const server = createServer(listener(services));
  // An upload may take longer than the five minutes that Node gives a request.
  server.requestTimeout = 0;
  server.keepAliveTimeout = KEEP_ALIVE;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  const bound = address !== null && typeof address === 'object' ? address.port : port;
  let closed: Promise<void> | undefined;
  return {
    endpoint: `http://${reachable(host)}:${bound}`,
    close: () =>
      (closed ??= close(server).finally(() => {
        for (const [, upstream] of upstreams) upstream.agent.destroy();
      })),
  };
}
