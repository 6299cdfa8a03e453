import type { Template } from 'aws-cdk-lib/assertions';
import { z } from 'zod';
import { matches, parsePattern, type JsonValue } from '../../functions/core/event-pattern.ts';
import { resources, Text } from './stack.ts';

const Rule = z.object({
  EventBusName: Text.optional(),
  EventPattern: z.unknown(),
  Targets: z.tuple([
    z.object({
      Arn: Text,
      DeadLetterConfig: z.object({ Arn: Text }),
      InputTransformer: z
        .object({ InputPathsMap: z.record(z.string(), z.string()), InputTemplate: z.string() })
        .optional(),
    }),
  ]),
});
export type Rule = z.output<typeof Rule>;

/** The rules of a stack on a bus: `default`, or the beginning of its name as a resource. */
export function rulesOn(template: Template, bus: string): Rule[] {
  return [...resources(template, 'AWS::Events::Rule', Rule).values()].filter(({ EventBusName = 'default' }) =>
    EventBusName.startsWith(bus),
  );
}

/** Whether the rule takes the event, by the matcher that judges patterns of expectations. */
export function takes({ EventPattern }: Rule, event: JsonValue): boolean {
  const parsed = parsePattern(resolved(EventPattern));
  if ('problems' in parsed) throw new TypeError(JSON.stringify(parsed.problems));
  return matches(parsed.pattern, event);
}

/** With `<…>` for what only the deployment knows, all the way down. */
export function resolved(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(resolved);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  if (entries.some(([name]) => /^(Fn::|Ref$)/.test(name))) return Text.parse(value);
  return Object.fromEntries(entries.map(([name, one]) => [name, resolved(one)]));
}

/** What EventBridge leaves where a path leads nowhere, or to null: nobody documents which it is. */
export type Nothing = '' | 'null';

/**
 * What a rule's target receives, as EventBridge makes it: a value in JSON has its quotes, a value inside of a text none.
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
 */
export function received({ Targets: [target] }: Rule, event: JsonValue, nothing: Nothing = ''): string {
  if (!target.InputTransformer) return JSON.stringify(event);
  const { InputPathsMap, InputTemplate } = target.InputTransformer;
  return InputTemplate.replaceAll(/(")?<([\w-]+)>(")?/g, (_, open: string | undefined, name: string) => {
    const path = InputPathsMap[name];
    if (path === undefined) throw new TypeError(`<${name}> has no path`);
    const value = valueAt(event, path.split('.').slice(1));
    if (value === undefined || value === null) return open ? `"${nothing}"` : nothing;
    if (!open) return JSON.stringify(value);
    return `"${typeof value === 'string' ? value : JSON.stringify(value).replaceAll('"', '')}"`;
  });
}

function valueAt(value: JsonValue | undefined, path: readonly string[]): JsonValue | undefined {
  const [first, ...rest] = path;
  if (first === undefined) return value;
  const fields = z.record(z.string(), z.json()).safeParse(value);
  return fields.success ? valueAt(fields.data[first], rest) : undefined;
}
