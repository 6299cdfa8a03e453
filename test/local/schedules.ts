import {
  CreateScheduleCommand,
  GetScheduleCommand,
  SchedulerClient,
  type CreateScheduleCommandInput,
} from '@aws-sdk/client-scheduler';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createScheduler,
  type DeadDelivery,
  type Delivery,
  type Scheduler,
} from '../../local/services/scheduler.ts';
import { clientConfig, serve, type TestServer } from './serve.ts';

export const STATE_MACHINE = 'arn:aws:states:eu-central-1:123456789012:stateMachine:checker';
export const RoleArn = 'arn:aws:iam::123456789012:role/overdue';
export const NOT_FOUND = { name: 'ResourceNotFoundException' };

/** The expression for a time in ms from now, to the second below. */
export function at(offsetMs: number): string {
  return `at(${new Date(Date.now() + offsetMs).toISOString().slice(0, 19)})`;
}

/** A scheduler over HTTP with a directory of its own, and what it delivered. */
export class TestSchedules {
  readonly delivered: { delivery: Delivery; at: number }[] = [];
  readonly dead: DeadDelivery[] = [];
  readonly logged: string[] = [];
  /** The target. */
  deliver: (delivery: Delivery) => Promise<unknown> = () => Promise.resolve();
  client!: SchedulerClient;
  readonly #dataDir = mkdtempSync(join(tmpdir(), 'scheduler-'));
  #scheduler!: Scheduler;
  #server!: TestServer;

  async open(): Promise<void> {
    this.#scheduler = createScheduler({
      dataDir: this.#dataDir,
      region: 'eu-central-1',
      accountId: '123456789012',
      deliver: (delivery) => {
        this.delivered.push({ delivery, at: Date.now() });
        return this.deliver(delivery);
      },
      onDeadLetter: (letter) => Promise.resolve(this.dead.push(letter)),
      log: (message) => this.logged.push(message),
      retryMs: 10,
    });
    this.#server = await serve(this.#scheduler.handle);
    this.client = new SchedulerClient({ ...clientConfig(this.#server.url), maxAttempts: 1 });
  }

  start(): void {
    this.#scheduler.start();
  }

  async shut(): Promise<void> {
    this.client.destroy();
    await this.#server.close();
    await this.#scheduler.close();
  }

  remove(): void {
    rmSync(this.#dataDir, { recursive: true });
  }

  async create(Name: string, rest: Partial<CreateScheduleCommandInput> = {}) {
    return await this.client.send(
      new CreateScheduleCommand({
        Name,
        ScheduleExpression: 'at(2100-01-01T00:00:00)',
        FlexibleTimeWindow: { Mode: 'OFF' },
        Target: { Arn: STATE_MACHINE, RoleArn },
        ...rest,
      }),
    );
  }

  async get(Name: string) {
    return await this.client.send(new GetScheduleCommand({ Name }));
  }
}
