/** `npm run sink`: shows the alerts that Overdue sends to a webhook, for trying things out on one machine. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { parseArgs, styleText } from 'node:util';
import { z } from 'zod';
import { quoted } from '../functions/adapters/channels/errors.ts';
import { signatureProblem } from '../functions/adapters/channels/signature.ts';
import { detailsOf } from '../functions/core/render/details.ts';
import { toneOf, type Tone } from '../functions/core/render/entry.ts';
import { headline } from '../functions/core/render/headline.ts';
import { alertOf, WebhookBody, type WebhookAlert } from '../functions/core/render/webhook.ts';

const HOST = '127.0.0.1';
const MAX_BODY = 64 * 1024 * 1024;
/** So many alerts are remembered, to tell which ones are repeated. */
const MAX_SEEN = 100_000;

const USAGE = `Shows the alerts of a webhook channel in this terminal.

  npm run sink -- [--port 9099] [--secret <secret of the channel>] [--json]

  --port    port of ${HOST} to listen on; 9099 when absent, 0 for any free one
  --secret  refuse what is not signed with it
  --json    one line of JSON for each alert, for programs`;

interface Settings {
  port: number;
  secret: string | undefined;
  json: boolean;
}

/** Bad news for whoever called: a status, and why. */
class Refused extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const COLOURS = { bad: 'red', unknown: 'yellow', good: 'green', neutral: 'cyan' } as const satisfies Record<
  Tone,
  string
>;

/** The alert as lines for a terminal; in colour where standard output shows colours. */
function inTerminal(sent: WebhookAlert, duplicate: boolean): string {
  const alert = alertOf(sent);
  const line = headline(alert);
  if (duplicate) return styleText('dim', `duplicate ${line}`);
  const rows = detailsOf({ alert, missedHere: false }).map(
    ({ label, value }) => `  ${styleText('dim', label.padEnd('Expectation'.length))}  ${value}`,
  );
  return [styleText(['bold', COLOURS[toneOf(alert.type)]], line), ...rows, ''].join('\n');
}

function asJson(alert: WebhookAlert, duplicate: boolean): string {
  return JSON.stringify({ ...alert, duplicate });
}

/** Whether each alert was seen before; the oldest are forgotten. */
function duplicates(): (id: string) => boolean {
  const seen = new Set<string>();
  return (id) => {
    if (seen.has(id)) return true;
    seen.add(id);
    const [oldest] = seen;
    if (seen.size > MAX_SEEN && oldest !== undefined) seen.delete(oldest);
    return false;
  };
}

async function receive(request: IncomingMessage, { secret }: Settings): Promise<WebhookBody> {
  if (request.method !== 'POST')
    throw new Refused(405, 'this is the alert sink of Overdue: post alerts to it');
  const body = await bodyOf(request);
  const header = request.headers['overdue-signature'];
  const problem =
    secret === undefined
      ? undefined
      : signatureProblem(header?.toString(), { body, secret, now: Date.now() });
  if (problem !== undefined) throw new Refused(401, problem);
  const parsed = WebhookBody.safeParse(json(body));
  if (!parsed.success) throw new Refused(400, `no message of Overdue: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

async function bodyOf(request: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > MAX_BODY) throw new Refused(413, `more than ${MAX_BODY} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function json(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new Refused(400, 'no JSON');
  }
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
  response.end(`${JSON.stringify(body)}\n`);
}

/** Handles one request and prints what it brought. */
function listener(settings: Settings) {
  const isDuplicate = duplicates();
  const show = settings.json ? asJson : inTerminal;
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      const { alerts } = await receive(request, settings);
      const lines = alerts.map((alert) => show(alert, isDuplicate(alert.id)));
      if (lines.length > 0) console.log(lines.join('\n'));
      answer(response, 200, { received: alerts.length });
    } catch (error) {
      const { status, message } = error instanceof Refused ? error : new Refused(500, String(error));
      console.error(`refused: ${quoted(message)}`);
      answer(response, status, { error: message });
    }
  };
}

function settingsOf(args: readonly string[]): Settings {
  const options = {
    port: { type: 'string', default: '9099' },
    secret: { type: 'string' },
    json: { type: 'boolean' },
  } as const;
  const { values } = parseArgs({
    args: [...args],
    options: { ...options, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help === true) {
    console.log(USAGE);
    process.exit(0);
  }
  if (!/^\d{1,5}$/.test(values.port) || Number(values.port) > 65_535) {
    throw new RangeError(`--port must be a number from 0 to 65535, not ${quoted(values.port)}`);
  }
  return { port: Number(values.port), secret: values.secret, json: values.json === true };
}

async function main(): Promise<void> {
  const settings = settingsOf(process.argv.slice(2));
  const handle = listener(settings);
  const server = createServer((request, response) => void handle(request, response));
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  server.listen(settings.port, HOST);
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : settings.port;
  const checked = settings.secret === undefined ? '' : ', signatures are checked';
  // Standard output is for alerts only when a program reads it.
  const say = settings.json ? console.error : console.log;
  say(`waiting for alerts on http://${HOST}:${port}/${checked}; Ctrl-C ends it`);
}

/** What went wrong at the start, in one line. */
function inOneLine(error: unknown): string {
  if (!(error instanceof Error)) return quoted(String(error));
  if (!('code' in error) || error.code !== 'EADDRINUSE') return quoted(error.message);
  const port = 'port' in error ? ` ${String(error.port)}` : '';
  return `port${port} is taken: choose another with --port`;
}

// Whoever reads the output may stop reading: `npm run sink | head`.
process.stdout.on('error', () => process.exit(0));
try {
  await main();
} catch (error) {
  console.error(inOneLine(error));
  process.exitCode = 1;
}
