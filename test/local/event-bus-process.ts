import { appendFileSync } from 'node:fs';
import { createEventBus } from '../../local/services/event-bus.ts';
import { serve } from './serve.ts';

/** A bus in a process of its own, to be killed; tells its URL on stdout, what it delivers in a file. */
const [dataDir = '', deliveries = ''] = process.argv.slice(2);
const bus = createEventBus({
  dataDir,
  region: 'eu-central-1',
  accountId: '123456789012',
  rules: [
    {
      name: 'all',
      pattern: { source: ['shop'] },
      targets: [
        {
          id: 'file',
          deliver: async ({ id }) => {
            await new Promise((resolve) => setTimeout(resolve, 20));
            appendFileSync(deliveries, `${id}\n`);
          },
        },
      ],
    },
  ],
  log: console.error,
});
const { url } = await serve(bus.handle);
bus.start();
console.log(url);
