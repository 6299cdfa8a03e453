import { SECOND, type Instant } from '../../core/time.ts';
import { TABLE } from '../table.ts';
import type { Store } from './store.ts';

/**
 * The attribute by which DynamoDB removes a part of the history that is over, some days after its time; none where the
 * history is kept for ever. @param at when it happened (epoch ms)
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
 */
export function expiry({ keepHistory }: Pick<Store, 'keepHistory'>, at: Instant): Record<string, number> {
  if (keepHistory === undefined) return {};
  return { [TABLE.timeToLive]: Math.ceil((at + keepHistory) / SECOND) };
}
