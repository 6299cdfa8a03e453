import { Aws, Duration } from 'aws-cdk-lib';
import {
  AlarmStatusWidget,
  Dashboard as CloudWatchDashboard,
  GraphWidget,
  LogQueryWidget,
  type Alarm,
  type IMetric,
} from 'aws-cdk-lib/aws-cloudwatch';
import { QueryDefinition, QueryString, type ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { METRICS } from '../functions/adapters/metrics.ts';
import { overdueMetric } from './metrics.ts';

export interface DashboardProps {
  alarms: readonly Alarm[];
  machines: readonly StateMachine[];
  /** Of all functions. */
  logs: readonly ILogGroup[];
  /** Whether there is one; the queries can be saved without. */
  shown: boolean;
  /** Whether Logs Insights offers the queries too. */
  savedQueries: boolean;
}

type Name = keyof typeof METRICS;

const PERIOD = Duration.minutes(5);
const HALF = 12;

/** Questions to the logs, by name. In all of them `deadline` is the one id from the schedule to the delivery. */
const QUERIES: Record<string, QueryString> = {
  'Life of one deadline': new QueryString({
    fields: ['@timestamp', 'message', 'verdict', 'channel', 'error', 'xray_trace_id'],
    filterStatements: ['@message like "team/expectation/2026-11-21T06:00~r1"'],
    sort: '@timestamp asc',
    limit: 200,
  }),
  'Errors and warnings': new QueryString({
    fields: ['@timestamp', 'level', 'message', 'deadline', 'error', 'problem'],
    filterStatements: ['level = "ERROR" or level = "WARN"'],
    sort: '@timestamp desc',
    limit: 100,
  }),
  'Deliveries that fail, by channel': new QueryString({
    fields: ['team', 'channel'],
    filterStatements: ['message = "delivery failed"'],
    statsStatements: ['count(*) as failures, latest(problem) as said by team, channel'],
    sort: 'failures desc',
  }),
  'What sweeps repaired': new QueryString({
    fields: ['@timestamp', 'done', 'failed'],
    filterStatements: ['message = "sweep repaired"'],
    sort: '@timestamp desc',
    limit: 100,
  }),
};

/** One page that shows whether Overdue does what it promises. */
export class Dashboard extends Construct {
  /** Undefined when there is none. */
  readonly url: string | undefined;

  constructor(scope: Construct, id: string, props: DashboardProps) {
    super(scope, id);
    this.url = props.shown ? this.#show(props) : undefined;
    if (props.savedQueries) this.#save(props.logs);
  }

  /** @returns where it is */
  #show({ alarms, machines, logs }: DashboardProps): string {
    const board = new CloudWatchDashboard(this, 'Board', { defaultInterval: Duration.days(1) });
    board.addWidgets(new AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: 24, height: 3 }));
    board.addWidgets(
      this.#graph('Verdicts', ['met', 'missed', 'excused', 'cancelled', 'undetermined', 'inconclusive']),
      this.#judgeLag(),
    );
    board.addWidgets(
      this.#graph('Evidence', ['evidenceAccepted', 'evidenceRejected', 'eventsUnwanted', 'eventsNotNeeded']),
      this.#graph('Alerts', ['delivered', 'deliveryFailed', 'givenUp']),
    );
    board.addWidgets(this.#graph('Sweep', ['sweepRepairs', 'sweepFailures']), this.#executions(machines));
    const queryString = QUERIES['Errors and warnings'];
    if (queryString) board.addWidgets(errors(logs, queryString));
    return `https://${Aws.REGION}.console.aws.amazon.com/cloudwatch/home?region=${Aws.REGION}#dashboards/dashboard/${board.dashboardName}`;
  }

  #graph(title: string, names: readonly Name[]): GraphWidget {
    const left = names.map((name) => overdueMetric(this, name, { period: PERIOD }));
    return new GraphWidget({ title, left, width: HALF });
  }

  #judgeLag(): GraphWidget {
    const lag = (statistic: string) =>
      overdueMetric(this, 'judgeLag', { period: PERIOD, statistic, label: statistic });
    const oldest = overdueMetric(this, 'oldestUndone', {
      period: PERIOD,
      statistic: 'max',
      label: 'oldest undone',
    });
    const left = [lag('p50'), lag('p99'), lag('max'), oldest];
    return new GraphWidget({ title: 'Verdict after its time (s)', left, width: HALF });
  }

  #executions(machines: readonly StateMachine[]): GraphWidget {
    const left = machines.flatMap((machine): IMetric[] => [
      machine.metricSucceeded({ period: PERIOD }),
      machine.metricFailed({ period: PERIOD }),
    ]);
    return new GraphWidget({ title: 'Executions', left, width: HALF });
  }

  #save(logGroups: readonly ILogGroup[]): void {
    for (const [name, queryString] of Object.entries(QUERIES)) {
      new QueryDefinition(this, name.replace(/\W/g, ''), {
        queryDefinitionName: `${Aws.STACK_NAME}/${name}`,
        queryString,
        logGroups: [...logGroups],
      });
    }
  }
}

function errors(logs: readonly ILogGroup[], query: QueryString): LogQueryWidget {
  const logGroupNames = logs.map(({ logGroupName }) => logGroupName);
  return new LogQueryWidget({
    title: 'Errors and warnings',
    logGroupNames,
    queryString: query.toString(),
    width: 24,
  });
}
