import type { Context } from 'hono';
import type { ApiEnv } from './env.ts';
import { bodyLimit } from 'hono/body-limit';
import { shapeProblems } from './json-shape.ts';
import { demandSound, HttpProblem } from './problem.ts';

const MOST_BYTES = 256 * 1024;

/** The largest body that is read. */
const limited = bodyLimit({
  maxSize: MOST_BYTES,
  onError: () => {
    throw new HttpProblem('too-large', `the body must be at most ${MOST_BYTES} bytes`);
  },
});

const JSON_TYPE = /^application\/(?:[a-z0-9.-]+\+)?json\s*(?:;|$)/i;

/**
 * The body as JSON; undefined when there is none. One of the type `asText`, `text/calendar`, is taken as it is.
 * @throws HttpProblem when it is too large, of another type, or no JSON; Invalid when it says something twice
 */
export async function readJson(c: Context<ApiEnv, string>, asText?: string): Promise<unknown> {
  await limited(c, () => Promise.resolve());
  const text = await c.req.text();
  if (text === '') return undefined;
  const type = c.req.header('content-type');
  if (asText !== undefined && type?.split(';')[0]?.trim().toLowerCase() === asText) return text;
  if (type === undefined || !JSON_TYPE.test(type)) {
    const given = type === undefined ? 'no Content-Type' : `Content-Type: ${type}`;
    throw new HttpProblem(
      'unsupported-media-type',
      `the body came with ${given}; send JSON with Content-Type: application/json${asText === undefined ? '' : `, or ${asText}`}`,
      { Accept: asText === undefined ? 'application/json' : `application/json, ${asText}` },
    );
  }
  const json = parsed(text);
  demandSound(shapeProblems(text));
  return json;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new HttpProblem('not-json', describe(text, error));
  }
}

function describe(text: string, error: unknown): string {
  const end = faultIn(text);
  const before = text.slice(0, end);
  const place = `line ${before.split('\n').length}, column ${end - before.lastIndexOf('\n')}`;
  const found = text.at(end);
  if (found === undefined) return `the body ends at ${place} before it is complete`;
  const said = error instanceof Error ? error.message : '';
  const expected = /^Expected (.*) in JSON/s.exec(said)?.[1];
  const wanted = expected === undefined ? '' : `, expected ${expected}`;
  return `the body is not JSON: unexpected ${JSON.stringify(found)} at ${place}${wanted}`;
}

/**
 * Index of the first character that no JSON has there: the longest beginning that only lacks its end. The engine tells
 * a position for some faults only.
 */
function faultIn(text: string): number {
  let [sound, faulty] = [0, text.length + 1];
  while (faulty - sound > 1) {
    const middle = Math.floor((sound + faulty) / 2);
    if (isUnfinished(text.slice(0, middle))) sound = middle;
    else faulty = middle;
  }
  return sound;
}

function isUnfinished(beginning: string): boolean {
  try {
    JSON.parse(beginning);
    return true;
  } catch (error) {
    const { message } = error instanceof Error ? error : { message: '' };
    const position = /at position (\d+)/.exec(message)?.[1];
    return /^Unexpected end|^Unterminated/.test(message) || Number(position) >= beginning.length;
  }
}
