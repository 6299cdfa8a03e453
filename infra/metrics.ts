import { Stack } from 'aws-cdk-lib';
import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { DIMENSION, METRICS, NAMESPACE } from '../functions/adapters/metrics.ts';

/** A metric that the functions of this deployment write; the sum when nothing else is asked for. */
export function overdueMetric(scope: Construct, name: keyof typeof METRICS, options: MetricOptions): Metric {
  return new Metric({
    namespace: NAMESPACE,
    metricName: METRICS[name],
    dimensionsMap: { [DIMENSION]: Stack.of(scope).stackName },
    statistic: 'sum',
    ...options,
  });
}
