import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, jest } from '@jest/globals';
import { describeMainPath } from './main-path.ts';
import { startService, type Service } from './service.ts';

jest.setTimeout(150_000);

let data: string;
let service: Service;

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'overdue-e2e-'));
  service = await startService(data);
});

afterAll(async () => {
  await service.stop();
  await rm(data, { recursive: true, force: true });
});

describeMainPath(() => Promise.resolve({ ...service, patience: 20_000 }));
