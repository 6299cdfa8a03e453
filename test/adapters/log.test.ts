import { afterEach, expect, jest, test } from '@jest/globals';
import { powertoolsLog } from '../../functions/adapters/log.ts';

afterEach(() => {
  jest.restoreAllMocks();
});

function lines(level: string | undefined): unknown[] {
  const written: unknown[] = [];
  const write = (text: unknown) => written.push(JSON.parse(String(text)));

  process.env['POWERTOOLS_DEV'] = 'true';
  for (const method of ['info', 'warn', 'error'] as const)
    jest.spyOn(console, method).mockImplementation(write);
  const log = powertoolsLog(level);
  log.info('swept', { shards: [1, 2] });
  log.warn('slow');
  log.error('failed', { error: 'x' });

  delete process.env['POWERTOOLS_DEV'];
  return written;
}

test('each line is JSON with its level, its message and its facts', () => {
  expect(lines(undefined)).toMatchObject([
    { level: 'INFO', message: 'swept', shards: [1, 2] },
    { level: 'WARN', message: 'slow' },
    { level: 'ERROR', message: 'failed', error: 'x' },
  ]);
});

test.each([
  ['warn', 2],
  ['ERROR', 1],
  ['nonsense', 3],
])('at level %s, %i of three lines are written', (level, count) => {
  expect(lines(level)).toHaveLength(count);
});
