import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { AwsError, faultOf, parseJson } from './aws-json.ts';
import { Dispatcher, type DispatchOptions } from './scheduler/dispatcher.ts';
import { firstDue } from './scheduler/expression.ts';
import {
  encodePosition,
  parseName,
  parsePage,
  parseSchedule,
  type ScheduleRequest,
} from './scheduler/requests.ts';
import { ScheduleStore, type Group, type Schedule } from './scheduler/store.ts';
import type { Closeable, WireHandler, WireRequest } from './service.ts';

export type { DeadDelivery, Delivery } from './scheduler/dispatcher.ts';

export interface SchedulerOptions extends DispatchOptions {
  /** Directory of `scheduler.db`, made if missing. */
  dataDir: string;
  region: string;
  accountId: string;
}

export interface Scheduler extends Closeable {
  /** REST-JSON below `/schedules` and `/schedule-groups`. */
  handle: WireHandler;
  /** Begins to deliver, first what fell due while the process was down. */
  start(): void;
}

/**
 * EventBridge Scheduler on one machine: durable, at least once, with one timer for all schedules.
 * One-time schedules whose time is past fire at once. A rate fires first at its StartDate or when it is created;
 * firings that fell into a downtime are made up for by one. KMS, tags, cron and other targets than state machines
 * and functions are refused.
 */
export function createScheduler(options: SchedulerOptions): Scheduler {
  mkdirSync(options.dataDir, { recursive: true });
  const store = new ScheduleStore(join(options.dataDir, 'scheduler.db'));
  const prefix = `arn:aws:scheduler:${options.region}:${options.accountId}`;
  const arnOf = ({ group, name }: { group: string; name: string }) => `${prefix}:schedule/${group}/${name}`;
  const { worker } = new Dispatcher(store, arnOf, options);
  const routes = createRoutes(store, { prefix, arnOf, changed: worker.wake });
  return {
    handle: (request) => Promise.resolve(answer(routes, request)),
    start: () => {
      worker.start();
    },
    close: async () => {
      await worker.close();
      store.close();
    },
  };
}

interface Naming {
  prefix: string;
  arnOf: (schedule: { group: string; name: string }) => string;
  changed: () => void;
}

type Route = (name: string, request: WireRequest) => object;

function answer(
  routes: Readonly<Record<string, Route>>,
  request: WireRequest,
): Awaited<ReturnType<WireHandler>> {
  const headers = { 'content-type': 'application/json', 'x-amzn-requestid': randomUUID() };
  try {
    const [, collection = '', name] = request.path.split('/');
    const route = routes[`${request.method} ${collection}${name === undefined ? '' : '/{Name}'}`];
    if (!route)
      throw new AwsError(
        'UnsupportedOperation',
        `${request.method} ${request.path} is not served on one machine`,
      );
    return { status: 200, headers, body: JSON.stringify(route(decodeURIComponent(name ?? ''), request)) };
  } catch (error) {
    const { status, code, message } = faultOf(error);
    return {
      status,
      headers: { ...headers, 'x-amzn-errortype': code },
      body: JSON.stringify({ Message: message }),
    };
  }
}

function createRoutes(store: ScheduleStore, naming: Naming): Readonly<Record<string, Route>> {
  return { ...scheduleRoutes(store, naming), ...groupRoutes(store, naming) };
}

function scheduleRoutes(store: ScheduleStore, { arnOf, changed }: Naming): Readonly<Record<string, Route>> {
  const find = (name: string, query: URLSearchParams): Schedule => {
    const group = parseName(query.get('groupName') ?? 'default');
    return store.find(group, parseName(name)) ?? notFound('Schedule', name);
  };
  return {
    'POST schedules/{Name}': (name, { body }) => {
      const request = parseSchedule(name, parseBody(body));
      create(store, request);
      changed();
      return { ScheduleArn: arnOf(request) };
    },
    'PUT schedules/{Name}': (name, { body }) => {
      const request = parseSchedule(name, parseBody(body));
      if (!store.find(request.group, request.name)) notFound('Schedule', name);
      store.replace({ ...request, ...firstFiring(request), clientToken: null }, Date.now());
      changed();
      return { ScheduleArn: arnOf(request) };
    },
    'GET schedules/{Name}': (name, { query }) => describe(find(name, query), arnOf),
    'DELETE schedules/{Name}': (name, { query }) => {
      const { group } = find(name, query);
      store.delete(group, name);
      return {};
    },
    'GET schedules': (_, { query }) => {
      const page = parsePage(query);
      const found = store.list(page);
      const shown = found.slice(0, page.limit);
      return { Schedules: shown.map((item) => summarize(item, arnOf)), ...nextToken(found, shown) };
    },
  };
}

function groupRoutes(store: ScheduleStore, { prefix }: Naming): Readonly<Record<string, Route>> {
  const describeGroup = ({ name, createdAt }: Group) => ({
    Arn: `${prefix}:schedule-group/${name}`,
    Name: name,
    State: 'ACTIVE',
    CreationDate: createdAt / 1000,
    LastModificationDate: createdAt / 1000,
  });
  return {
    'POST schedule-groups/{Name}': (name) => {
      if (!store.addGroup(parseName(name), Date.now()))
        throw conflict(`Schedule group ${name} already exists.`);
      return { ScheduleGroupArn: `${prefix}:schedule-group/${name}` };
    },
    'GET schedule-groups/{Name}': (name) => describeGroup(findGroup(store, name)),
    'DELETE schedule-groups/{Name}': (name) => {
      if (name === 'default')
        throw new AwsError('ValidationException', 'The default group cannot be deleted.');
      store.deleteGroup(findGroup(store, name).name);
      return {};
    },
    'GET schedule-groups': (_, { query }) => {
      const page = parsePage(query);
      const found = store.listGroups(page);
      const shown = found.slice(0, page.limit);
      const positions = (groups: Group[]) => groups.map(({ name }) => ({ group: name, name: '' }));
      return { ScheduleGroups: shown.map(describeGroup), ...nextToken(positions(found), positions(shown)) };
    },
  };
}

/** A repeated request with the same ClientToken is the same request: an SDK that lost the answer asks again. */
function create(store: ScheduleStore, request: ScheduleRequest): void {
  findGroup(store, request.group);
  const existing = store.find(request.group, request.name);
  if (!existing) {
    const clientToken = request.clientToken ?? null;
    store.insert({ ...request, ...firstFiring(request), clientToken }, Date.now());
    return;
  }
  const same = JSON.stringify(existing.definition) === JSON.stringify(request.definition);
  if (request.clientToken !== undefined && existing.clientToken === request.clientToken && same) return;
  throw conflict(`Schedule ${request.name} already exists.`);
}

function firstFiring({ definition, timing }: ScheduleRequest): {
  due: number | null;
  occurrence: number | null;
} {
  const from = Math.max(Date.now(), (definition.StartDate ?? 0) * 1000);
  const first = firstDue(timing, Math.round(from), (definition.EndDate ?? Infinity) * 1000);
  const due = definition.State === 'ENABLED' && first !== undefined ? first : null;
  return { due, occurrence: due };
}

function describe(schedule: Schedule, arnOf: Naming['arnOf']): object {
  return { ...summarize(schedule, arnOf), ...schedule.definition };
}

function summarize(schedule: Schedule, arnOf: Naming['arnOf']): object {
  return {
    Arn: arnOf(schedule),
    GroupName: schedule.group,
    Name: schedule.name,
    State: schedule.definition.State,
    Target: { Arn: schedule.definition.Target.Arn },
    CreationDate: schedule.createdAt / 1000,
    LastModificationDate: schedule.modifiedAt / 1000,
  };
}

function nextToken(
  found: readonly unknown[],
  shown: readonly { group: string; name: string }[],
): { NextToken?: string } {
  const last = shown.at(-1);
  return last && found.length > shown.length ? { NextToken: encodePosition([last.group, last.name]) } : {};
}

function findGroup(store: ScheduleStore, name: string): Group {
  return store.findGroup(parseName(name)) ?? notFound('Schedule group', name);
}

function parseBody(body: string): unknown {
  return parseJson(body || '{}', () => new AwsError('SerializationException', 'The body is not JSON'));
}

function notFound(what: string, name: string): never {
  throw new AwsError('ResourceNotFoundException', `${what} ${name} does not exist.`, 404);
}

function conflict(message: string): AwsError {
  return new AwsError('ConflictException', message, 409);
}
