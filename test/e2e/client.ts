/** What the scenarios need of `fetch`; addresses that no name server knows are reached by one of another make. */
export type Fetch = (
  url: string,
  init?: { method?: string; headers?: Record<string, string>; body?: string },
) => Promise<{ status: number; headers: Headers; text(): Promise<string> }>;

/** Where the API is. */
export interface Api {
  api: string;
  /** Operator's key. */
  key: string;
  fetch?: Fetch;
}

/** What the API answered. */
export interface Answer<T> {
  status: number;
  headers: Headers;
  body: T;
}

/** Calls the API with the operator's key. */
export async function call<T = unknown>(
  { api, key, fetch = globalThis.fetch }: Api,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer<T>> {
  const response = await fetch(api + path, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const json = text !== '' && response.headers.get('content-type')?.includes('json') === true;
  return { status: response.status, headers: response.headers, body: (json ? JSON.parse(text) : text) as T };
}

/** As call; an answer that is no success fails the test with its text. */
export async function must<T = unknown>(...request: Parameters<typeof call>): Promise<T> {
  const { status, body } = await call<T>(...request);
  if (status < 200 || status > 299) {
    throw new Error(`${request[1]} ${request[2]} answered ${status}: ${JSON.stringify(body)}`);
  }
  return body;
}

/** Asks again until the answer satisfies, or fails with the last answer. */
export async function until<T>(
  what: string,
  ask: () => Promise<T> | T,
  satisfied: (answer: T) => boolean,
  withinMs = 20_000,
): Promise<T> {
  const end = Date.now() + withinMs;
  let last: unknown;
  while (Date.now() < end) {
    try {
      const answer = await ask();
      last = answer;
      if (satisfied(answer)) return answer;
    } catch (error) {
      last = error;
    }
    await sleep(200);
  }
  throw new Error(
    `${what}: not within ${withinMs} ms; last: ${last instanceof Error ? last.message : JSON.stringify(last)}`,
  );
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

export function sleepUntil(instant: number): Promise<void> {
  return sleep(Math.max(0, instant - Date.now()));
}
