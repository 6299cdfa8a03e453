import { appendFileSync } from 'node:fs';
import { createScheduler } from '../../local/services/scheduler.ts';
import { serve } from './serve.ts';

/** A scheduler in a process of its own, to be killed; tells its URL on stdout, its deliveries in a file. */
const [dataDir = '', deliveries = ''] = process.argv.slice(2);
const scheduler = createScheduler({
  dataDir,
  region: 'eu-central-1',
  accountId: '123456789012',
  deliver: async ({ input }) => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    appendFileSync(deliveries, `${input}\n`);
  },
  log: console.error,
});
const { url } = await serve(scheduler.handle);
scheduler.start();
console.log(url);
