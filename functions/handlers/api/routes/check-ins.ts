import { z } from '@hono/zod-openapi';
import { checkIn } from '../../../app/evidence/check-in.ts';
import { Signal } from '../../../core/evidence.ts';
import { toIso } from '../../../core/time.ts';
import { endpoint } from '../endpoint.ts';
import type { Api } from '../env.ts';
import { ExpectationPath, Utc } from '../fields.ts';
import { lastBytes } from '../log-body.ts';
import { demandSound } from '../problem.ts';

/** The id under which a repeated check-in is the same one; one run has one for each of its signals. */
export const CheckInId = z.string().min(1).max(200);

const CheckInBody = z
  .strictObject({
    signal: Signal.optional().openapi({ description: 'Default: `success`, or what the exit code says' }),
    exitCode: z
      .int()
      .min(0)
      .max(255)
      .optional()
      .openapi({ description: '0 is success, anything else failure' }),
    body: z.string().optional().openapi({
      description: 'The last lines of a log: the last 10,000 bytes are kept',
      example: 'done, 1042 rows',
    }),
    id: CheckInId.optional().openapi({
      description:
        'Makes a request that is repeated within an hour the same check-in; of a custom job, the id of the run',
      example: 'run-2026-11-21',
    }),
  })
  .openapi('CheckIn');

const CheckInAnswer = z.object({ signal: Signal, at: Utc.openapi({ description: 'When it was received' }) });

/** `…/check-ins`: a check-in by API key. Those by address are in ping.ts. */
export function checkInRoutes(api: Api): void {
  endpoint(
    api,
    {
      method: 'post',
      path: '/v1/teams/{team}/expectations/{id}/check-ins',
      operationId: 'checkIn',
      tag: 'Check-ins',
      summary: 'Check in',
      description: 'Without a body: success. It counts at the time of its receipt.',
      needs: { role: 'editor', of: 'path' },
      params: ExpectationPath,
      body: CheckInBody,
      bodyIsOptional: true,
      answers: { 200: { description: 'It is recorded', schema: CheckInAnswer } },
      problems: ['conflict'],
    },
    async ({ ctx, params, body: { exitCode, body, id, ...given } }) => {
      const signal = signalOf(given.signal, exitCode);
      const { at } = await checkIn(ctx, params, {
        signal,
        exitCode,
        body: body === undefined ? undefined : lastBytes(body),
        id,
      });
      return { status: 200, body: { signal, at: toIso(at) } };
    },
  );
}

function signalOf(signal: Signal | undefined, exitCode: number | undefined): Signal {
  if (exitCode === undefined) return signal ?? 'success';
  const told = exitCode === 0 ? 'success' : 'failure';
  if (signal !== undefined && signal !== told) {
    const message = `does not go together with exitCode ${exitCode}, which means ${told}: leave it out`;
    demandSound([{ field: 'signal', message, given: signal }]);
  }
  return told;
}
