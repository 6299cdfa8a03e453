/** A rule's pattern has at most 2,048 characters, and the name of a bucket at most 63. */
const NAMES_IN_A_RULE = 25;

/** What `detail.bucket.name` of one event rule matches. */
export type BucketNames = 'all' | (string | { prefix: string })[];

/**
 * The buckets as event rules match them, one element a rule.
 * @param buckets names, or beginnings of names with `*` at the end
 */
export function patternsOf(buckets: readonly string[]): BucketNames[] {
  if (buckets.includes('*')) return ['all'];
  const names = buckets.map((name) => (name.endsWith('*') ? { prefix: name.slice(0, -1) } : name));
  return Array.from({ length: Math.ceil(names.length / NAMES_IN_A_RULE) }, (_, rule) =>
    names.slice(rule * NAMES_IN_A_RULE, (rule + 1) * NAMES_IN_A_RULE),
  );
}

/** What a look needs, see the adapter: the objects, their versions, and whether these or events tell everything. */
export const LOOK = [
  's3:ListBucket',
  's3:ListBucketVersions',
  's3:GetBucketVersioning',
  's3:GetBucketNotification',
];
