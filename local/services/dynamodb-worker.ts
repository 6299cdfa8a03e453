import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import dynalite from 'dynalite';
import db, { type Store } from 'dynalite/db/index.js';
import { z } from 'zod';
import { writeItemsWithTheirIndexes } from './dynamodb-atomic.ts';
import { repairDatabase } from './dynamodb-repair.ts';

/** Milliseconds that requests under way get when the service is closed. */
const CLOSE_GRACE = 2000;

const { directory, port } = z.object({ directory: z.string(), port: z.number().int() }).parse(workerData);
const cleanMark = join(directory, 'closed-cleanly');

async function openStore(): Promise<Store> {
  mkdirSync(directory, { recursive: true });
  const immediately = { createTableMs: 0, updateTableMs: 0, deleteTableMs: 0 };
  const store = db.create({ path: join(directory, 'level'), ...immediately });
  await store.db.open();
  if (!existsSync(cleanMark)) await repairDatabase(store.db);
  rmSync(cleanMark, { force: true });
  return store;
}

function createServer(store: Store): Server {
  writeItemsWithTheirIndexes(store);
  db.create = () => store;
  const server = dynalite({});
  // dynalite throws when a client goes away in the middle of a request: that would end the service.
  server.on('request', (request) => {
    request.removeAllListeners('error');
    request.on('error', () => undefined);
  });
  // An idle connection that is closed on this side can fail the request that is just being sent on it.
  server.keepAliveTimeout = 0;
  return server;
}

async function close(server: Server): Promise<void> {
  const late = setTimeout(() => {
    server.closeAllConnections();
  }, CLOSE_GRACE);
  await new Promise<void>((resolve, reject) => {
    server.close((error) => {
      if (error) reject(error);
      else resolve();
    });
  });
  clearTimeout(late);
  writeFileSync(cleanMark, '');
}

const server = createServer(await openStore());
await new Promise<void>((resolve, reject) => {
  server.once('error', reject);
  server.listen(port, '127.0.0.1', resolve);
});
parentPort?.once('message', () => {
  void close(server);
});
parentPort?.postMessage(server.address());
