import { z } from 'zod';

const Order = z.looseObject({
  tellTo: z.url(),
  failWith: z.string().optional(),
  again: z.boolean().optional(),
});

/** The function that the machines of the contract call: tells its event to an address, and answers or fails as told. */
export async function handler(event: unknown): Promise<{ again: boolean }> {
  const { tellTo, failWith, again = false } = Order.parse(event);
  await fetch(tellTo, { method: 'POST', body: JSON.stringify(event) });
  if (failWith !== undefined) throw Object.assign(new Error('as it was told'), { name: failWith });
  return { again };
}
