import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Counted, Metrics as Port, Timed } from '../app/ports.ts';
import { SECOND } from '../core/time.ts';

export const NAMESPACE = 'Overdue';
/** The dimension of every metric; its value is the deployment. */
export const DIMENSION = 'service';

/** As they stand in CloudWatch; infra makes alarms and graphs of them. */
export const METRICS: { readonly [name in Counted | Timed]: string } = {
  met: 'VerdictMet',
  missed: 'VerdictMissed',
  excused: 'VerdictExcused',
  cancelled: 'VerdictCancelled',
  undetermined: 'VerdictUndetermined',
  inconclusive: 'LookInconclusive',
  judgeLag: 'JudgeLag',
  delivered: 'AlertsDelivered',
  deliveryFailed: 'DeliveryFailures',
  givenUp: 'AlertsGivenUp',
  evidenceAccepted: 'EvidenceAccepted',
  evidenceRejected: 'EvidenceRejected',
  eventsUnwanted: 'EventsUnwanted',
  eventsNotNeeded: 'EventsNotNeeded',
  sweepRepairs: 'SweepRepairs',
  sweepFailures: 'SweepFailures',
  oldestUndone: 'OldestUndone',
};

/** Metrics that are kept until they are written out together. */
export interface BufferedMetrics extends Port {
  flush(): void;
}

/** Metrics as lines of the log in CloudWatch's embedded metric format. What is zero is not written: idle costs nothing. */
export function embeddedMetrics(deployment: string): BufferedMetrics {
  const metrics = new Metrics({ namespace: NAMESPACE, serviceName: deployment });
  return {
    count(name, by = 1) {
      if (by > 0) metrics.addMetric(METRICS[name], MetricUnit.Count, by);
    },
    time(name, length) {
      metrics.addMetric(METRICS[name], MetricUnit.Seconds, Math.max(0, length) / SECOND);
    },
    flush() {
      if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
    },
  };
}

/** Where nobody reads them. */
export const NO_METRICS: Port = { count: () => undefined, time: () => undefined };
