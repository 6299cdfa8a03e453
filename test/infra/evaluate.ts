import { z } from 'zod';
import { manyOf, Text } from './stack.ts';

const Conditions = z.record(z.string(), z.record(z.string(), manyOf(Text)));

/** One account, or one service. */
const Principal = z.record(z.string(), Text).transform((named) => Object.values(named).join());

/** A statement of a policy of a resource. */
export const Statement = z.object({
  Effect: z.literal('Allow'),
  Action: manyOf(z.string()),
  Principal,
  Condition: Conditions.default({}),
});

/** A call: who makes it, and what the service knows of it under the names of conditions. */
export interface Call {
  principal: string;
  action: string;
  keys: Record<string, string | string[] | undefined>;
}

type Test = (given: string[] | undefined, allowed: readonly string[]) => boolean;

const any: Test = (given, allowed) => given?.some((value) => allowed.includes(value)) ?? false;

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html */
const OPERATORS: Record<string, Test> = {
  StringEquals: any,
  ArnEquals: any,
  ArnLike: (given, allowed) =>
    given?.some((value) => allowed.some((pattern) => likeness(pattern).test(value))) ?? false,
  'ForAllValues:StringEquals': (given = [], allowed) => given.every((value) => allowed.includes(value)),
  Null: (given, [absent]) => (given === undefined) === (absent === 'true'),
};

/** Whether one statement allows the call, by the operators that the stacks use; another one throws. */
export function allows(
  { Action, Principal: who, Condition }: z.output<typeof Statement>,
  call: Call,
): boolean {
  if (!Action.includes(call.action) || who !== call.principal) return false;
  return Object.entries(Condition).every(([operator, tests]) => {
    const test = OPERATORS[operator];
    if (!test) throw new TypeError(`operator ${operator} is not known here`);
    return Object.entries(tests).every(([key, allowed]) => {
      const given = call.keys[key];
      return test(typeof given === 'string' ? [given] : given, allowed);
    });
  });
}

function likeness(pattern: string): RegExp {
  return new RegExp(`^${pattern.split('*').map(RegExp.escape).join('.*')}$`);
}
