import { z } from 'zod';
import { parsePattern, requirements, type CompiledPattern, type JsonValue } from './event-pattern.ts';
import { canonical } from './canonical.ts';

/** An event as evidence keeps it: who sent it, and for which pattern it was taken. Never what is in it. */
export const SeenEvent = z.object({
  id: z.string(),
  source: z.string(),
  detailType: z.string(),
  account: z.string(),
  region: z.string(),
  /** Fingerprint of the pattern that it matched. */
  pattern: z.string(),
});
export type SeenEvent = z.infer<typeof SeenEvent>;

type Pattern = Record<string, unknown>;

/** A pattern that was registered, ready to match. @throws TypeError when it is none */
export function compiled(pattern: Pattern): CompiledPattern {
  const parsed = parsePattern(pattern);
  if ('problems' in parsed) throw new TypeError(`not a pattern: ${parsed.problems[0]?.message ?? ''}`);
  return parsed.pattern;
}

/** The sources of which the pattern takes events; undefined when it takes more than a list of them. */
export function sourcesOf(pattern: Pattern): readonly string[] | undefined {
  return requirements(compiled(pattern)).source;
}

/** What kind of event the pattern takes, in words: `com.acme.trades "Trade Booked"`. */
export function describePattern(pattern: Pattern): string {
  const { source, detailType } = requirements(compiled(pattern));
  const from = source?.join(' or ') ?? 'any source';
  return detailType ? `${from} "${detailType.join('" or "')}"` : from;
}

/** The same for the same pattern, however it is written; tells the patterns of one team apart, and is no secret. */
export function fingerprint(pattern: Pattern): string {
  const text = canonical(pattern);
  // FNV-1a of 64 bits: http://www.isthe.com/chongo/tech/comp/fnv/
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return hash.toString(16).padStart(16, '0');
}

export type { JsonValue };
