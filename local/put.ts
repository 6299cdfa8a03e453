import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { CreateBucketCommand, HeadBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';

const USAGE = 'usage: npm run put -- s3://bucket/key [file]   (without a file, one line of text is put)';

/** Puts one object into the S3 of the one-machine service, for those without the AWS CLI. The bucket is made if absent. */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { endpoint: { type: 'string', default: 'http://127.0.0.1:4566' } },
  });
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(positionals[0] ?? '') ?? [];
  if (bucket === undefined || key === undefined) throw new Error(USAGE);
  const body =
    positionals[1] === undefined ? `put ${new Date().toISOString()}\n` : await readFile(positionals[1]);
  const s3 = new S3Client({
    endpoint: values.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  await s3
    .send(new HeadBucketCommand({ Bucket: bucket }))
    .catch(() => s3.send(new CreateBucketCommand({ Bucket: bucket })));
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
  console.log(`put s3://${bucket}/${key} (${Buffer.byteLength(body)} bytes)`);
}

try {
  await main();
} catch (error) {
  console.error(`overdue: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
