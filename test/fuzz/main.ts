import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { must, until } from '../e2e/client.ts';
import { startService, type Service } from '../e2e/service.ts';
import { NotHere, pythonPrograms } from '../support/python.ts';
import { fuzz, REQUIREMENTS, type Pass } from './schemathesis.ts';

const { values: given } = parseArgs({
  options: {
    /** Of the longest pass; the others take a quarter of it. */
    seconds: { type: 'string', default: '32' },
    seed: { type: 'string' },
  },
});

/** Fuzzes a fresh service from its own document, as four kinds of clients. */
async function main(): Promise<number> {
  const program = join(await pythonPrograms(REQUIREMENTS), 'schemathesis');
  const folder = await mkdtemp(join(tmpdir(), 'overdue-fuzz-'));
  await mkdir(join(folder, 'data'));
  // What is shown is what the API does with odd requests, not with many.
  const unlimited = { OVERDUE_REQUESTS_PER_SECOND: '0', OVERDUE_CHECK_INS_PER_SECOND: '0' };
  const service = await startService(join(folder, 'data'), {}, unlimited);
  try {
    const ok = await passes(program, service, folder);
    return ok ? 0 : 1;
  } finally {
    await service.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Prepared {
  viewer: string;
  ping: string;
}

/** A team with a viewer, a channel, an expectation to check in to, and one that will be missed in a minute. */
async function prepare(service: Service): Promise<Prepared> {
  await must(service, 'PUT', '/v1/teams/fuzz', { grants: [{ bucket: '*' }] });
  await must(service, 'PUT', '/v1/teams/fuzz/channels/sink', { type: 'webhook', url: 'http://127.0.0.1:9/' });
  const key = { team: 'fuzz', role: 'viewer', name: 'fuzz' };
  const { key: viewer } = await must<{ key: string }>(service, 'POST', '/v1/keys', key);
  const silent = { team: 'fuzz', checkIn: {}, due: { silentFor: '1m' }, notify: ['sink'] };
  await must(service, 'POST', '/v1/expectations', { ...silent, id: 'silent' });
  const backup = { ...silent, id: 'backup' };
  const { pingUrl } = await must<{ pingUrl: string }>(service, 'POST', '/v1/expectations', backup);
  return { viewer, ping: pingUrl.split('/').at(-1) ?? '' };
}

async function passes(program: string, service: Service, folder: string): Promise<boolean> {
  const { viewer, ping } = await prepare(service);
  const seconds = Number(given.seconds);
  const short = Math.ceil(seconds / 4);
  const common = { document: `${service.api}/openapi.json`, folder, seed: given.seed };
  const team = { 'path.team': 'fuzz', 'path.token': ping };
  const results: Pass[] = [];
  const pass = async (name: string, options: Omit<Parameters<typeof fuzz>[1], keyof typeof common>) => {
    const result = await fuzz(program, { ...common, ...options });
    results.push(result);
    show(name, result);
  };
  await pass('operator', { key: service.key, seconds, parameters: { ...team, 'path.id': 'backup' } });
  await pass('operator, with names that it makes up', { key: service.key, seconds: short, parameters: {} });
  await pass('viewer', { key: viewer, seconds: short, parameters: team });
  await pass('nobody', { seconds: short, parameters: {} });
  const missed = await until(
    'a breach of the silent expectation',
    () => must<{ items: { id: string }[] }>(service, 'GET', '/v1/breaches?team=fuzz&expectation=silent'),
    ({ items }) => items.length > 0,
    90_000,
  );
  const parameters = { ...team, 'path.id': 'silent', 'path.deadline': missed.items[0]?.id ?? '' };
  const tags = ['Breaches', 'Deadlines'].flatMap((tag) => ['--include-tag', tag]);
  await pass('operator, on a breach', { key: service.key, seconds: short, parameters, options: tags });
  return summed(results);
}

function show(
  name: string,
  { operations, requests, findings, errors, seconds, exitCode, output }: Pass,
): void {
  const took = `${Math.round(seconds)} s`;
  console.log(
    `${name}: ${operations} operations, ${requests} requests, ${findings} findings, ${errors} errors, ${took}`,
  );
  if (exitCode !== 0) console.log(output);
}

function summed(results: readonly Pass[]): boolean {
  const sum = (of: (pass: Pass) => number) => results.reduce((total, pass) => total + of(pass), 0);
  console.log(`all: ${sum((pass) => pass.requests)} requests, ${sum((pass) => pass.findings)} findings`);
  return results.every(({ exitCode }) => exitCode === 0);
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    if (error instanceof NotHere) {
      console.log(`SKIPPED: the API was not fuzzed, schemathesis cannot be installed here: ${error.message}`);
      process.exit(0);
    }
    console.error(error);
    process.exit(1);
  },
);
