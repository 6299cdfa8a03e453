import { isDeepStrictEqual } from 'node:util';
import type { OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { newApiKey } from '../../../functions/app/access.ts';
import type { Role } from '../../../functions/app/ports.ts';
import { createApi } from '../../../functions/handlers/api/app.ts';
import type { ApiEnv } from '../../../functions/handlers/api/env.ts';
import { Driver } from '../../support/drive.ts';
import { MemoryWorld, type MemoryOptions } from '../../support/memory-context.ts';

/** Who calls: a key of team `data`, of another team, of operators, or nobody. */
export type Caller = 'nobody' | 'viewer' | 'editor' | 'admin' | 'stranger' | 'watcher' | 'operator';

const KEYS: Record<Exclude<Caller, 'nobody'>, { team: string; role: Role }> = {
  viewer: { team: 'data', role: 'viewer' },
  editor: { team: 'data', role: 'editor' },
  admin: { team: 'data', role: 'admin' },
  stranger: { team: 'finance', role: 'admin' },
  watcher: { team: '*', role: 'viewer' },
  operator: { team: '*', role: 'admin' },
};

export interface Answer {
  status: number;
  headers: Headers;
  /** JSON, or text. */
  body: unknown;
  text: string;
}

export interface Sent {
  as?: Caller;
  body?: unknown;
  headers?: Record<string, string>;
  /** Sent as it is, without a Content-Type of our own. */
  raw?: string | Uint8Array<ArrayBuffer>;
}

/** An operation as the registry has it. */
export interface Operation {
  method: string;
  path: string;
  operationId: string;
  secured: boolean;
  /** Schema of the body for each status and type; undefined where there is no body. */
  answers: Map<string, z.ZodType | undefined>;
}

const Content = z.record(z.string(), z.object({ schema: z.custom<z.ZodType>() }));
const Route = z.object({
  method: z.string(),
  path: z.string(),
  operationId: z.string(),
  security: z.array(z.unknown()),
  responses: z.record(z.string(), z.object({ content: Content.optional() })),
});

/** The API over a world in memory. Every answer is held against the document. */
export class ApiClient {
  readonly world: MemoryWorld;
  readonly app: OpenAPIHono<ApiEnv>;
  /** Lets time pass, with everything that happens meanwhile. */
  readonly driver: Driver;
  /** Every answer so far, as text. */
  readonly answers: string[] = [];
  readonly #keys = new Map<Caller, string>();

  private constructor(options: MemoryOptions) {
    this.world = new MemoryWorld(options);
    this.app = createApi(this.world.ctx);
    this.driver = new Driver(this.world);
  }

  /** Two teams, `data` and `finance`, a key for each caller, and a channel `mail` of `data`. */
  static async start(options: MemoryOptions = {}): Promise<ApiClient> {
    const client = new ApiClient(options);
    const { world } = client;
    const grants = [{ bucket: 'acme', prefix: 'orders/' }];
    for (const id of ['data', 'finance']) await world.teams.save({ id, grants, createdAt: 0, version: 0 });
    for (const [caller, { team, role }] of Object.entries(KEYS)) {
      const { record, key } = newApiKey(world.ctx, { team, role, name: caller, createdBy: 'test' });
      await world.apiKeys.create(record);
      client.#keys.set(caller as Caller, key);
    }
    const target = { type: 'email' as const, to: ['secret.person@example.com'] };
    await world.channels.put({ team: 'data', name: 'mail', target, createdAt: 0 });
    return client;
  }

  key(caller: Caller): string | undefined {
    return this.#keys.get(caller);
  }

  /** @param request `GET /v1/teams` */
  async send(request: string, { as = 'editor', body, headers = {}, raw }: Sent = {}): Promise<Answer> {
    const [method = '', path = ''] = request.split(' ');
    const key = this.#keys.get(as);
    const all = {
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    };
    const sent = raw ?? (body === undefined ? undefined : JSON.stringify(body));
    const response = await this.app.request(path, {
      method,
      headers: all,
      ...(sent === undefined ? {} : { body: sent }),
    });
    const text = await response.text();
    this.answers.push(text);
    const type = response.headers.get('content-type') ?? '';
    const parsed: unknown = type.includes('json') ? JSON.parse(text) : text;
    this.#compare(method, path, response, parsed);
    return { status: response.status, headers: response.headers, body: parsed, text };
  }

  /** As send, for an answer that is expected to be of a status. */
  async ok(request: string, sent: Sent & { status?: number } = {}): Promise<Record<string, unknown>> {
    const { status, text, body } = await this.send(request, sent);
    if (status !== (sent.status ?? 200)) throw new Error(`${request}: ${status} ${text}`);
    return typeof body === 'object' && body !== null ? { ...body } : {};
  }

  /** Every documented operation. */
  operations(): Operation[] {
    return this.app.openAPIRegistry.definitions
      .filter((definition) => definition.type === 'route')
      .map(({ route }) => {
        const { method, path, operationId, security, responses } = Route.parse(route);
        const answers = Object.entries(responses).flatMap(([status, { content }]): [string, z.ZodType?][] =>
          content
            ? Object.entries(content).map(([type, { schema }]) => [`${status} ${type}`, schema])
            : [[`${status} `]],
        );
        return {
          method,
          path,
          operationId,
          secured: security.length > 0,
          answers: new Map(answers.map(([name, schema]) => [name, schema])),
        };
      });
  }

  /** @throws Error when the answer is not one of those in the document */
  #compare(method: string, path: string, { status, headers }: Response, body: unknown): void {
    const operation = this.operations().find(
      (one) => one.method.toUpperCase() === method && matches(one.path, path),
    );
    if (!operation) return;
    const [type = ''] = (headers.get('content-type') ?? '').split(';');
    const name = `${method} ${operation.path} ${status} ${type}`;
    if (!operation.answers.has(`${status} ${type}`)) throw new Error(`not in the document: ${name}`);
    const schema = operation.answers.get(`${status} ${type}`);
    if (!schema) return;
    const parsed = schema.safeParse(body);
    if (!parsed.success) throw new Error(`${name} is not as documented: ${z.prettifyError(parsed.error)}`);
    // Schemas of answers leave out what they do not know: a field that is in no document would be missing.
    if (!isDeepStrictEqual(parsed.data, body)) throw new Error(`${name} has fields that are not documented`);
  }
}

/** What lies at a path of a body: `at(body, 'items', 0, 'id')`. */
export function at(body: unknown, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>(
    (part, name) =>
      typeof part === 'object' && part !== null ? (Reflect.get(part, name) as unknown) : undefined,
    body,
  );
}

function matches(pattern: string, path: string): boolean {
  const wanted = pattern.split('/');
  const given = (path.split('?')[0] ?? '').replace(/\/$/, '').split('/');
  return (
    wanted.length === given.length && wanted.every((part, i) => part.startsWith('{') || part === given[i])
  );
}
