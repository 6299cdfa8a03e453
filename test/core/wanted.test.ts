import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { matches, parsePattern } from '../../functions/core/event-pattern.ts';
import { compileGlob, escapeGlob } from '../../functions/core/glob.ts';
import { literalPrefix } from '../../functions/core/key-pattern.ts';
import { WantedByBeginning, WantedByPattern } from '../../functions/core/wanted.ts';
import { vectors } from './vectors/read.ts';

const cases = vectors(
  'event-patterns',
  z.object({ vectors: z.array(z.object({ pattern: z.unknown(), event: z.json().optional() })) }),
).vectors.flatMap(({ pattern, event }) => {
  const parsed = parsePattern(pattern);
  return 'problems' in parsed || event === undefined ? [] : [{ pattern: parsed.pattern, event: event }];
});

describe('those who may want an event', () => {
  it('are all whose pattern takes it, on the cases of AWS event-ruler', () => {
    const index = new WantedByPattern(cases, ({ pattern }) => pattern);
    const events = cases.filter(({ pattern, event }) => matches(pattern, event)).map(({ event }) => event);
    for (const event of events.slice(0, 300)) {
      const candidates = new Set(index.candidates(event));
      const missing = cases.filter((one) => matches(one.pattern, event) && !candidates.has(one));
      expect(missing).toEqual([]);
    }
    expect(events.length).toBeGreaterThan(300);
  });

  it('are few among many that ask for one order each', () => {
    const all = Array.from({ length: 10_000 }, (_, order) => {
      const parsed = parsePattern({
        source: ['acme'],
        'detail-type': ['Sold'],
        detail: { order: [`o${order}`] },
      });
      if ('problems' in parsed) throw new Error('not a pattern');
      return { order, pattern: parsed.pattern };
    });
    const index = new WantedByPattern(all, ({ pattern }) => pattern);
    const event = { source: 'acme', 'detail-type': 'Sold', detail: { order: 'o77', lines: [{ sku: 'a' }] } };
    expect(index.candidates(event).map(({ order }) => order)).toEqual([77]);
  });

  it('may be of an event with more values than a call takes arguments', () => {
    const parsed = parsePattern({ detail: { order: ['o250000'] } });
    if ('problems' in parsed) throw new Error('not a pattern');
    const index = new WantedByPattern([parsed.pattern], (pattern) => pattern);
    const event = { detail: { order: Array.from({ length: 250_001 }, (_, order) => `o${order}`) } };
    expect(index.candidates(event)).toHaveLength(1);
  });
});

describe('those who may want a key', () => {
  const text = fc.stringMatching(/^[ab/*?]{0,6}$/);

  it('are all whose glob takes it', () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 20 }), fc.stringMatching(/^[ab/]{0,8}$/), (globs, key) => {
        const index = new WantedByBeginning(globs, literalPrefix);
        const candidates = index.candidates(key);
        return globs.every((glob) => !compileGlob(glob)(key) || candidates.includes(glob));
      }),
    );
  });

  it('are few among many that begin otherwise', () => {
    const globs = Array.from({ length: 10_000 }, (_, index) => `${escapeGlob(`team-${index}/`)}*`);
    expect(new WantedByBeginning(globs, literalPrefix).candidates('team-77/a.csv')).toEqual(['team-77/*']);
  });
});
