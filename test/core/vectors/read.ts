import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** Made by generate.py beside this file or as the file itself says; in files called accepted, by hand. */
export function vectors<T>(name: string, schema: z.ZodType<T>): T {
  return schema.parse(JSON.parse(readFileSync(new URL(`./${name}.json`, import.meta.url), 'utf8')));
}

/** Instants in minutes after some start, or the error of a library that has none. */
export const Firings = z.union([z.array(z.int()), z.string()]);
export type Firings = z.infer<typeof Firings>;

/** `230104 230111` as dates. */
export function unpacked(text: string): string[] {
  if (text === '') return [];
  return text.split(' ').map((date) => `20${date.slice(0, 2)}-${date.slice(2, 4)}-${date.slice(4)}`);
}
