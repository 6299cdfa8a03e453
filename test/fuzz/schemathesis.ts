import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const HERE = import.meta.dirname;
/** Schemathesis, pinned. */
export const REQUIREMENTS = join(HERE, 'requirements.txt');

const Report = z.object({
  complete: z.boolean(),
  running_time: z.number(),
  operations: z.object({ selected: z.int(), tested: z.int(), errored: z.int() }),
  test_cases: z.object({ generated: z.int(), unique_failures: z.int(), errored: z.int() }),
});

/** What one run of it did. */
export interface Pass {
  exitCode: number;
  operations: number;
  requests: number;
  findings: number;
  /** Operations that could not be tested, and cases that broke off. */
  errors: number;
  seconds: number;
  /** Everything that it printed. */
  output: string;
}

export interface Fuzzing {
  document: string;
  /** API key; none when absent. */
  key?: string;
  /** At most so long, in seconds. */
  seconds: number;
  /** Values of parameters wherever they occur, by their place and name: `path.team`. */
  parameters: Record<string, string>;
  /** Further options. */
  options?: readonly string[];
  /** Where the report is written. */
  folder: string;
  seed?: string | undefined;
}

/** Where a part of the path is given, a faulty one never arrives, and these have nothing else that could be faulty. */
const GIVEN = `
[[operations]]
include-method = ["GET", "DELETE"]
include-path-regex = "^/v1/teams/"
checks.negative_data_rejection.enabled = false

[[operations]]
include-operation-id = ["renewToken", "testChannel"]
checks.negative_data_rejection.enabled = false
`;

/** Runs schemathesis once. @throws Error when it did not come to an end */
export async function fuzz(program: string, fuzzing: Fuzzing): Promise<Pass> {
  const report = join(fuzzing.folder, `report-${Date.now()}.json`);
  const config = join(fuzzing.folder, 'schemathesis.toml');
  const parameters = Object.entries(fuzzing.parameters).map(([name, value]) => `"${name}" = "${value}"\n`);
  const common = await readFile(join(HERE, 'schemathesis.toml'), 'utf8');
  await writeFile(
    config,
    `${common}\n${parameters.length > 0 ? GIVEN : ''}\n[parameters]\n${parameters.join('')}`,
  );
  const args = [
    ...['--config-file', config, 'run', fuzzing.document, '--no-color'],
    ...['--phases', 'examples,coverage,fuzzing', '--max-time', String(fuzzing.seconds)],
    ...['--report', 'json', '--report-json-path', report, '--output-truncate', 'false'],
    ...(fuzzing.key === undefined ? [] : ['--header', `Authorization: Bearer ${fuzzing.key}`]),
    ...(fuzzing.seed === undefined ? [] : ['--seed', fuzzing.seed]),
    ...(fuzzing.options ?? []),
  ];
  const child = spawn(program, args, {
    cwd: fuzzing.folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.once('error', reject).once('close', (code) => {
      resolve(code ?? -1);
    });
  });
  const written = await readFile(report, 'utf8').catch(() => {
    throw new Error(`schemathesis ended with ${exitCode} and without a report:\n${output}`);
  });
  const { operations, test_cases: cases, running_time: seconds } = Report.parse(JSON.parse(written));
  return {
    ...{ exitCode, output, seconds, operations: operations.tested, requests: cases.generated },
    ...{ findings: cases.unique_failures, errors: operations.errored + cases.errored },
  };
}
