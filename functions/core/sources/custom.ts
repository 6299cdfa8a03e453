import { z } from 'zod';
import { Run, type JobEvents } from '../run.ts';
import { placeOf, readDetail, sentAt } from './read.ts';

const Time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

/** The detail of the event that anyone may put on the bus: see docs/sources.md. */
const Detail = z.object({
  job: z.string().min(1).max(256),
  run: z.string().min(1).max(256),
  state: Run.shape.state,
  startedAt: Time.optional(),
  endedAt: Time.optional(),
  status: z.string().min(1).max(256).optional(),
  arguments: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
});

/** Jobs of anything else. A time that is not told is that of the event. */
export const customEvents: JobEvents = {
  pattern: { 'detail-type': ['Overdue Run State Change'] },
  runOf(event) {
    const { job, run, state, startedAt, endedAt, status, arguments: given } = readDetail(Detail, event);
    const running = state === 'running';
    return {
      source: 'custom',
      job,
      run,
      ...placeOf(event),
      state,
      status: status ?? state,
      startedAt: startedAt ?? (running ? sentAt(event) : undefined),
      endedAt: running ? undefined : (endedAt ?? sentAt(event)),
      arguments: Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)])),
    };
  },
  link: () => undefined,
};
