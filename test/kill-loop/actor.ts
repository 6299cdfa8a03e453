import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { sleep } from '../e2e/client.ts';
import type { Service } from '../e2e/service.ts';
import type { Attempt } from './oracle.ts';

const SECOND = 1000;
const STEP = 60 * SECOND;

/** One expectation and what was done about it. */
export interface Subject {
  id: string;
  /** Deadlines are due every minute from here on (epoch ms). */
  anchor: number;
  bucket: string;
  /** Of a check-in; others await files. */
  pingUrl: string | undefined;
  attempts: Attempt[];
}

/** A connection that was refused brought nothing; one that broke may have. */
type Answer = 'acknowledged' | 'refused' | 'broken';

/** Sends files and check-ins, some in time, some late, some never; what is not acknowledged is sent again, as users do. */
export class Actor {
  readonly #subjects: readonly Subject[];
  readonly #running: { service: Service };
  readonly #dice: () => number;
  #stopped = false;
  #work: Promise<unknown> = Promise.resolve();

  constructor(subjects: readonly Subject[], running: { service: Service }, dice: () => number) {
    this.#subjects = subjects;
    this.#running = running;
    this.#dice = dice;
  }

  start(): void {
    this.#work = Promise.all(this.#subjects.map((subject) => this.#act(subject)));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#work;
  }

  async #act(subject: Subject): Promise<void> {
    for (let due = firstDue(subject); !this.#stopped; due += STEP) {
      const offset = this.#offset();
      await this.#sleepUntil(due + (offset ?? 0));
      if (offset !== undefined) await this.#insist(subject);
    }
  }

  /** Half of them in time, three in ten late, the others not at all; none close to where another deadline begins. */
  #offset(): number | undefined {
    const [kind, place] = [this.#dice(), this.#dice()];
    if (kind < 0.5) return -2 * SECOND - place * 20 * SECOND;
    return kind < 0.8 ? 2 * SECOND + place * 20 * SECOND : undefined;
  }

  async #insist(subject: Subject): Promise<void> {
    for (let tries = 0; tries < 60 && !this.#stopped; tries++) {
      const sentAt = Date.now();
      const answer = await this.#send(subject);
      if (answer !== 'refused') {
        subject.attempts.push({ sentAt, doneAt: Date.now(), acknowledged: answer === 'acknowledged' });
      }
      if (answer === 'acknowledged') return;
      await sleep(0.25 * SECOND);
    }
  }

  async #send({ id, bucket, pingUrl }: Subject): Promise<Answer> {
    try {
      if (pingUrl !== undefined) return (await fetch(pingUrl)).ok ? 'acknowledged' : 'broken';
      const s3 = bucketClient(this.#running.service.aws);
      const key = `${id}/${Date.now()}-${Math.floor(this.#dice() * 1e6)}.csv`;
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: 'id,amount\n1,2\n' }));
      return 'acknowledged';
    } catch (error) {
      return wasRefused(error) ? 'refused' : 'broken';
    }
  }

  async #sleepUntil(instant: number): Promise<void> {
    while (!this.#stopped && Date.now() < instant)
      await sleep(Math.max(1, Math.min(200, instant - Date.now())));
  }
}

/** fetch wraps the reason. */
function wasRefused(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  if ('code' in error && error.code === 'ECONNREFUSED') return true;
  return 'cause' in error && wasRefused(error.cause);
}

const clients = new Map<string, S3Client>();

/** Sends once only: a repetition would be a second object that nobody knows of. */
function bucketClient(endpoint: string): S3Client {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const made = { endpoint, region: 'us-east-1', forcePathStyle: true, credentials, maxAttempts: 1 };
  const client = clients.get(endpoint) ?? new S3Client(made);
  clients.set(endpoint, client);
  return client;
}

/** The first deadline that is not due within seconds. */
function firstDue({ anchor }: Subject): number {
  return anchor + Math.ceil((Date.now() + 25 * SECOND - anchor) / STEP) * STEP;
}
