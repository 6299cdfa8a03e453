import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { run } from '../support/command.ts';

const ROOT = join(import.meta.dirname, '..', '..');

const Outputs = z.object({
  Overdue: z.object({ ApiUrl: z.url(), EventBusArn: z.string(), FirstAdminKey: z.string() }),
});

/** What the stack tells its operator. */
export type Told = z.output<typeof Outputs>['Overdue'];

/** The stack of this repository, by the commands that an operator types. */
export async function stackIn(env: NodeJS.ProcessEnv) {
  const folder = await mkdtemp(join(tmpdir(), 'overdue-stack-'));
  const assembly = join(folder, 'cdk.out');
  const outputs = join(folder, 'outputs.json');
  const cdk = (withinMs: number, ...args: string[]) =>
    run('npx', ['--no-install', 'cdk', ...args], { cwd: ROOT, env, withinMs });
  return {
    /** Where the synthesized app is. */
    assembly,
    bootstrap: () => cdk(90_000, 'bootstrap', 'aws://000000000000/us-east-1'),
    /** @param settings those of the context, without `overdue:` */
    synth: (settings: Readonly<Record<string, string>>) =>
      cdk(120_000, 'synth', '--quiet', '--output', assembly, ...contextOf(settings)),
    /** Deploys what was synthesized. */
    async deploy(): Promise<Told> {
      await cdk(
        180_000,
        ...['deploy', '--all', '--app', assembly, '--require-approval', 'never', '--outputs-file', outputs],
      );
      return Outputs.parse(JSON.parse(await readFile(outputs, 'utf8'))).Overdue;
    },
    destroy: () => cdk(120_000, 'destroy', '--all', '--force', '--app', assembly),
    /** Forgets what was synthesized here. */
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

function contextOf(settings: Readonly<Record<string, string>>): string[] {
  // The emulator knows no AWS::Logs::QueryDefinition, and refuses the whole template for one.
  return Object.entries({ savedQueries: 'false', ...settings }).flatMap(([name, value]) => [
    '--context',
    `overdue:${name}=${value}`,
  ]);
}
