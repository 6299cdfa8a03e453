import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { definitionOf } from '../stack.ts';

const Retrier = z.object({
  ErrorEquals: z.array(z.string()),
  IntervalSeconds: z.number().optional(),
  BackoffRate: z.number().optional(),
  MaxAttempts: z.number().optional(),
  MaxDelaySeconds: z.number().optional(),
  JitterStrategy: z.string().optional(),
});

const Catcher = z.object({ ErrorEquals: z.array(z.string()), Next: z.string() });

const State = z.looseObject({
  Type: z.string(),
  Next: z.string().optional(),
  Default: z.string().optional(),
  Choices: z.array(z.object({ Next: z.string() })).optional(),
  Retry: z.array(Retrier).default([]),
  Catch: z.array(Catcher).default([]),
  TimeoutSeconds: z.number().optional(),
  TimeoutSecondsPath: z.string().optional(),
  ItemProcessor: z.unknown().optional(),
  Result: z.unknown().optional(),
});
type State = z.infer<typeof State>;

const Machine = z.object({ States: z.record(z.string(), State), TimeoutSeconds: z.number().optional() });

interface Place {
  machine: string;
  name: string;
  state: State;
  /** The states around it, where its transitions lead. */
  states: Record<string, State>;
}

/** Every state of a definition, also inside of maps. */
function placesIn(machine: string, definition: unknown): Place[] {
  const { States: states } = Machine.parse(definition);
  return Object.entries(states).flatMap(([name, state]) => [
    { machine, name, state, states },
    ...(state.ItemProcessor === undefined ? [] : placesIn(machine, state.ItemProcessor)),
  ]);
}

const MACHINES = ['checker', 'breach', 'sweep'];
const places = MACHINES.flatMap((machine) => placesIn(machine, definitionOf(machine)));
const tasks = places.filter(({ state }) => state.Type === 'Task');
const titled = tasks.map((place) => [`${place.machine}: ${place.name}`, place] as const);

/** Where a state can lead, itself included. */
function reachable(from: string, states: Record<string, State>, seen = new Set<string>()): Set<string> {
  const state = states[from];
  if (!state || seen.has(from)) return seen;
  seen.add(from);
  const next = [state.Next, state.Default, ...(state.Choices ?? []).map(({ Next }) => Next)];
  for (const one of next) if (one !== undefined) reachable(one, states, seen);
  return seen;
}

it('all tasks are looked at', () => {
  expect(titled.map(([title]) => title).sort()).toEqual([
    'breach: Act',
    'breach: AwaitArrival',
    'checker: Judge',
    'checker: Plan',
    'sweep: Heartbeat',
    'sweep: Sweep',
  ]);
});

describe.each(titled)('%s', (_title, { state, states }) => {
  it('is not waited for without end', () => {
    expect(state.TimeoutSeconds ?? state.TimeoutSecondsPath).toBeDefined();
  });

  it('is tried again after every error, at growing times that are not the same for all', () => {
    const last = state.Retry.at(-1);
    expect(last?.ErrorEquals).toEqual(['States.ALL']);
    expect(last).toMatchObject({ JitterStrategy: 'FULL', BackoffRate: 2 });
    expect(last?.MaxAttempts).toBeGreaterThanOrEqual(2);
    expect(last?.MaxDelaySeconds).toBeLessThanOrEqual(30);
  });

  it('ends, when all tries fail, in a place that has a name', () => {
    const last = state.Catch.at(-1);
    expect(last?.ErrorEquals).toEqual(['States.ALL']);
    expect(Object.keys(states)).toContain(last?.Next);
  });
});

describe('a failure after all tries', () => {
  it.each(titled.filter(([title]) => !title.startsWith('sweep')))(
    'of %s can only end in a failed execution, or be made good',
    (_title, { state, states }) => {
      const caught = reachable(state.Catch.at(-1)?.Next ?? '', states);
      expect([...caught].some((name) => states[name]?.Type === 'Fail')).toBe(true);
    },
  );

  it('of a group of shards fails the sweep, after the other groups', () => {
    const { state, states } = tasks.find(({ name }) => name === 'Sweep')!;
    expect(states[state.Catch.at(-1)!.Next]?.Result).toEqual({ outcome: 'failed' });
  });

  it('to tell the monitor elsewhere fails no sweep', () => {
    const { state, states } = tasks.find(({ name }) => name === 'Heartbeat')!;
    const types = [...reachable(state.Catch.at(-1)!.Next, states)].map((name) => states[name]?.Type);
    expect(types).toEqual(['Pass', 'Succeed']);
  });
});

it('the heartbeat comes after a sweep that left nothing undone, and only then', () => {
  const { states } = tasks.find(({ name }) => name === 'Heartbeat')!;
  const before = Object.entries(states).filter(([, { Next, Default, Choices = [] }]) =>
    [Next, Default, ...Choices.map((choice) => choice.Next)].includes('Heartbeat'),
  );
  expect(before.map(([name, { Default }]) => [name, Default])).toEqual([['Outcome', 'Heartbeat']]);
});

it.each(['checker', 'sweep'])('the %s, an Express machine, gives up within its five minutes', (machine) => {
  expect(Machine.parse(definitionOf(machine)).TimeoutSeconds).toBeLessThan(300);
});

it('a retry of a wait that ran out is no retry: the breach acts', () => {
  const { state } = tasks.find(({ name }) => name === 'AwaitArrival')!;
  expect(state.Retry[0]).toEqual({ ErrorEquals: ['States.Timeout'], MaxAttempts: 0 });
  expect(state.Catch[0]).toEqual({ ErrorEquals: ['States.Timeout'], Next: 'Act' });
});
