/** What is paid for, in the units that it is counted in. */
export interface Usage {
  /** Write and read request units of DynamoDB. */
  writeUnits: number;
  readUnits: number;
  lambdaRequests: number;
  lambdaGbSeconds: number;
  scheduleInvocations: number;
  expressRequests: number;
  expressGbSeconds: number;
  standardTransitions: number;
  sqsRequests: number;
  /** Objects that S3 tells EventBridge of. */
  s3Events: number;
  s3Lists: number;
  s3OtherRequests: number;
  logGb: number;
}

export const NOTHING: Usage = {
  ...{ writeUnits: 0, readUnits: 0, lambdaRequests: 0, lambdaGbSeconds: 0, scheduleInvocations: 0 },
  ...{
    expressRequests: 0,
    expressGbSeconds: 0,
    standardTransitions: 0,
    sqsRequests: 0,
    s3Events: 0,
    s3Lists: 0,
  },
  ...{ s3OtherRequests: 0, logGb: 0 },
};

/** US dollars for one unit, us-east-1, on demand, without any free tier; read in November 2026. */
export const PRICES: Record<keyof Usage, { each: number; source: string }> = {
  writeUnits: { each: 0.625e-6, source: 'aws.amazon.com/dynamodb/pricing/on-demand' },
  readUnits: { each: 0.125e-6, source: 'aws.amazon.com/dynamodb/pricing/on-demand' },
  lambdaRequests: { each: 0.2e-6, source: 'aws.amazon.com/lambda/pricing (arm64)' },
  lambdaGbSeconds: { each: 0.0000133334, source: 'aws.amazon.com/lambda/pricing (arm64)' },
  scheduleInvocations: { each: 1e-6, source: 'aws.amazon.com/eventbridge/pricing (Scheduler)' },
  expressRequests: { each: 1e-6, source: 'aws.amazon.com/step-functions/pricing (Express)' },
  expressGbSeconds: { each: 0.06 / 3600, source: 'aws.amazon.com/step-functions/pricing (Express)' },
  standardTransitions: { each: 25e-6, source: 'aws.amazon.com/step-functions/pricing (Standard)' },
  sqsRequests: { each: 0.4e-6, source: 'aws.amazon.com/sqs/pricing (standard queue)' },
  s3Events: { each: 1e-6, source: 'aws.amazon.com/eventbridge/pricing (opt-in events of services)' },
  s3Lists: { each: 5e-6, source: 'aws.amazon.com/s3/pricing (PUT, COPY, POST, LIST)' },
  s3OtherRequests: { each: 0.4e-6, source: 'aws.amazon.com/s3/pricing (GET and all other)' },
  logGb: { each: 0.5, source: 'aws.amazon.com/cloudwatch/pricing (logs, standard)' },
};

/** US dollars a month of what is there, used or not; and how many of it every account has free, for ever. */
export const STANDING = {
  alarm: { each: 0.1, free: 10, source: 'aws.amazon.com/cloudwatch/pricing (standard resolution)' },
  dashboard: { each: 3, free: 3, source: 'aws.amazon.com/cloudwatch/pricing' },
  metric: { each: 0.3, free: 10, source: 'aws.amazon.com/cloudwatch/pricing (custom metrics)' },
  secret: { each: 0.4, free: 0, source: 'aws.amazon.com/secrets-manager/pricing' },
  key: { each: 1, free: 0, source: 'aws.amazon.com/kms/pricing (customer-managed)' },
};

export function priceOf(usage: Usage): number {
  return names(usage).reduce((sum, name) => sum + usage[name] * PRICES[name].each, 0);
}

export function plus(a: Usage, b: Usage): Usage {
  const sum = { ...a };
  for (const name of names(sum)) sum[name] += b[name];
  return sum;
}

export function times(usage: Usage, factor: number): Usage {
  const product = { ...usage };
  for (const name of names(product)) product[name] *= factor;
  return product;
}

export function names(usage: Usage): (keyof Usage)[] {
  return Object.keys(usage) as (keyof Usage)[];
}
