import { z } from 'zod';
import { RunSource } from './run.ts';
import { inOneLine } from './text.ts';

const BucketGrant = z.strictObject({
  bucket: z
    .string()
    .regex(
      /^(\*|[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])$/,
      'must be the name of an S3 bucket, or * for all buckets',
    )
    .meta({ example: 'acme-landing', description: 'A bucket, or `*` for all' }),
  prefix: inOneLine(z.string().max(1024))
    .default('')
    .meta({ example: 'orders/', description: 'Empty: the whole bucket' }),
});

const JobGrant = z.strictObject({
  source: z
    .union([RunSource, z.literal('*')], {
      error: `must be one of ${RunSource.options.join(', ')}, or * for all`,
    })
    .meta({ example: 'stepfunctions', description: 'A service that runs jobs, or `*` for all' }),
  job: inOneLine(z.string().max(256))
    .default('')
    .meta({ example: 'nightly-', description: 'What the names begin with. Empty: all jobs' }),
});

const EventGrant = z.strictObject({
  events: inOneLine(z.string().max(256)).meta({
    example: 'com.acme.',
    description: 'What the sources of events begin with. Empty: all events',
  }),
});

/** What a team may name in its expectations: objects of a bucket, jobs of a service, events of a source. */
export const Grant = z.union([BucketGrant, JobGrant, EventGrant], {
  error:
    'must be objects of a bucket, {"bucket": "acme-landing", "prefix": "orders/"}, jobs of a service, {"source": "glue", "job": "nightly-"}, or events, {"events": "com.acme."}',
});
export type Grant = z.infer<typeof Grant>;
