import { HOUR } from '../../../functions/core/time.ts';

export { HOUR, MINUTE, SECOND } from '../../../functions/core/time.ts';
export const DAY = 24 * HOUR;
