import { isJsonObject, type Json, type JsonObject } from '../json.ts';

/** What a Task or Wait state does when it is entered. */
export type TaskPlan =
  | {
      kind: 'invoke' | 'token' | 'start';
      timeoutSeconds: number | undefined;
      heartbeatSeconds: number | undefined;
    }
  | { kind: 'wait'; seconds: number | undefined; timestamp: string | undefined };

interface Scope {
  type: 'STANDARD' | 'EXPRESS';
  stateNames: string[];
  plans: Map<string, TaskPlan>;
  /** Inside a Map or Parallel state. */
  nested: boolean;
}

/** Error by which a long wait asks the library to enter the same state again. */
export const STILL_WAITING = 'Overdue.StillWaiting';

/** The library's own task timeout, set to the longest that a timer of Node can take; ours fire earlier. */
const LIBRARY_TIMEOUT_SECONDS = 2_147_483;

const RESOURCES: Readonly<Record<string, 'invoke' | 'token' | 'start'>> = {
  'arn:aws:states:::lambda:invoke': 'invoke',
  'arn:aws:states:::lambda:invoke.waitForTaskToken': 'token',
  'arn:aws:states:::states:startExecution': 'start',
};

const UNSUPPORTED = [
  'Arguments', 'Assign', 'Credentials', 'ItemBatcher', 'ItemReader', 'Output', 'QueryLanguage', 'ResultWriter',
  'ToleratedFailureCount', 'ToleratedFailureCountPath', 'ToleratedFailurePercentage', 'ToleratedFailurePercentagePath',
]; // prettier-ignore

const ORDER = /^(Numeric|String|Timestamp)(Less|Greater)Than/;
const TYPE_OF_ORDER: Readonly<Record<string, string>> = {
  Numeric: 'IsNumeric',
  String: 'IsString',
  Timestamp: 'IsTimestamp',
};

const TYPE_TESTS = ['IsPresent', 'IsNull', 'IsNumeric', 'IsString', 'IsBoolean', 'IsTimestamp'];

/**
 * Gives the `States` of a definition in a form that means the same on AWS and that the library runs faithfully.
 * Each rewriting answers one fault of aws-local-stepfunctions 3:
 * - Task: its timeouts become our own (they end at 24.8 days, start before Lambda has room, default to 60 s,
 *   resolve TimeoutSecondsPath after Parameters, and know no heartbeat).
 * - Wait: becomes a task of ours, because its timer fires at once beyond 24.8 days.
 * - `ResultPath: "$"` and bracket notation make a key named `$`; a Pass with a falsy Result passes its input;
 *   a test like `IsPresent: false` is never true, and null is less than 5; `$$.Execution.Input` inside a Map is the item;
 *   `$$.Execution.StartTime` is not the time that StartExecution answered; `$$.State` is empty.
 */
export function prepareStates(definition: JsonObject, scope: Scope): JsonObject {
  const states = definition['States'];
  if (!isJsonObject(states)) throw new Error('States is missing');
  return Object.fromEntries(
    Object.entries(states).map(([name, state]) => [name, prepareState(name, asObject(state, name), scope)]),
  );
}

function prepareState(name: string, state: JsonObject, scope: Scope): JsonObject {
  const unsupported = UNSUPPORTED.filter((key) => key in state);
  if (JSON.stringify(state).includes('States.JsonToString')) {
    throw new Error(
      `${name}: States.JsonToString cannot run on one machine, the library loses its backslashes`,
    );
  }
  if (unsupported.length > 0) throw new Error(`${name}: ${unsupported.join(', ')} cannot run on one machine`);
  const paths = asObject(rewritePaths(state, scope.stateNames.push(name) - 1, scope.nested), name);
  return withResultPath(prepareByType(name, paths, scope));
}

function prepareByType(name: string, state: JsonObject, scope: Scope): JsonObject {
  switch (state['Type']) {
    case 'Task':
      return prepareTask(name, state, scope);
    case 'Wait':
      return prepareWait(name, state, scope);
    case 'Pass':
      return preparePass(state);
    case 'Choice':
      return { ...state, Choices: asList(state['Choices']).map(prepareRule) };
    case 'Parallel':
      return {
        ...state,
        Branches: asList(state['Branches']).map((branch) => prepareNested(name, branch, scope)),
      };
    case 'Map':
      return prepareMap(name, state, scope);
    default:
      return state;
  }
}

function prepareTask(name: string, state: JsonObject, scope: Scope): JsonObject {
  const { TimeoutSeconds, TimeoutSecondsPath, HeartbeatSeconds, HeartbeatSecondsPath, ...rest } = state;
  const resource = typeof state['Resource'] === 'string' ? state['Resource'] : '';
  const kind = RESOURCES[resource];
  if (!kind) throw new Error(`${name}: resource ${resource} cannot run on one machine`);
  if (kind === 'token' && scope.type === 'EXPRESS')
    throw new Error(`${name}: Express has no waitForTaskToken`);
  scope.plans.set(name, {
    kind,
    timeoutSeconds: asSeconds(TimeoutSeconds),
    heartbeatSeconds: asSeconds(HeartbeatSeconds),
  });
  const Parameters = {
    ...asObject(state['Parameters'] ?? {}, name),
    ...(kind === 'token' ? { '__input.$': '$' } : {}),
    ...(TimeoutSecondsPath === undefined ? {} : { '__timeout.$': TimeoutSecondsPath }),
    ...(HeartbeatSecondsPath === undefined ? {} : { '__heartbeat.$': HeartbeatSecondsPath }),
  };
  return { ...rest, Parameters, ...resumable(state['Retry']) };
}

function prepareWait(name: string, state: JsonObject, scope: Scope): JsonObject {
  const { Seconds, Timestamp, SecondsPath, TimestampPath, ...rest } = state;
  scope.plans.set(name, {
    kind: 'wait',
    seconds: asSeconds(Seconds),
    timestamp: typeof Timestamp === 'string' ? Timestamp : undefined,
  });
  const byPath = {
    ...(SecondsPath === undefined ? {} : { 'seconds.$': SecondsPath }),
    ...(TimestampPath === undefined ? {} : { 'timestamp.$': TimestampPath }),
  };
  const parameters = Object.keys(byPath).length > 0 ? { Parameters: { '__input.$': '$', ...byPath } } : {};
  return { ...rest, ...parameters, Type: 'Task', Resource: 'overdue:wait', ...resumable(undefined) };
}

function resumable(retry: Json | undefined): JsonObject {
  const again = { ErrorEquals: [STILL_WAITING], IntervalSeconds: 0, MaxAttempts: 99_999_999 };
  return { TimeoutSeconds: LIBRARY_TIMEOUT_SECONDS, Retry: [again, ...asList(retry ?? [])] };
}

function preparePass(state: JsonObject): JsonObject {
  const { Result, ...rest } = state;
  return Result === undefined || Result ? state : { ...rest, Parameters: Result };
}

function prepareMap(name: string, state: JsonObject, scope: Scope): JsonObject {
  const key = 'ItemProcessor' in state ? 'ItemProcessor' : 'Iterator';
  const processor = asObject(state[key], name);
  const config = processor['ProcessorConfig'];
  if (isJsonObject(config) && config['Mode'] === 'DISTRIBUTED') {
    throw new Error(`${name}: a distributed Map cannot run on one machine`);
  }
  return { ...state, [key]: prepareNested(name, processor, scope) };
}

function prepareNested(name: string, definition: Json, scope: Scope): JsonObject {
  const machine = asObject(definition, name);
  return { ...machine, States: prepareStates(machine, { ...scope, nested: true }) };
}

function prepareRule(rule: Json): Json {
  if (!isJsonObject(rule)) return rule;
  if (isJsonObject(rule['Not'])) return { ...rule, Not: prepareRule(rule['Not']) };
  for (const combinator of ['And', 'Or']) {
    if (combinator in rule) return { ...rule, [combinator]: asList(rule[combinator]).map(prepareRule) };
  }
  const { Next, ...test } = rule;
  const next: JsonObject = Next === undefined ? {} : { Next };
  const negated = TYPE_TESTS.find((name) => rule[name] === false);
  if (negated !== undefined) return { Not: { ...test, [negated]: true }, ...next };
  const ordered = Object.keys(rule).find((name) => ORDER.test(name));
  const typeTest = TYPE_OF_ORDER[ORDER.exec(ordered ?? '')?.[1] ?? ''];
  if (typeTest === undefined) return rule;
  return { And: [{ Variable: rule['Variable'] ?? '', [typeTest]: true }, test], ...next };
}

function withResultPath(state: JsonObject): JsonObject {
  const { ResultPath, Catch, ...rest } = state;
  const catchers = Array.isArray(Catch)
    ? { Catch: Catch.map((item) => withResultPath(asObject(item, 'Catch'))) }
    : {};
  if (typeof ResultPath !== 'string')
    return ResultPath === null ? { ...rest, ...catchers, ResultPath } : { ...rest, ...catchers };
  return {
    ...rest,
    ...catchers,
    ...(ResultPath === '$' ? {} : { ResultPath: ResultPath.replace(/^\$\[/, '$.[') }),
  };
}

/** Rewrites the context paths of one state; states nested in it have their own turn. */
function rewritePaths(value: Json, stateIndex: number, nested: boolean, key = ''): Json {
  if (key === 'States') return value;
  if (typeof value === 'string') {
    return /(\.\$|Path|Variable)$/.test(key) ? rewritePath(value, stateIndex, nested) : value;
  }
  if (Array.isArray(value)) return value.map((item) => rewritePaths(item, stateIndex, nested));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([member, inner]) => [member, rewritePaths(inner, stateIndex, nested, member)]),
  );
}

function rewritePath(path: string, stateIndex: number, nested: boolean): string {
  const inContext = path
    .replace(/\$\$\.Execution\.(Input|StartTime)\b/g, (_, member: string) => `$$.Root.${member}`)
    .replace(/\$\$\.State\.Name\b/g, () => `$$.StateNames[${stateIndex}]`);
  return nested ? inContext.replace(/\$\$\.State\.EnteredTime\b/g, () => '$$.State.Now') : inContext;
}

function asObject(value: Json | undefined, where: string): JsonObject {
  if (!isJsonObject(value)) throw new Error(`${where}: expected an object`);
  return value;
}

function asList(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

function asSeconds(value: Json | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
