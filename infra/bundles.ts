import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { AssetHashType, DockerImage, Stack } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { buildSync, type Metafile } from 'esbuild';

const ROOT = join(import.meta.dirname, '..');

/** Files in functions/handlers, without `.ts`; each exports `handler` and is the beginning of one function. */
export const ENTRIES = [
  'advance-breach',
  'api',
  'await-arrival',
  'canary',
  'check',
  'heartbeat',
  'notifier',
  'plan',
  'recorder',
  'sweep',
] as const;
export type Entry = (typeof ENTRIES)[number];

/** What the page that renders the OpenAPI document needs; package.json because the files are found by their package. */
const PAGE = ['package.json', 'swagger-ui.css', 'swagger-ui-bundle.js'];

/**
 * Writes the code of all functions into a folder: a file for each, and beside it what several share or what is loaded
 * only when it is needed, such as a client for looks at runs. The AWS SDK is in it, all of it that is used: the version
 * that was tested is the one that runs. Names are kept, because Step Functions and the logs tell errors apart by them.
 * CommonJS packages inside an ES module find `require` in the banner.
 * @returns which file has how many bytes of what, and imports which
 */
export function bundleInto(outdir: string, files = ENTRIES.map(fileOf)): Metafile {
  const { metafile } = buildSync({
    entryPoints: [...files],
    absWorkingDir: ROOT,
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    outExtension: { '.js': '.mjs' },
    chunkNames: 'shared/[hash]',
    minifyWhitespace: true,
    minifySyntax: true,
    sourcemap: true,
    sourcesContent: false,
    // A name of its own: packages import createRequire too.
    banner: {
      js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);",
    },
    metafile: true,
    logLevel: 'warning',
  });
  for (const file of PAGE) {
    const path = join('node_modules', 'swagger-ui-dist', file);
    cpSync(join(ROOT, path), join(outdir, path));
  }
  return metafile;
}

/** Bytes that each function reads and compiles before its first call; what is loaded later is not in it. */
export function bytesAtStart({ outputs }: Metafile): Map<Entry, number> {
  const files = Object.entries(outputs);
  const bundleOf = (entry: Entry) => files.find(([, { entryPoint }]) => entryPoint === fileOf(entry))?.[0];
  const sizeOf = (file: string | undefined) =>
    [...neededAtStart(outputs, file)].reduce((sum, one) => sum + (outputs[one]?.bytes ?? 0), 0);
  return new Map(ENTRIES.map((entry) => [entry, sizeOf(bundleOf(entry))]));
}

function fileOf(entry: Entry): string {
  return `functions/handlers/${entry}.ts`;
}

function neededAtStart(outputs: Metafile['outputs'], file: string | undefined): Set<string> {
  const needed = new Set<string>();
  const waiting = [file];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const output = outputs[next];
    if (!output || needed.has(next)) continue;
    needed.add(next);
    // What an entry itself imports dynamically, it awaits before it has a handler.
    const imports = output.imports.filter(({ kind }) => kind === 'import-statement' || next === file);
    waiting.push(...imports.map(({ path }) => path));
  }
  return needed;
}

const codes = new WeakMap<Stack, Code>();

/** The code of all functions of a stack: one asset, of which each begins at its own file. */
export function codeFor(stack: Stack): Code {
  const code = codes.get(stack) ?? makeCode();
  codes.set(stack, code);
  return code;
}

function makeCode(): Code {
  return Code.fromAsset(ROOT, {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // CDK asks for an image; it is never used, because the bundle is made here.
      image: DockerImage.fromRegistry('none'),
      local: {
        tryBundle(outdir) {
          bundleInto(outdir);
          return true;
        },
      },
    },
  });
}
