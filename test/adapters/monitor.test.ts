import { afterEach, describe, expect, it } from '@jest/globals';
import { heartbeatTo, MonitorUnreachable } from '../../functions/adapters/monitor.ts';
import { recorder, type Answer, type Recorder } from './channels/servers.ts';

let server: Recorder | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function beat(answer?: Answer, timeout = 2000): Promise<{ pauses: number[] }> {
  server = await recorder(answer);
  const pauses: number[] = [];
  const pause = (length: number) => {
    pauses.push(length);
    return Promise.resolve();
  };
  await heartbeatTo(`http://127.0.0.1:${server.port}/ping/secret`, { timeout, pause })();
  return { pauses };
}

function status(...codes: number[]): Answer {
  return (response) => {
    response.statusCode = codes.shift() ?? 500;
    response.end();
  };
}

describe('a heartbeat', () => {
  it('is one GET when the monitor takes it', async () => {
    expect(await beat()).toEqual({ pauses: [] });
    expect(server?.requests).toMatchObject([{ method: 'GET', url: '/ping/secret', body: '' }]);
  });

  it('is tried again after a failure, with pauses', async () => {
    expect(await beat(status(503, 500, 200))).toEqual({ pauses: [1000, 2000] });
    expect(server?.requests).toHaveLength(3);
  });

  it('is given up after three attempts, and the address is not told', async () => {
    const failure = await beat(status(404, 404, 404, 200)).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(MonitorUnreachable);
    expect(String(failure)).toContain('it answered 404');
    expect(String(failure)).not.toContain('secret');
    expect(server?.requests).toHaveLength(3);
  });

  it('does not wait for a monitor that says nothing', async () => {
    const silent: Answer = () => undefined;
    await expect(beat(silent, 100)).rejects.toThrow('it did not answer in time');
    expect(server?.requests).toHaveLength(3);
  });

  it('says that nobody is there', async () => {
    const tell = heartbeatTo('http://127.0.0.1:1/ping', { pause: () => Promise.resolve() });
    await expect(tell()).rejects.toThrow('it could not be reached');
  });
});
