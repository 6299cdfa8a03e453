import { z } from 'zod';
import { TABLE } from '../../functions/adapters/table.ts';

/** An attribute value as DynamoDB has it on the wire. */
type Value = Record<string, unknown>;
export const Item = z.record(z.string(), z.record(z.string(), z.unknown()));
export type Item = z.infer<typeof Item>;

/**
 * Bytes of an item: names and values.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
export function sizeOf(item: Item): number {
  return Object.entries(item).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + sizeOfValue(value),
    0,
  );
}

function sizeOfValue(value: Value): number {
  const [type = '', inner] = Object.entries(value)[0] ?? [];
  if (type === 'S') return Buffer.byteLength(String(inner));
  if (type === 'N') return Math.ceil(String(inner).replace(/[-.]/g, '').length / 2) + 1;
  if (type === 'L') return 3 + (inner as Value[]).reduce((sum, one) => sum + 1 + sizeOfValue(one), 0);
  if (type !== 'M') return 1;
  return (
    3 +
    Object.entries(inner as Item).reduce(
      (sum, [name, one]) => sum + 1 + Buffer.byteLength(name) + sizeOfValue(one),
      0,
    )
  );
}

/** Write units of one write: the table by the larger of both states, each index by the entries that come and go. */
export function writeUnits(before: Item | undefined, after: Item | undefined): number {
  const size = Math.max(before ? sizeOf(before) : 0, after ? sizeOf(after) : 0);
  const table = Math.max(1, Math.ceil(size / 1024));
  const indexes = Object.values(TABLE.indexes).map((index) => {
    const entry = (item: Item | undefined) => {
      const [partition, sort] = [item?.[index.partitionKey], item?.[index.sortKey]];
      return partition && sort ? JSON.stringify([partition, sort]) : undefined;
    };
    const [old, now] = [entry(before), entry(after)];
    if (old === now) return 0;
    return (old === undefined ? 0 : 1) + (now === undefined ? 0 : 1);
  });
  return indexes.reduce((sum, units) => sum + units, table);
}

/** Read units for so many bytes; an eventually consistent read is half of one. */
export function readUnits(bytes: number, consistent: boolean): number {
  return Math.max(1, Math.ceil(bytes / 4096)) * (consistent ? 1 : 0.5);
}
