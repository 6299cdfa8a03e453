import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { CLIENTS_OF_THE_RUNTIME } from '../../infra/handler.ts';
import { EVERYTHING, resources, synthesizeInto, Text } from './stack.ts';

const Function = z.object({
  Code: z.object({ S3Key: z.string() }),
  Environment: z.object({ Variables: z.record(z.string(), Text) }),
});

const HANDLERS = [
  'AlertsNotifier',
  'ApiHandler',
  'BreachesAdvance',
  'BreachesAwaitArrival',
  'CanaryKeeper',
  'CheckerCheck',
  'CheckerPlan',
  'EvidenceRecorder',
  'SweepHeartbeat',
  'SweepSweeper',
];

/** Megabytes; a cold start reads and compiles all of it, and the checker's comes when many deadlines fall due. */
const largest = (handler: string) => (handler === 'CheckerCheck' ? 5.25 : 6.25);

let folder: string;
let functions: Map<string, z.infer<typeof Function>>;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'overdue-bundles-'));
  const template = synthesizeInto(folder, EVERYTHING);
  functions = resources(template, 'AWS::Lambda::Function', Function);
}, 120_000);

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function bundleOf(handler: string): { file: string; variables: Record<string, string> } {
  const [, properties] = [...functions].find(([id]) => id.startsWith(`${handler}Function`))!;
  const { Code, Environment } = properties;
  return {
    file: join(folder, `asset.${Code.S3Key.replace('.zip', '')}`, 'index.mjs'),
    variables: Environment.Variables,
  };
}

describe.each(HANDLERS)('the bundle of %s', (handler) => {
  it('starts by itself, with the variables that the function has', () => {
    const { file, variables } = bundleOf(handler);
    const script = `const { handler } = await import(${JSON.stringify(file)}); process.stdout.write(typeof handler);`;
    const started = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
      env: { ...variables, AWS_REGION: 'eu-central-1' },
      encoding: 'utf8',
    });
    expect(started).toBe('function');
  });

  it(`is smaller than ${largest(handler)} MB, and has a source map`, () => {
    const { file } = bundleOf(handler);
    expect(statSync(file).size).toBeLessThan(largest(handler) * 1_000_000);
    expect(statSync(`${file}.map`).size).toBeGreaterThan(0);
  });
});

describe.each(CLIENTS_OF_THE_RUNTIME)('%s', (client) => {
  it.each(['ApiHandler', 'CheckerCheck', 'CheckerPlan', 'EvidenceRecorder', 'SweepSweeper'])(
    'is loaded by %s when it is needed, and not before',
    (handler) => {
      const code = readFileSync(bundleOf(handler).file, 'utf8');
      const loads = [...code.matchAll(new RegExp(`.{9}["']${client}["']`, 'g'))].map(([load]) => load);
      expect(loads.length).toBeGreaterThan(0);
      for (const load of loads) expect(load).toMatch(/ import\(["']/);
    },
  );
});

describe('the bundle of the API', () => {
  it('has the files of its page beside it', () => {
    const { file, variables } = bundleOf('ApiHandler');
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
    const answered = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
      env: { ...variables, AWS_REGION: 'eu-central-1' },
      encoding: 'utf8',
      cwd: folder,
    });
    expect(answered).toContain('status 200');
  });
});
