import { RuleTargetInput, type EventPattern } from 'aws-cdk-lib/aws-events';
import type { z } from 'zod';
import { RunSource } from '../functions/core/run.ts';
import { jobEvents } from '../functions/core/sources/index.ts';
import { EXECUTION_FIELDS } from '../functions/core/sources/stepfunctions.ts';

/** The services of AWS whose jobs can be expected. What is custom comes by a bus that one puts it on. */
export const JobSource = RunSource.exclude(['custom']);
export type JobSource = z.infer<typeof JobSource>;

/** The events of a service as rules match them: what the code reads, and nothing else. */
export function jobPatternOf(job: JobSource): { source: string[]; detailType: string[] } {
  const { source = [], 'detail-type': detailType } = jobEvents[job].pattern;
  return { source: [...source], detailType: [...detailType] };
}

/** One pattern for the events of several services. */
export function jobPatternsAsOne(jobs: readonly JobSource[]): { source: string[]; detailType: string[] } {
  const patterns = jobs.map(jobPatternOf);
  return {
    source: patterns.flatMap(({ source }) => source),
    detailType: patterns.flatMap(({ detailType }) => detailType),
  };
}

/** Without the executions of Overdue's own machines: each breach would be evidence that nobody wants. */
export function executionsOfOthers(ownMachines: readonly string[]): EventPattern {
  return {
    ...jobPatternOf('stepfunctions'),
    detail: { stateMachineArn: [{ 'anything-but': ownMachines }] },
  };
}

/** An event with some fields only. Names are unique: `$.id` and `$.detail.id` would be one. */
class Fields extends RuleTargetInput {
  readonly #template: string;
  readonly #paths: Record<string, string>;

  constructor(template: string, paths: Record<string, string>) {
    super();
    this.#template = template;
    this.#paths = paths;
  }

  override bind() {
    return { inputTemplate: this.#template, inputPathsMap: this.#paths };
  }
}

const ENVELOPE = ['version', 'id', 'detail-type', 'source', 'account', 'time', 'region', 'resources'];

/**
 * An execution's event without its input, output, error and cause: the envelope, and of the detail what is read.
 * What may be missing or null is in quotes: EventBridge leaves nothing in its place, which would be no JSON without them.
 * CDK's own templates have no quotes.
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
 */
export function withoutData(): RuleTargetInput {
  const { always, nullable } = EXECUTION_FIELDS;
  const plain = (name: string) => `"${name}":<${name}>`;
  const quoted = (name: string) => `"${name}":"<${name}>"`;
  const detail = [...always.map(plain), ...nullable.map(quoted)].join();
  return new Fields(`{${ENVELOPE.map(plain).join()},"detail":{${detail}}}`, {
    ...Object.fromEntries(ENVELOPE.map((name) => [name, `$.${name}`])),
    ...Object.fromEntries([...always, ...nullable].map((name) => [name, `$.detail.${name}`])),
  });
}
