import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { z } from 'zod';
import { definitionOf } from '../stack.ts';

const PAGE = readFileSync(`${import.meta.dirname}/../../../state-machines/README.md`, 'utf8');

const To = z.object({ Next: z.string() });
const State = z.object({
  Next: z.string().optional(),
  Default: z.string().optional(),
  Choices: z.array(To).default([]),
  Catch: z.array(To).default([]),
  get ItemProcessor() {
    return Machine.optional();
  },
});
const Machine = z.object({ States: z.record(z.string(), State) });

/** Every way from one state to another: `Judge > Plan?`. */
function waysOf({ States }: z.output<typeof Machine>): string[] {
  return Object.entries(States).flatMap(([name, { Next, Default, Choices, Catch, ItemProcessor }]) => {
    const next = [Next, Default, ...[...Choices, ...Catch].map((one) => one.Next)];
    const inside = ItemProcessor ? waysOf(ItemProcessor) : [];
    return [...next.flatMap((to) => (to === undefined ? [] : [`${name} > ${to}`])), ...inside];
  });
}

/** The same of the drawing in the chapter of this name; where it begins and ends is no way. */
function drawn(chapter: string): string[] {
  const [, drawing = ''] =
    new RegExp(`^## ${chapter}[^]*?\`\`\`mermaid\n([^]*?)\`\`\``, 'm').exec(PAGE) ?? [];
  const names = new Map([...drawing.matchAll(/state "(.+)" as (\w+)$/gm)].map(([, name, id]) => [id, name]));
  const nameOf = (id: string | undefined) => names.get(id) ?? id ?? '';
  return [...drawing.matchAll(/^ *(\w+) --> (\w+)/gm)].map(
    ([, from, to]) => `${nameOf(from)} > ${nameOf(to)}`,
  );
}

const sorted = (ways: string[]) => [...new Set(ways)].sort();

it.each(['checker', 'breach', 'sweep'])(
  'the drawing of %s shows every way from state to state, and no other',
  (name) => {
    const chapter = name.charAt(0).toUpperCase() + name.slice(1);
    expect(sorted(drawn(chapter))).toEqual(sorted(waysOf(Machine.parse(definitionOf(name)))));
  },
);
