/**
 * Event patterns of EventBridge, matched in code.
 *
 * Source of the rules: AWS's open-source matcher, https://github.com/aws/event-ruler (2.0.1): its README, its tests and
 * its answers; and https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html.
 *
 * Where it differs from ruler:
 * - Numbers are what JSON.parse makes of them: those that a double cannot tell apart are equal. Of a key that an object
 *   repeats the last one counts.
 * - An event that writes one field in two ways, `{"a": {"b": …}}` and `{"a.b": …}`, and has arrays on the way, may match
 *   or not where ruler does the opposite. Ruler advises not to rely on dots in keys.
 * - Ruler loses some matches when alternatives of `$or` name the same field, or when one list mixes operators that
 *   ignore case, exclude or compare numbers with others; it takes the digits of numbers and of IPv6 addresses for IPv4
 *   in wide blocks; the quotes around a text leak into `prefix` and `suffix`; letters beyond U+FFFF have no case. Here
 *   its README holds.
 * - A pattern has at most 4,096 characters, 100 levels and 1,000 combinations of `$or`, limits of EventBridge or our
 *   own; wildcards may be too many for EventBridge and are not for this one. An event of more than 100
 *   levels matches nothing.
 */
export { matches } from './event-pattern/match.ts';
export { parsePattern, type CompiledPattern, type Parsed } from './event-pattern/pattern.ts';
export { requirements, type Requirements } from './event-pattern/requirements.ts';
export type { PatternProblem } from './event-pattern/problem.ts';
export type { JsonValue } from './event-pattern/json.ts';
