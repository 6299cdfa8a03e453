import {
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SQSClient,
  type Message,
  type SQSClientConfig,
} from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { setTimeout as delay } from 'node:timers/promises';
import { readFailures, readMessage, toEvent, type ReceivedMessage } from './queue-poller/event.ts';
import type { Closeable } from './service.ts';

export interface QueuePollerOptions {
  /** With the endpoint of the queue. */
  client: SQSClientConfig;
  queueUrl: string;
  queueArn: string;
  /** The function; a rejection leaves the whole batch in the queue. See bindFunction. */
  handle: (event: SQSEvent) => Promise<unknown>;
  /** Messages of one event, 1-10,000; more than 10 need a window. */
  batchSize: number;
  /** Time in s in which a batch is gathered, whole, 0-300; 0 if not given. */
  windowSeconds?: number;
  /** Whether the answer of the function names the messages that failed. */
  reportBatchItemFailures?: boolean;
  /** Batches handled at once; 2 if not given. */
  maxConcurrency?: number;
  /** Writes a line of log. */
  log: (message: string, details: object) => void;
}

/** Most that ReceiveMessage and DeleteMessageBatch take at once. */
const SQS_BATCH = 10;
const LONGEST_POLL_SECONDS = 20;
/** Lambda's limit of an event is 6 MB; the rest is for its envelope. */
const MAX_BATCH_CHARACTERS = 5_000_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

/**
 * Does what an SQS event source mapping of Lambda does: receives, invokes, deletes what succeeded; the rest comes
 * back after the queue's visibility timeout. It begins at once. `close` receives nothing more and waits for the
 * batches under way.
 * See https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html. Throws a RangeError on sizes that Lambda refuses.
 */
export function startQueuePoller(options: QueuePollerOptions): Closeable {
  const { batchSize, windowSeconds = 0 } = options;
  if (!Number.isInteger(batchSize) || batchSize < 1 || batchSize > 10_000)
    throw new RangeError('batchSize: 1-10,000');
  if (!Number.isInteger(windowSeconds) || windowSeconds < 0 || windowSeconds > 300) {
    throw new RangeError('windowSeconds: 0-300');
  }
  if (batchSize > SQS_BATCH && windowSeconds === 0)
    throw new RangeError('more than 10 messages need a window');
  const poller = new QueuePoller(options);
  const polling = poller.poll();
  return { close: () => poller.stop(polling) };
}

class QueuePoller {
  readonly #options: QueuePollerOptions;
  readonly #sqs: SQSClient;
  readonly #stopping = new AbortController();
  readonly #underWay = new Set<Promise<void>>();

  constructor(options: QueuePollerOptions) {
    this.#options = options;
    this.#sqs = new SQSClient(options.client);
  }

  async poll(): Promise<void> {
    const { maxConcurrency = 2 } = this.#options;
    while (!this.#stopped) {
      // Not before there is room: what is received is hidden from everybody else.
      while (this.#underWay.size >= maxConcurrency) await Promise.race(this.#underWay);
      const batch = await this.#gather();
      if (batch.length > 0) this.#begin(batch);
    }
  }

  /** `polling`: the promise of poll. */
  async stop(polling: Promise<void>): Promise<void> {
    this.#stopping.abort();
    // What was received just now is still handled.
    await polling;
    await Promise.all(this.#underWay);
    this.#sqs.destroy();
  }

  get #stopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  #begin(batch: readonly ReceivedMessage[]): void {
    const work = this.#process(batch).finally(() => this.#underWay.delete(work));
    this.#underWay.add(work);
  }

  /** Waits for messages and, from the first on, gathers more until the batch is full or the window is over. */
  async #gather(): Promise<ReceivedMessage[]> {
    const { batchSize, windowSeconds = 0 } = this.#options;
    const batch = await this.#receive(batchSize, LONGEST_POLL_SECONDS);
    const end = Date.now() + windowSeconds * 1000;
    let characters = batch.reduce((sum, { record }) => sum + record.body.length, 0);
    while (
      batch.length > 0 &&
      batch.length < batchSize &&
      characters < MAX_BATCH_CHARACTERS &&
      !this.#stopped
    ) {
      const seconds = Math.min(Math.floor((end - Date.now()) / 1000), LONGEST_POLL_SECONDS);
      if (seconds < 0) break;
      const more = await this.#receive(batchSize - batch.length, seconds);
      if (more.length === 0 && seconds === 0) break;
      characters += more.reduce((sum, { record }) => sum + record.body.length, 0);
      batch.push(...more);
    }
    return batch;
  }

  /** Empty when there is nothing, the poller stops, or SQS fails; then it rests first, ever longer. */
  async #receive(room: number, waitSeconds: number): Promise<ReceivedMessage[]> {
    const command = new ReceiveMessageCommand({
      QueueUrl: this.#options.queueUrl,
      MaxNumberOfMessages: Math.min(room, SQS_BATCH),
      WaitTimeSeconds: waitSeconds,
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['All'],
    });
    try {
      const { Messages = [] } = await this.#sqs.send(command, { abortSignal: this.#stopping.signal });
      this.#pauseMs = FIRST_PAUSE_MS;
      return Messages.flatMap((message: Message) => readMessage(message, this.#options.queueArn) ?? []);
    } catch (error) {
      if (!this.#stopped) await this.#rest(error);
      return [];
    }
  }

  #pauseMs = FIRST_PAUSE_MS;

  async #rest(error: unknown): Promise<void> {
    const { queueArn, log } = this.#options;
    log('receiving from a queue failed', { queueArn, error: String(error), pauseMs: this.#pauseMs });
    await delay(this.#pauseMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
  }

  /** Never rejects. */
  async #process(batch: readonly ReceivedMessage[]): Promise<void> {
    const { handle, log, queueArn, reportBatchItemFailures = false } = this.#options;
    try {
      const result = await handle(toEvent(batch));
      const failed = reportBatchItemFailures ? readFailures(result, batch) : new Set<string>();
      if (!failed) {
        log('a function answered no valid batchItemFailures', { queueArn, messages: batch.length });
        return;
      }
      await this.#delete(batch.filter(({ id }) => !failed.has(id)));
    } catch (error) {
      log('a batch of messages failed', { queueArn, messages: batch.length, error: String(error) });
    }
  }

  async #delete(done: readonly ReceivedMessage[]): Promise<void> {
    for (let from = 0; from < done.length; from += SQS_BATCH) {
      const part = done.slice(from, from + SQS_BATCH);
      const Entries = part.map(({ receiptHandle }, index) => ({
        Id: String(index),
        ReceiptHandle: receiptHandle,
      }));
      const command = new DeleteMessageBatchCommand({ QueueUrl: this.#options.queueUrl, Entries });
      const { Failed = [] } = await this.#sqs.send(command);
      if (Failed.length > 0) this.#options.log('handled messages could not be deleted', { Failed });
    }
  }
}
