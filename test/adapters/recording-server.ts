import { once } from 'node:events';
import { createServer } from 'node:http';

/** A request as it came over the wire. */
export interface Recorded {
  method: string;
  path: string;
  /** The operation of a JSON protocol. */
  target: string;
  /** By which key it is signed, and for which Region: `AKIDEXAMPLE us-east-1`. */
  signedBy: string;
  body: string;
}

/** What to answer; by default 200 and an empty JSON object. */
export interface Answer {
  status?: number;
  headers?: Record<string, string>;
  body?: string | object;
}

export interface RecordingServer {
  url: string;
  requests: Recorded[];
  close(): Promise<void>;
}

/** A server that notes every request and answers as told. `undefined` closes the connection instead. */
export async function recordingServer(
  answer: (request: Recorded) => Answer | undefined | Promise<Answer | undefined>,
): Promise<RecordingServer> {
  const requests: Recorded[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const target = String(request.headers['x-amz-target'] ?? '').split('.')[1] ?? '';
      const { method = '', url: path = '' } = request;
      const signedBy = signerOf(request.headers.authorization);
      const recorded = { method, path, target, signedBy, body: Buffer.concat(chunks).toString() };
      requests.push(recorded);
      const given = await answer(recorded);
      if (!given) {
        response.destroy();
        return;
      }
      const { status = 200, headers = {}, body = {} } = given;
      response.writeHead(status, headers);
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function signerOf(authorization = ''): string {
  const [, key = '', region = ''] = /Credential=([^/]+)\/\d+\/([^/]+)\//.exec(authorization) ?? [];
  return `${key} ${region}`.trim();
}

/** Client settings for such a server: one attempt, so that each call is one request. */
export function clientOf({ url }: { url: string }) {
  return {
    endpoint: url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
    maxAttempts: 1,
  };
}

/** The answer that services of the JSON protocols give to a request that they refuse. */
export function refusal(type: string, status = 400): Answer {
  return {
    status,
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-errortype': type },
    body: { __type: type, message: `${type} happened`, Message: `${type} happened` },
  };
}
