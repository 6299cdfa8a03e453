import { createHash, randomBytes } from 'node:crypto';
import type { Context } from '../app/ports.ts';

export const nodeSecrets: Context['secrets'] = {
  random: (bytes) => randomBytes(bytes).toString('base64url'),
  sha256: (text) => createHash('sha256').update(text).digest('hex'),
};
