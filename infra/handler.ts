import { dirname } from 'node:path';
import { RemovalPolicy, Stack, type Duration } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal, type Conditions } from 'aws-cdk-lib/aws-iam';
import {
  ApplicationLogLevel,
  Architecture,
  CfnFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
  Tracing,
  type EventSourceMappingOptions,
  type RecursiveLoop,
} from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction, OutputFormat, type BundlingOptions } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ENVIRONMENT, type EnvironmentKey } from '../functions/adapters/environment.ts';
import type { Startable } from './schedules.ts';

/** What a function is told about its deployment, under the names by which it asks. */
export type Knowledge = { readonly [key in EnvironmentKey]?: string | undefined };

export interface HandlerProps {
  /** File in functions/handlers, without `.ts`; it exports `handler`. */
  entry: string;
  description: string;
  timeout: Duration;
  /** MB; the share of a CPU grows with it. */
  memory?: number;
  recursiveLoop?: RecursiveLoop;
  /** Where another account must know it; otherwise CloudFormation names it. */
  roleName?: string | undefined;
  /** Files of packages that it reads at run time, `package/file`: they lie beside the bundle in node_modules. */
  packageFiles?: readonly string[];
}

const ROOT = `${import.meta.dirname}/..`;

/** Only looks at runs need them, and they are large: they are loaded then, from the copy that the runtime has. */
export const CLIENTS_OF_THE_RUNTIME = [
  'batch',
  'codebuild',
  'ecs',
  'emr-serverless',
  'glue',
  'redshift-data',
].map((service) => `@aws-sdk/client-${service}`);

/**
 * The AWS SDK is bundled: the version that was tested is the one that runs, and one file with only the clients in use
 * is loaded sooner than hundreds of files of the runtime's own copy. Names are kept, because Step Functions and the
 * logs tell errors apart by them. CommonJS packages inside an ES module find `require` in the banner.
 */
const BUNDLING: BundlingOptions = {
  format: OutputFormat.ESM,
  mainFields: ['module', 'main'],
  bundleAwsSDK: true,
  externalModules: CLIENTS_OF_THE_RUNTIME,
  sourceMap: true,
  sourcesContent: false,
  esbuildArgs: { '--minify-whitespace': true, '--minify-syntax': true },
  // A name of its own: packages import createRequire too.
  banner:
    "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);",
};

/** @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions */
const INTERFACES = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];

function bundlingWith(packageFiles: readonly string[]): BundlingOptions {
  const copies = (inputDir: string, outputDir: string) =>
    packageFiles.flatMap((file) => [
      `mkdir -p "${outputDir}/node_modules/${dirname(file)}"`,
      `cp "${inputDir}/node_modules/${file}" "${outputDir}/node_modules/${file}"`,
    ]);
  const commandHooks = { beforeBundling: () => [], beforeInstall: () => [], afterBundling: copies };
  return { ...BUNDLING, commandHooks };
}

/** A Lambda function with a log and a role of its own, which may do nothing but write that log until it is told. */
export class Handler extends Construct implements Startable {
  readonly startAction = 'lambda:InvokeFunction';
  readonly log: LogGroup;
  readonly lambda: NodejsFunction;
  readonly #role: Role;

  constructor(scope: Construct, id: string, props: HandlerProps & { logRetention: RetentionDays }) {
    super(scope, id);
    const {
      entry,
      description,
      timeout,
      memory = 512,
      recursiveLoop,
      roleName,
      logRetention,
      packageFiles = [],
    } = props;
    this.log = new LogGroup(this, 'Log', { retention: logRetention, removalPolicy: RemovalPolicy.DESTROY });
    this.#role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      ...(roleName === undefined ? {} : { roleName }),
    });
    this.may(['logs:CreateLogStream', 'logs:PutLogEvents'], [this.log.logGroupArn]);
    this.lambda = new NodejsFunction(this, 'Function', {
      entry: `${ROOT}/functions/handlers/${entry}.ts`,
      projectRoot: ROOT,
      depsLockFilePath: `${ROOT}/package-lock.json`,
      description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      bundling: bundlingWith(packageFiles),
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
