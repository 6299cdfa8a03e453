import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createTable } from '../../functions/adapters/dynamodb/create-table.ts';
import { killGroup, start } from '../support/command.ts';
import { freePort } from '../support/free-port.ts';
import { pythonPrograms } from '../support/python.ts';
import { clientConfig, clientsAt, TABLE_NAME, type Target } from './target.ts';

/** Python programs with moto's server. @throws NotHere */
export function installMoto(): Promise<string> {
  return pythonPrograms(join(import.meta.dirname, '..', 'support', 'moto.requirements.txt'));
}

/** moto's server. @param programs where it was installed @returns where it answers */
export async function startMoto(programs: string): Promise<{ endpoint: string; close: () => Promise<void> }> {
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const child = start(join(programs, 'moto_server'), ['-H', '127.0.0.1', '-p', String(port)], {
    output: 'ignore',
  });
  const ended = once(child, 'close');
  const close = async () => {
    killGroup(child);
    await ended;
  };
  for (let tries = 0; !(await answers(endpoint)); tries++) {
    if (child.exitCode !== null || tries > 200) {
      await close();
      throw new Error('moto did not start');
    }
    await sleep(100);
  }
  return { endpoint, close };
}

/** moto, which keeps data and runs nothing: no functions, machines or schedules. @param programs where it was installed */
export async function openMoto(programs: string): Promise<Target> {
  const { endpoint, close } = await startMoto(programs);
  try {
    await createTable(new DynamoDBClient(clientConfig(endpoint)), TABLE_NAME);
  } catch (error) {
    await close();
    throw error;
  }
  const nothing = () => {
    throw new Error('moto runs nothing');
  };
  return { aws: clientsAt(endpoint), machine: nothing, queueOf: nothing, close };
}

async function answers(endpoint: string): Promise<boolean> {
  try {
    return (await fetch(`${endpoint}/moto-api/`)).ok;
  } catch {
    return false;
  }
}
