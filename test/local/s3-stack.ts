import type { ClientRequest, IncomingMessage } from 'node:http';
import { CreateBucketCommand, GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { startGateway } from '../../local/services/gateway.ts';
import { startObjectStore } from '../../local/services/object-store.ts';
import type { ObjectCreatedEvent } from '../../local/services/s3-events.ts';
import { createS3Front } from '../../local/services/s3-front.ts';
import { anyone, later, started, temporaryDirectory } from './support.ts';

/** There in every stack. */
export const Bucket = 'landing';

export interface Stack {
  endpoint: string;
  client: S3Client;
  events: ObjectCreatedEvent[];
  /** Key, size and reason of each event. */
  created: () => (string | number)[][];
  /** Replaces what happens when an event comes. */
  onEvent: { take: (event: ObjectCreatedEvent) => Promise<void> };
}

/** Store, front and gateway, a client of them, and the events that came. */
export async function stack(): Promise<Stack> {
  const events: ObjectCreatedEvent[] = [];
  const onEvent: Stack['onEvent'] = {
    take: (event) => {
      events.push(event);
      return Promise.resolve();
    },
  };
  const store = await started(startObjectStore({ directory: temporaryDirectory() }));
  const front = createS3Front({ endpoint: store.endpoint, emit: (event) => onEvent.take(event) });
  later(() => {
    front.close();
    return undefined;
  });
  const { endpoint } = await started(startGateway({ port: 0, s3: front, upstreams: {}, handlers: {} }));
  const client = new S3Client({ endpoint, ...anyone, maxAttempts: 1 });
  later(() => {
    client.destroy();
    return undefined;
  });
  await client.send(new CreateBucketCommand({ Bucket }));
  const created = () => events.map(({ detail }) => [detail.object.key, detail.object.size, detail.reason]);
  return { endpoint, client, events, created, onEvent };
}

/** @returns the status of the answer, whose body is dropped */
export async function statusOf(sent: ClientRequest): Promise<number | undefined> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    sent.once('response', resolve).once('error', reject);
  });
  response.resume();
  return response.statusCode;
}

/** @returns the content of an object */
export async function bytesOf(client: S3Client, Key: string): Promise<Buffer> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}
