import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { globSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Metafile } from 'esbuild';
import { SMTPServer } from 'smtp-server';
import { z } from 'zod';
import { bundleInto, bytesAtStart, ENTRIES } from '../../infra/bundles.ts';
import { recorder } from '../adapters/channels/servers.ts';
import { alert, message } from '../core/render/alerts.ts';
import { run as runProgram } from '../support/command.ts';
import { EVERYTHING, resources, synthesizeInto, Text } from './stack.ts';

const Function = z.object({
  Code: z.object({ S3Key: z.string() }),
  Handler: z.string(),
  Environment: z.object({ Variables: z.record(z.string(), Text) }),
});

/** Megabytes; a cold start reads and compiles them, and the checker's comes when many deadlines fall due. */
const MOST = { check: 2, others: 2.25 };

/** What is large, and that a checker of files needs for none of its calls. */
const FOR_LATER = [
  '@aws-sdk/client-batch',
  '@aws-sdk/client-codebuild',
  '@aws-sdk/client-ecs',
  '@aws-sdk/client-emr-serverless',
  '@aws-sdk/client-glue',
  '@aws-sdk/client-redshift-data',
  'date-holidays',
  'nodemailer',
  'undici',
];

let folder: string;
let functions: z.infer<typeof Function>[];
let metafile: Metafile;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'overdue-bundles-'));
  metafile = bundleInto(join(folder, 'again'));
  functions = [...resources(synthesizeInto(folder, EVERYTHING), 'AWS::Lambda::Function', Function).values()];
}, 120_000);

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function bundleOf(entry: string): { code: string; file: string; variables: Record<string, string> } {
  const { Code, Environment } = functions.find(({ Handler }) => Handler === `${entry}.handler`)!;
  const code = join(folder, `asset.${Code.S3Key.replace('.zip', '')}`);
  return { code, file: join(code, `${entry}.mjs`), variables: Environment.Variables };
}

/** Runs it with Node in a folder that has no packages. */
function run(script: string, variables: Record<string, string>): string {
  return execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    env: { ...variables, AWS_REGION: 'eu-central-1' },
    encoding: 'utf8',
    cwd: folder,
  });
}

it('every entry is the code of a function, and every function has an entry', () => {
  expect(functions.map(({ Handler }) => Handler).toSorted()).toEqual(
    ENTRIES.map((entry) => `${entry}.handler`).toSorted(),
  );
});

describe.each(ENTRIES)('the code of %s', (entry) => {
  it('starts by itself, with the variables that the function has', () => {
    const { file, variables } = bundleOf(entry);
    const script = `const { handler } = await import(${JSON.stringify(file)}); process.stdout.write(typeof handler);`;
    expect(run(script, variables)).toBe('function');
  });

  const most = entry === 'check' ? MOST.check : MOST.others;
  it(`loads less than ${most} MB before its first call, and has source maps`, () => {
    expect(bytesAtStart(metafile).get(entry)).toBeLessThan(most * 1_000_000);
    expect(statSync(`${bundleOf(entry).file}.map`).size).toBeGreaterThan(0);
  });
});

describe('what lies beside the functions', () => {
  it('is all that they need: each file loads where there are no packages', () => {
    const { code, variables } = bundleOf('check');
    const files = globSync('**/*.mjs', { cwd: code, exclude: ['node_modules/**'] });
    expect(files.length).toBeGreaterThan(ENTRIES.length + FOR_LATER.length);
    // The API comes first: it changes what schemas can do that are made after it is loaded.
    const script = `
      for (const file of ${JSON.stringify(['api.mjs', ...files])}) await import(${JSON.stringify(`${code}/`)} + file);
      process.stdout.write('all');`;
    expect(run(script, variables)).toBe('all');
  });

  it.each(FOR_LATER)('is loaded when it is needed, and not before: %s', (library) => {
    const inside = Object.entries(metafile.outputs).filter(([, { inputs }]) =>
      Object.keys(inputs).some((input) => input.includes(`node_modules/${library}/`)),
    );
    expect(inside.length).toBeGreaterThan(0);
    const without = {
      ...metafile,
      outputs: Object.fromEntries(
        Object.entries(metafile.outputs).filter(([file]) => !inside.some(([other]) => other === file)),
      ),
    };
    expect(bytesAtStart(without).get('check')).toBe(bytesAtStart(metafile).get('check'));
  });

  it('sends messages', async () => {
    const receiver = await recorder();
    const mails: string[] = [];
    const smtp = new SMTPServer({
      disabledCommands: ['STARTTLS', 'AUTH'],
      onData(stream, _session, done) {
        void text(stream).then((mail) => {
          mails.push(mail);
          done();
        });
      },
    });
    await new Promise<void>((resolve) => smtp.listen(0, '127.0.0.1', resolve));
    const { port } = smtp.server.address() as AddressInfo;
    const code = join(folder, 'channels');
    bundleInto(code, [
      'functions/adapters/channels/index.ts',
      'functions/adapters/channels/mail-transport.ts',
    ]);
    const script = `
      const { channelSender } = await import('${code}/index.mjs');
      const { smtpTransport } = await import('${code}/mail-transport.mjs');
      const mail = { from: 'overdue@example.com', transport: smtpTransport('smtp://127.0.0.1:${port}') };
      const sender = channelSender({ allowedHosts: ['127.0.0.1:${receiver.port}'], mail });
      const message = ${JSON.stringify(message(alert()))};
      await sender.send({ type: 'webhook', url: 'http://127.0.0.1:${receiver.port}/' }, message);
      await sender.send({ type: 'email', to: ['ops@example.com'] }, message);`;
    await runProgram(process.execPath, ['--input-type=module', '--eval', script], { cwd: folder });
    expect(receiver.requests).toHaveLength(1);
    expect(mails).toHaveLength(1);
    await new Promise<void>((resolve) => {
      smtp.close(resolve);
    });
    await receiver.close();
  });

  it('is the page of the API, with its files', () => {
    const { file, variables } = bundleOf('api');
    const event = {
      version: '2.0',
      rawPath: '/docs/swagger-ui.css',
      rawQueryString: '',
      headers: { host: 'overdue.example.com' },
      requestContext: {
        http: { method: 'GET', path: '/docs/swagger-ui.css' },
        domainName: 'overdue.example.com',
      },
      isBase64Encoded: false,
    };
    const script = `
      const { handler } = await import(${JSON.stringify(file)});
      const { statusCode } = await handler(${JSON.stringify(event)}, {});
      process.stdout.write('status ' + statusCode);`;
    expect(run(script, variables)).toContain('status 200');
  });
});
