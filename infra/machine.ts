import { readFileSync } from 'node:fs';
import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine, type StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { Handler } from './handler.ts';
import type { Startable } from './schedules.ts';

export interface MachineProps {
  /** File in state-machines, without `.asl.json`; with the stack's name before it the name of the machine. */
  name: string;
  type: StateMachineType;
  /** For each `${…}` of the definition the function whose ARN is put there. */
  tasks: Readonly<Record<string, Handler>>;
  logRetention: RetentionDays;
}

/** A state machine that runs a file of state-machines as it is, and may invoke the functions named in it, no more. */
export class Machine extends Construct implements Startable {
  readonly startAction = 'states:StartExecution';
  readonly machine: StateMachine;
  /** Known without the machine: its functions start it, and would else each have to be made before the other. */
  readonly arn: string;

  constructor(scope: Construct, id: string, { name, type, tasks, logRetention }: MachineProps) {
    super(scope, id);
    const stack = Stack.of(this);
    const stateMachineName = `${stack.stackName}-${name}`;
    this.arn = stack.formatArn({
      service: 'states',
      resource: 'stateMachine',
      resourceName: stateMachineName,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    const role = this.#role(Object.values(tasks));
    this.machine = new StateMachine(this, 'Machine', {
      stateMachineName,
      stateMachineType: type,
      definitionBody: DefinitionBody.fromString(definition(name)),
      definitionSubstitutions: Object.fromEntries(
        Object.entries(tasks).map(([placeholder, task]) => [placeholder, task.arn]),
      ),
      role,
      logs: {
        destination: this.#log(stateMachineName, logRetention),
        level: LogLevel.ERROR,
        includeExecutionData: false,
      },
      tracingEnabled: true,
    });
    this.machine.node.addDependency(...role.node.findAll());
  }

  #role(tasks: Handler[]): Role {
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('states.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': Stack.of(this).account },
          ArnEquals: { 'aws:SourceArn': this.arn },
        },
      }),
    });
    const resources = tasks.map(({ arn }) => arn);
    role.addToPolicy(new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources }));
    return role;
  }

  /** Under /aws/vendedlogs/ Step Functions needs no line of its own in the size-limited policy of CloudWatch Logs. */
  #log(machineName: string, retention: RetentionDays): LogGroup {
    return new LogGroup(this, 'Log', {
      logGroupName: `/aws/vendedlogs/states/${machineName}`,
      retention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }
}

/** Inline rather than from S3, so that what is deployed can be read and tested in the template. */
function definition(name: string): string {
  return readFileSync(`${import.meta.dirname}/../state-machines/${name}.asl.json`, 'utf8');
}
