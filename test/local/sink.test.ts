import { afterEach, describe, expect, it } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { channelSender } from '../../functions/adapters/channels/index.ts';
import { alert, message, recovered, storm, type TestAlert } from '../core/render/alerts.ts';

const SINK = join(import.meta.dirname, '../../local/sink.ts');
const SECRET = 'a-secret-of-this-channel';

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function start(args: string[], environment: Record<string, string> = {}) {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', SINK, ...args], {
    env: { ...process.env, NO_COLOR: '', FORCE_COLOR: '0', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  const output = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (output.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output.err += chunk.toString()));
  const exit = once(child, 'close').then(([code]) => code as number);
  const shows = async (pattern: RegExp) => {
    while (!pattern.test(output.out + output.err)) {
      if (child.exitCode !== null)
        throw new Error(`ended without ${String(pattern)}: ${JSON.stringify(output)}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  return { child, output, exit, shows };
}

async function sink(args: string[] = [], environment?: Record<string, string>) {
  const started = start(['--port', '0', ...args], environment);
  await started.shows(/waiting for alerts/);
  const url = /http:\/\/\S+?\//.exec(started.output.out + started.output.err)?.[0] ?? '';
  const sender = channelSender({ allowedHosts: ['127.0.0.1'] });
  const send = (alerts: TestAlert[], secret?: string) =>
    sender.send({ type: 'webhook', url, ...(secret === undefined ? {} : { secret }) }, message(...alerts));
  /** All that it printed, once it is over. */
  const ended = async () => {
    started.child.kill('SIGINT');
    expect(await started.exit).toBe(0);
    return started.output;
  };
  return { ...started, url, send, ended };
}

describe('the sink', () => {
  it('prints what a reader needs of each alert, without colours when it is no terminal', async () => {
    const { send, ended } = await sink();
    await send([alert({ record: { missed: 4, of: 30 } }), recovered()]);
    const output = await ended();
    expect(output.out.split('\n').slice(1)).toEqual([
      'MISSED high: Orders from ACME — due Sat 2026-11-21 06:00 Europe/Berlin, nothing under orders/2026/11/21/',
      '  Expected     at least 1 object of 1 byte or more matching orders/2026/11/21/orders-*.csv in bucket acme-landing',
      '  Due          Sat 2026-11-21 06:00 Europe/Berlin (2026-11-21 05:00 UTC), with 10 min of grace',
      '  Seen         nothing under orders/2026/11/21/',
      '  Overdue      10 min so far',
      '  Open since   Sat 2026-11-21 06:10 Europe/Berlin',
      '  Lately       missed 4 of the last 30',
      '  Expectation  data-platform/orders-landing, severity high',
      '  Runbook      https://wiki.example.com/orders',
      '  Details      https://overdue.example.com/breaches/b-1',
      '',
      'RECOVERED: Orders from ACME — due Sat 2026-11-21 06:00, came 07:12 Europe/Berlin, 1 h 12 min late',
      ...Array.from({ length: 9 }, () => expect.stringMatching(/^ {2}\w/)),
      '',
      '',
    ]);
    expect(output.err).toBe('');
  });

  it('prints in colours where they are wanted', async () => {
    const { send, ended } = await sink([], { FORCE_COLOR: '1' });
    await send([alert()]);
    const output = await ended();
    expect(output.out).toContain('\u001b[31mMISSED high: Orders from ACME');
  });

  it('obeys no terminal commands in what others wrote', async () => {
    const { send, ended } = await sink();
    await send([
      alert({ title: '\u001b[2Jgone', seen: '\u001b]0;title\u0007\rMISSED nothing', expected: 'a\nb' }),
    ]);
    const output = await ended();
    for (const control of ['\u001b', '\u0007', '\r']) expect(output.out).not.toContain(control);
    expect(output.out).toContain('  Expected     a b\n');
  });

  it('tells duplicates by the id of the alert', async () => {
    const { send, ended } = await sink();
    await send([alert()]);
    await send([alert(), recovered()]);
    const output = await ended();
    const heads = output.out.split('\n').filter((line) => /^\S.* — /.test(line));
    expect(heads).toEqual([
      expect.stringMatching(/^MISSED high/),
      expect.stringMatching(/^duplicate MISSED high/),
      expect.stringMatching(/^RECOVERED/),
    ]);
  });

  it('takes a storm', async () => {
    const { send, ended } = await sink();
    await send([...storm(5000).alerts]);
    const output = await ended();
    expect(output.out.match(/^MISSED high/gm)).toHaveLength(5000);
  });

  it('prints one JSON line for each alert and nothing else with --json', async () => {
    const { send, ended } = await sink(['--json']);
    await send([alert()]);
    await send([alert(), recovered({ seen: 'two\nlines' })]);
    const output = await ended();
    const lines = output.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    expect(lines).toMatchObject([
      {
        id: 'alert-1',
        type: 'opened',
        duplicate: false,
        dueAt: '2026-11-21T05:00:00.000Z',
        lateSeconds: 600,
      },
      { id: 'alert-1', duplicate: true },
      { id: 'alert-2', duplicate: false, seen: 'two\nlines' },
    ]);
  });

  it('shows only what is signed with the secret', async () => {
    const { send, ended } = await sink(['--secret', SECRET]);
    await send([alert()], SECRET);
    await expect(send([recovered()])).rejects.toThrow(/answered 401: .*no signature/);
    await expect(send([recovered()], 'another-secret-of-16')).rejects.toThrow(
      /answered 401: .*another secret/,
    );
    const output = await ended();
    expect(output.out).toMatch(/^MISSED high/m);
    expect(output.out).not.toMatch(/RECOVERED/);
    expect(output.err).toBe(
      'refused: no signature (header Overdue-Signature)\nrefused: the signature is of another secret or another body\n',
    );
  });

  it.each([
    ['what is no JSON', 'POST', 'hello', 400, /no JSON/],
    ['what is no message', 'POST', '{"alerts":1}', 400, /no message of Overdue/],
    ['looks', 'GET', undefined, 405, /post alerts/],
  ])('refuses %s with a reason', async (_, method, body, status, reason) => {
    const { url, shows } = await sink();
    const response = await fetch(url, { method, ...(body === undefined ? {} : { body }) });
    expect(response.status).toBe(status);
    expect(await response.text()).toMatch(reason);
    await shows(/^refused: .*$/m);
  });

  it('ends on Ctrl-C without a word', async () => {
    const { ended } = await sink();
    expect((await ended()).err).toBe('');
  });
});

describe('a sink that cannot start', () => {
  it('says in one line that the port is taken', async () => {
    const blocker = createServer();
    await once(blocker.listen(0, '127.0.0.1'), 'listening');
    const { port } = blocker.address() as { port: number };
    const { exit, output } = start(['--port', String(port)]);
    const code = await exit;
    blocker.close();
    expect(code).toBe(1);
    expect(output).toEqual({ out: '', err: `port ${port} is taken: choose another with --port\n` });
  });

  it.each([
    ['a port that is none', ['--port', 'x'], /^--port must be a number from 0 to 65535, not x\n$/],
    ['an unknown option', ['--colour'], /^Unknown option '--colour'.*\n$/],
  ])('says in one line what is wrong with %s', async (_, args, line) => {
    const { exit, output } = start(args);
    expect(await exit).toBe(1);
    expect(output.err).toMatch(line);
  });

  it('explains itself with --help', async () => {
    const { exit, output } = start(['--help']);
    expect(await exit).toBe(0);
    expect(output.out).toMatch(/--port .*\n.*--secret/);
  });
});
