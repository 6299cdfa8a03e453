import { RemovalPolicy, Stack, type Duration } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal, type Conditions } from 'aws-cdk-lib/aws-iam';
import {
  ApplicationLogLevel,
  Architecture,
  CfnFunction,
  Function,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
  Tracing,
  type EventSourceMappingOptions,
  type RecursiveLoop,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ENVIRONMENT, type EnvironmentKey } from '../functions/adapters/environment.ts';
import { codeFor, type Entry } from './bundles.ts';
import type { Startable } from './schedules.ts';

/** What a function is told about its deployment, under the names by which it asks. */
export type Knowledge = { readonly [key in EnvironmentKey]?: string | undefined };

export interface HandlerProps {
  entry: Entry;
  description: string;
  timeout: Duration;
  /** MB; the share of a CPU grows with it. */
  memory?: number;
  recursiveLoop?: RecursiveLoop;
  /** Where another account must know it; otherwise CloudFormation names it. */
  roleName?: string | undefined;
}

/** @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions */
const INTERFACES = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];

/** A Lambda function with a log and a role of its own, which may do nothing but write that log until it is told. */
export class Handler extends Construct implements Startable {
  readonly startAction = 'lambda:InvokeFunction';
  readonly log: LogGroup;
  readonly lambda: Function;
  readonly #role: Role;

  constructor(scope: Construct, id: string, props: HandlerProps & { logRetention: RetentionDays }) {
    super(scope, id);
    const { entry, description, timeout, memory = 512, recursiveLoop, roleName, logRetention } = props;
    this.log = new LogGroup(this, 'Log', { retention: logRetention, removalPolicy: RemovalPolicy.DESTROY });
    this.#role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      ...(roleName === undefined ? {} : { roleName }),
    });
    this.may(['logs:CreateLogStream', 'logs:PutLogEvents'], [this.log.logGroupArn]);
    this.lambda = new Function(this, 'Function', {
      code: codeFor(Stack.of(this)),
      handler: `${entry}.handler`,
      description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: memory,
      timeout,
      role: this.#role,
      logGroup: this.log,
      // Lambda's own lines of an invocation that went well are in the metrics anyway; ours are filtered by ourselves.
      loggingFormat: LoggingFormat.JSON,
      systemLogLevelV2: SystemLogLevel.WARN,
      applicationLogLevelV2: ApplicationLogLevel.TRACE,
      tracing: Tracing.ACTIVE,
      environment: {
        NODE_OPTIONS: '--enable-source-maps',
        [ENVIRONMENT.deployment]: Stack.of(this).stackName,
      },
      ...(recursiveLoop === undefined ? {} : { recursiveLoop }),
    });
  }

  get arn(): string {
    return this.lambda.functionArn;
  }

  /** Allows it these actions on these resources. */
  may(actions: string[], resources: string[], conditions: Conditions = {}): void {
    this.#role.addToPolicy(new PolicyStatement({ actions, resources, conditions }));
  }

  /**
   * Has it called with the messages of a queue; those that it says have failed come again.
   * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html for what its role needs
   */
  reads(
    queue: IQueue,
    options: Pick<EventSourceMappingOptions, 'batchSize' | 'maxBatchingWindow' | 'maxConcurrency'>,
  ): void {
    this.may(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'], [queue.queueArn]);
    this.lambda.addEventSourceMapping('Queue', {
      ...options,
      eventSourceArn: queue.queueArn,
      reportBatchItemFailures: true,
    });
  }

  /** Puts it into a VPC: its calls then leave from these subnets, as far as the groups let them. */
  joins(subnetIds: string[], securityGroupIds: string[]): void {
    // The network interfaces that Lambda makes by this role have no names beforehand.
    this.may(INTERFACES, ['*']);
    const { defaultChild } = this.lambda.node;
    if (defaultChild instanceof CfnFunction) defaultChild.vpcConfig = { subnetIds, securityGroupIds };
  }

  /** Sets variables of its environment. */
  knows(knowledge: Knowledge): void {
    for (const key of Object.keys(knowledge) as EnvironmentKey[]) {
      const value = knowledge[key];
      if (value !== undefined) this.lambda.addEnvironment(ENVIRONMENT[key], value);
    }
  }
}
