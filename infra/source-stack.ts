import { createHash } from 'node:crypto';
import { ArnFormat, BootstraplessSynthesizer, Stack, type IStackSynthesizer } from 'aws-cdk-lib';
import { ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { EventBus, Rule, type EventPattern } from 'aws-cdk-lib/aws-events';
import { EventBus as BusTarget } from 'aws-cdk-lib/aws-events-targets';
import { AccountPrincipal, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { acknowledgeSource } from './acknowledged.ts';
import { LOOK, patternsOf } from './buckets.ts';
import type { Config, Home } from './config.ts';
import { lookersOf } from './looks.ts';
import { deadLetterQueue } from './queue.ts';
import { runRights } from './run-looks.ts';
import { jobsOf, names, patternOf, type Source } from './sources.ts';

/** In another account or Region: sends its events to the central bus, and lets the central functions look. */
export class SourceStack extends Stack {
  readonly #stackName: string;
  readonly #home: Home;
  readonly #source: Source;

  constructor(scope: Construct, { stackName }: Config, home: Home, source: Source) {
    const { account, region, label } = source;
    super(scope, `${stackName}-source-${account}-${region}`, {
      description: `Overdue hears of ${label} and looks at what it has`,
      env: { account, region },
      // It has no assets: its account need not be bootstrapped, and plain CloudFormation can deploy the template.
      synthesizer: new BootstraplessSynthesizer() as IStackSynthesizer,
    });
    this.#stackName = stackName;
    this.#home = home;
    this.#source = source;
    if (source.events.length > 0) this.#forward();
    if (lookersOf(source).length > 0) this.#letLook();
    acknowledgeSource(this, source);
  }

  #forward(): void {
    const arn = this.#arnAtHome('events', `event-bus/${names.bus(this.#stackName)}`);
    const bus = EventBus.fromEventBusArn(this, 'CentralBus', arn);
    const deadLetterQueue = this.#deadLetters();
    const role = this.#forwardRole();
    for (const event of this.#source.events) {
      for (const [index, eventPattern] of this.#patternsOf(event).entries()) {
        const id = `${idOf(event)}-${index}`;
        const rule = new Rule(this, id, { eventPattern, ruleName: names.rule(this.#stackName, id) });
        rule.addTarget(new BusTarget(bus, { role, deadLetterQueue }));
      }
    }
  }

  #patternsOf(event: string): EventPattern[] {
    const pattern = patternOf(event);
    if (event !== 's3') return [pattern];
    return patternsOf(this.#source.buckets).map((name) => ({ ...pattern, detail: { bucket: { name } } }));
  }

  /** For the rules of this stack only. */
  #forwardRole(): Role {
    const resourceName = names.rule(this.#stackName, '*');
    const rules = this.formatArn({ service: 'events', resource: 'rule', resourceName });
    return new Role(this, 'Forward', {
      roleName: names.forwardRole(this.#stackName, this.#source.region),
      assumedBy: new ServicePrincipal('events.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': this.#source.account },
          ArnLike: { 'aws:SourceArn': rules },
        },
      }),
    });
  }

  /** What does not arrive at the central bus within a day lies here, with an alarm. */
  #deadLetters() {
    const queue = deadLetterQueue(this, 'DeadLetters');
    queue.metricApproximateNumberOfMessagesVisible({ statistic: 'max' }).createAlarm(this, 'NotForwarded', {
      alarmName: `${this.stackName}-NotForwarded`,
      alarmDescription: 'Events did not arrive at the bus of Overdue. See docs/runbook.md#notforwarded',
      threshold: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    return queue;
  }

  /** The functions that look, by name, and nobody else of the central account; they list, and never read or change. */
  #letLook(): void {
    const { account, region } = this.#home;
    const lookers = lookersOf(this.#source).map((looker) => {
      const name = names.lookerRole(this.#stackName, region, looker);
      return this.formatArn({ service: 'iam', region: '', account, resource: 'role', resourceName: name });
    });
    const role = new Role(this, 'Look', {
      roleName: names.lookRole(this.#stackName, this.#source.region),
      assumedBy: new AccountPrincipal(account).withConditions({ ArnEquals: { 'aws:PrincipalArn': lookers } }),
    });
    const resources = this.#source.buckets.map((resource) =>
      this.formatArn({ service: 's3', resource, region: '', account: '' }),
    );
    if (resources.length > 0) role.addToPolicy(new PolicyStatement({ actions: LOOK, resources }));
    for (const allowed of runRights(this, jobsOf(this.#source), ['latest', 'one', 'refusal']))
      role.addToPolicy(new PolicyStatement(allowed));
  }

  #arnAtHome(service: string, resource: string): string {
    return this.formatArn({ service, ...this.#home, resource, arnFormat: ArnFormat.NO_RESOURCE_NAME });
  }
}

/** Short, and the same whatever else is switched on: a rule's name may have 64 characters. */
function idOf(event: string): string {
  if (!event.includes(':')) return event;
  return `custom-${createHash('sha256').update(event).digest('hex').slice(0, 8)}`;
}
