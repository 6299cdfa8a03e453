import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';

const FOLDER = `${import.meta.dirname}/../cdk.out`;

const Template = z.object({
  Resources: z.record(z.string(), z.object({ Type: z.string(), Properties: z.unknown().optional() })),
});
const Function = z.object({ Code: z.object({ S3Key: z.string() }) });

/** Prints how large the bundle of each function is that was synthesized last. */
const { Resources } = Template.parse(JSON.parse(readFileSync(`${FOLDER}/Overdue.template.json`, 'utf8')));
for (const [id, { Type, Properties }] of Object.entries(Resources)) {
  if (Type !== 'AWS::Lambda::Function') continue;
  const asset = Function.parse(Properties).Code.S3Key.replace('.zip', '');
  const megabytes = statSync(`${FOLDER}/asset.${asset}/index.mjs`).size / 1_000_000;
  console.log(`${id.replace(/Function\w{8}$/, '').padEnd(24)} ${megabytes.toFixed(2)} MB`);
}
