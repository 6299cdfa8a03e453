import { StateMachine, type StateMachineDefinition } from 'aws-local-stepfunctions';
import { isJsonObject, parseJsonText, type JsonObject } from '../json.ts';
import { prepareStates, type TaskPlan } from './prepare.ts';

/** A state machine as it is deployed. */
export interface StateMachineSpec {
  name: string;
  type: 'STANDARD' | 'EXPRESS';
  /** The ASL file's text, JSONPath only. */
  definition: string;
  /** Values of its `${Key}` placeholders, as CDK's definitionSubstitutions. */
  substitutions?: Readonly<Record<string, string>>;
}

/** A state machine ready to run. */
export interface Program {
  spec: StateMachineSpec;
  arn: string;
  /** The definition with its placeholders filled. */
  text: string;
  startAt: string;
  states: StateMachineDefinition['States'];
  plans: ReadonlyMap<string, TaskPlan>;
  /** `$$.StateNames` of the prepared definition. */
  stateNames: readonly string[];
  /** The top-level TimeoutSeconds. */
  timeoutSeconds: number | undefined;
}

/**
 * Fills the placeholders, has the library validate the definition (about 40 ms) and prepares it once for all runs.
 * Throws an Error that names the machine: a placeholder without a value, an invalid definition, or a feature of
 * ASL that this machine cannot run faithfully.
 */
export function compile(spec: StateMachineSpec, arn: string): Program {
  try {
    const text = fillPlaceholders(spec.definition, spec.substitutions ?? {});
    const definition = parseDefinition(text);
    const stateNames: string[] = [];
    const plans = new Map<string, TaskPlan>();
    const prepared = prepareStates(definition, { type: spec.type, stateNames, plans, nested: false });
    const { StartAt: startAt, TimeoutSeconds: timeout } = definition;
    if (typeof startAt !== 'string') throw new Error('StartAt is missing');
    const timeoutSeconds = typeof timeout === 'number' ? timeout : undefined;
    // The library validated the definition; preparing it keeps its shape.
    const states = prepared as unknown as StateMachineDefinition['States'];
    return { spec, arn, text, startAt, states, plans, stateNames, timeoutSeconds };
  } catch (error) {
    throw new Error(`State machine ${spec.name}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

/** Replaces `${Key}` textually, as CloudFormation does; throws on a placeholder without a value. */
function fillPlaceholders(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\$\{([A-Za-z0-9_]+)\}/g, (placeholder, key: string) => {
    const value = Object.hasOwn(values, key) ? values[key] : undefined;
    if (value === undefined) throw new Error(`no substitution for ${placeholder}`);
    return value;
  });
}

/** Parses the text twice, because the validator writes defaults into what it validates. */
function parseDefinition(text: string): JsonObject {
  new StateMachine(parseJsonText(text) as unknown as StateMachineDefinition);
  const definition = parseJsonText(text);
  if (!isJsonObject(definition)) throw new Error('the definition is not an object');
  return definition;
}
