import { createHmac, timingSafeEqual } from 'node:crypto';
import { inWords } from '../../core/duration.ts';
import { MINUTE, SECOND, type Instant, type Milliseconds } from '../../core/time.ts';

/** Signatures of messages older (or newer) than this may be replays. */
export const SIGNATURE_TOLERANCE: Milliseconds = 5 * MINUTE;

/**
 * The header `Overdue-Signature` of a webhook: `t=<unix seconds>,v1=<hex HMAC-SHA256 of "<t>.<body>">`.
 *
 * To verify: take `t` and `v1` from the header; compute HMAC-SHA256 with the channel's secret over `t`, a dot and the
 * body exactly as received, before parsing it; compare in constant time; refuse a `t` that is more than five minutes
 * from your clock. Then deduplicate by the ids of the alerts: a repeated message is signed anew.
 */
export function signatureHeader(body: string, secret: string, now: Instant): string {
  const seconds = Math.floor(now / SECOND);
  return `t=${seconds},v1=${hmac(seconds, body, secret).toString('hex')}`;
}

/** Why the signature of a received webhook is not to be trusted. @returns undefined when it is */
export function signatureProblem(
  header: string | undefined,
  { body, secret, now }: { body: string; secret: string; now: Instant },
): string | undefined {
  const [, time, signature] = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(header ?? '') ?? [];
  if (time === undefined || signature === undefined) return 'no signature (header Overdue-Signature)';
  if (!timingSafeEqual(hmac(Number(time), body, secret), Buffer.from(signature, 'hex'))) {
    return 'the signature is of another secret or another body';
  }
  const age = Math.abs(now - Number(time) * SECOND);
  return age > SIGNATURE_TOLERANCE ? `the signature is ${inWords(age)} away from now` : undefined;
}

function hmac(seconds: number, body: string, secret: string): Buffer {
  return createHmac('sha256', secret).update(`${seconds}.${body}`).digest();
}
