import { z } from 'zod';
import { Evidence } from '../../core/evidence.ts';
import type { EvidenceStore, ExpectationRef } from '../../app/ports.ts';
import type { Instant } from '../../core/time.ts';
import { evidenceKey, evidencePrefix, expectationPk, leftKey, sortable } from '../table.ts';
import { readInOrder } from './batch.ts';
import { expiry } from './expiry.ts';
import { all, parseItem, putItem, queryItems, updateItem, type Store } from './store.ts';
import { ifNew } from './version.ts';

/**
 * Evidence by its time. The same fact has the same id and the same time, so that its key is where it is told twice. Ids
 * contain object keys of up to 1,024 bytes, as many as a sort key may have: the key has a hash of the id.
 */
export function evidenceStore(store: Store): EvidenceStore {
  return {
    async record(ref, evidence) {
      const item = { ...evidenceKey(ref, evidence), ...evidence, ...expiry(store, evidence.at) };
      return (await putItem(store, item, ifNew)) !== undefined;
    },
    between: (ref, from, to, key) => between(store, ref, { from, to, key }),
    claim: (ref, evidence, deadline) => claim(store, ref, evidence, deadline),
    async release(ref, evidence, deadline) {
      await updateItem(store, evidenceKey(ref, evidence), {
        UpdateExpression: 'REMOVE #claimedBy',
        ConditionExpression: '#claimedBy = :me',
        ExpressionAttributeNames: { '#claimedBy': 'claimedBy' },
        ExpressionAttributeValues: { ':me': deadline },
      });
    },
    leave: (ref, deadline, count) => leave(store, ref, deadline, count),
    async left(ref, deadlines) {
      const items = await readInOrder(
        store,
        deadlines.map((deadline) => leftKey(ref, deadline)),
      );
      return items.map((item) => (item ? parseItem(Left, item).left : 0));
    },
  };
}

const Left = z.object({ left: z.int() });

/** How much came of a deadline and is not kept. */
async function leave(store: Store, ref: ExpectationRef, deadline: string, count: number): Promise<void> {
  const expires = Object.entries(expiry(store, store.now()));
  await updateItem(store, leftKey(ref, deadline), {
    UpdateExpression: `ADD #left :count${expires.length > 0 ? ' SET #expires = :expires' : ''}`,
    ExpressionAttributeNames: {
      '#left': 'left',
      ...Object.fromEntries(expires.map(([name]) => ['#expires', name])),
    },
    ExpressionAttributeValues: {
      ':count': count,
      ...Object.fromEntries(expires.map(([, value]) => [':expires', value])),
    },
  });
}

async function between(
  store: Store,
  ref: ExpectationRef,
  { from, to, key }: { from: Instant; to: Instant; key: string | undefined },
): Promise<Evidence[]> {
  const prefix = evidencePrefix(key);
  // The key of `to + 1` itself would need a `#` behind it: it is left out.
  const range = { pk: expectationPk(ref), from: prefix + sortable(from), to: prefix + sortable(to + 1) };
  return (await all(queryItems(store, range))).map((item) => parseItem(Evidence, item));
}

/** One write: what only a look has seen is recorded by its claim; what is recorded keeps what it says. */
async function claim(
  store: Store,
  ref: ExpectationRef,
  evidence: Evidence,
  deadline: string,
): Promise<boolean> {
  const { claimedBy: _claim, ...facts } = evidence;
  const known = Object.entries({ ...facts, ...expiry(store, facts.at) }).filter(
    ([, value]) => value !== undefined,
  );
  const sets = known.map((_, index) => `#f${index} = if_not_exists(#f${index}, :f${index})`);
  const claimed = await updateItem(store, evidenceKey(ref, evidence), {
    UpdateExpression: `SET ${[...sets, '#claimedBy = :me'].join(', ')}`,
    ConditionExpression: 'attribute_not_exists(#claimedBy) OR #claimedBy = :me',
    ExpressionAttributeNames: {
      '#claimedBy': 'claimedBy',
      ...Object.fromEntries(known.map(([name], index) => [`#f${index}`, name])),
    },
    ExpressionAttributeValues: {
      ':me': deadline,
      ...Object.fromEntries(known.map(([, value], index) => [`:f${index}`, value])),
    },
  });
  return claimed !== undefined;
}
