import { afterEach } from '@jest/globals';
import { DeliveryFailed } from '../../../functions/app/errors.ts';
import { post, systemResolve, type OutgoingOptions } from '../../../functions/adapters/channels/outgoing.ts';
import { recorder, type Answer } from './servers.ts';

export const NOW = Date.parse('2026-11-21T05:00:00Z');
/** In the part of IPv6 from which addresses are given out, but never given out itself: nobody is there. */
export const PUBLIC_NOWHERE = '2d00::1';

export const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

export async function server(answer?: Answer) {
  const started = await recorder(answer);
  closing.push(started.close);
  return started;
}

const options = (over: Partial<OutgoingOptions> = {}): OutgoingOptions => ({
  allowedHosts: [],
  resolve: systemResolve,
  timeout: 2000,
  clock: () => NOW,
  ...over,
});

export const send = (url: string, over: Partial<OutgoingOptions> = {}, secrets: string[] = []) =>
  post({ url, headers: { 'content-type': 'application/json' }, body: '{"a":1}', secrets }, options(over));

export async function failure(work: Promise<void>): Promise<DeliveryFailed> {
  const outcome = await work.then(
    () => 'delivered',
    (error: unknown) => error,
  );
  if (!(outcome instanceof DeliveryFailed)) throw new Error(`not a DeliveryFailed: ${String(outcome)}`);
  return outcome;
}
