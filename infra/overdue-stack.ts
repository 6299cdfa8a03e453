import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledged.ts';
import { Alerts } from './alerts.ts';
import { Api } from './api.ts';
import { Breaches } from './breaches.ts';
import { Canary } from './canary.ts';
import { Checker } from './checker.ts';
import type { Config } from './config.ts';
import { Dashboard } from './dashboard.ts';
import { Evidence } from './evidence.ts';
import { Handler } from './handler.ts';
import { jobSourcesHeard, lendBuckets, lendRuns } from './looks.ts';
import { lendChannels } from './outgoing.ts';
import { Schedules } from './schedules.ts';
import { Sweep } from './sweep.ts';
import { Table } from './table.ts';
import { Watchdog } from './watchdog.ts';

/** Overdue: what there is, then who may do what with it. */
export class OverdueStack extends Stack {
  readonly #config: Config;
  readonly #table: Table;
  readonly #api: Api;
  readonly #checker: Checker;
  readonly #schedules: Schedules;
  readonly #breaches: Breaches;
  readonly #evidence: Evidence;
  readonly #alerts: Alerts;
  readonly #sweep: Sweep;
  readonly #canary: Canary;

  constructor(scope: Construct, id: string, config: Config, props?: StackProps) {
    super(scope, id, {
      description: 'Overdue tells when something that should have happened has not',
      ...props,
    });
    this.#config = config;
    this.#table = new Table(this, 'Table', config);
    this.#api = new Api(this, 'Api', config);
    this.#checker = new Checker(this, 'Checker', config);
    this.#schedules = new Schedules(this, 'Schedules', { starts: this.#checker.machine });
    this.#breaches = new Breaches(this, 'Breaches', config);
    this.#evidence = new Evidence(this, 'Evidence', config, [this.#breaches.machine.arn]);
    this.#alerts = new Alerts(this, 'Alerts', config);
    this.#sweep = new Sweep(this, 'Sweep', config);
    this.#canary = new Canary(this, 'Canary', config);
    this.#lend();
    this.#join();
    const { url } = this.#watch();
    this.#tell(url);
    acknowledge(this, config, this.#schedules.group.scheduleGroupName);
  }

  #lend(): void {
    const { handler: api } = this.#api;
    const { check, plan } = this.#checker;
    const { advance, awaitArrival } = this.#breaches;
    const { recorder } = this.#evidence;
    const { notifier } = this.#alerts;
    const { sweeper, heartbeat } = this.#sweep;
    const { keeper, topic } = this.#canary;

    this.#table.lend(api, check, plan, advance, recorder, notifier, sweeper, keeper);
    this.#table.lendFor(awaitArrival, 'GetItem', 'PutItem', 'DeleteItem');
    this.#schedules.lend(keeper);
    this.#schedules.lendRemoval(keeper);
    this.#api.lendAddress(keeper);
    this.#table.lendFor(heartbeat);
    this.#table.lendIndexes(heartbeat, 'todo');
    this.#table.lendIndexes(sweeper, 'todo', 'byTeam', 'byTime', 'open');
    // Whoever plans finishes deletions, and so ends the open breaches of an expectation.
    for (const handler of [api, check, plan, advance, recorder, keeper])
      this.#table.lendIndexes(handler, 'byTeam', 'byTime', 'open');
    this.#schedules.lend(api, check, plan, advance, recorder, sweeper);
    this.#schedules.lendRemoval(api, check, plan, advance, recorder, sweeper);
    this.#breaches.lendStart(api, check, advance, recorder, sweeper);
    this.#breaches.lendWake(api, check, plan, advance, awaitArrival, recorder, sweeper, keeper);
    // Whoever settles a breach judges older deadlines first, and so looks.
    lendBuckets(this, this.#config, api, check, advance, recorder, sweeper);
    lendRuns(this, this.#config, ['latest', 'one', 'refusal'], api);
    api.knows({ jobSources: jobSourcesHeard(this.#config).join(',') });
    lendRuns(this, this.#config, ['latest', 'one'], check, advance, recorder, sweeper);
    lendRuns(this, this.#config, ['latest'], plan);
    this.#alerts.lendNudges(keeper, api, check, plan, advance, recorder, notifier, sweeper);
    this.#api.lendAddress(check, advance, recorder, sweeper);
    lendChannels(this, this.#config, topic.topicArn, api, notifier, sweeper);
  }

  #join(): void {
    const { subnetIds, securityGroupIds } = this.#config;
    if (subnetIds.length === 0) return;
    for (const handler of this.#handlers()) handler.joins(subnetIds, securityGroupIds);
  }

  #watch(): Dashboard {
    const checker = this.#checker.machine.machine;
    const breaches = this.#breaches.machine.machine;
    const sweep = this.#sweep.machine.machine;
    const { alarms } = new Watchdog(this, 'Watchdog', {
      deadLetters: {
        Schedules: this.#schedules.deadLetters,
        Events: this.#evidence.events.deadLetters,
        Nudges: this.#alerts.nudges.deadLetters,
        Sweep: this.#sweep.schedules.deadLetters,
        Canary: this.#canary.schedules.deadLetters,
      },
      events: this.#evidence.events.queue,
      ...{ checker, breaches, sweep },
      deadlines: this.#schedules.group,
      canary: this.#canary.topic,
      api: this.#api.http,
      topicArn: this.#config.alarmTopic,
    });
    const { dashboard, savedQueries } = this.#config;
    return new Dashboard(this, 'Dashboard', {
      alarms,
      machines: [checker, breaches, sweep],
      logs: this.#handlers().map(({ log }) => log),
      ...{ shown: dashboard, savedQueries },
    });
  }

  #handlers(): Handler[] {
    return this.node.findAll().filter((construct) => construct instanceof Handler);
  }

  #tell(dashboardUrl: string | undefined): void {
    const { bootstrapKey, domain, publicUrl } = this.#api;
    const output = (id: string, description: string, value: string) =>
      new CfnOutput(this, id, { description, value });
    output('ApiUrl', 'Where people and programs reach Overdue', publicUrl);
    if (dashboardUrl !== undefined)
      output('DashboardUrl', 'Whether Overdue does what it promises', dashboardUrl);
    output('EventBusArn', 'Where events from elsewhere are sent as evidence', this.#evidence.bus.eventBusArn);
    output(
      'FirstAdminKey',
      'Prints the first operator key; make real keys with it',
      `echo "ovd_bootstrap_$(aws secretsmanager get-secret-value --region ${this.region} --secret-id ${bootstrapKey.secretArn} --query SecretString --output text)"`,
    );
    if (domain)
      output('DomainTarget', 'What the DNS record of the domain points to', domain.regionalDomainName);
  }
}
