import { afterEach, describe, expect, test } from '@jest/globals';
import { awsClients } from '../../functions/adapters/clients.ts';
import { awsContext } from '../../functions/adapters/context.ts';
import {
  ENVIRONMENT,
  environmentOf,
  hasOwnS3Endpoint,
  MissingVariable,
  readEnvironment,
} from '../../functions/adapters/environment.ts';
import { once } from '../../functions/adapters/once.ts';
import { nodeSecrets } from '../../functions/adapters/secrets.ts';
import type { ChannelTarget } from '../../functions/core/channel.ts';

const REF = { team: 'data', expectation: 'orders', occurrence: '2026-11-21T06:00', rev: 1 };

const variables = process.env;
const before = { ...variables };

afterEach(() => {
  for (const name of Object.keys(variables)) if (!(name in before)) Reflect.deleteProperty(variables, name);
});

describe('the environment', () => {
  test('tells the name of a variable that is missing or empty', () => {
    for (const given of [{}, { OVERDUE_TABLE: '' }]) {
      expect(() => environmentOf(given).require('table')).toThrow(MissingVariable);
      expect(() => environmentOf(given).require('table')).toThrow('OVERDUE_TABLE');
      expect(environmentOf(given).optional('table')).toBeUndefined();
    }
    expect(environmentOf({ OVERDUE_TABLE: 't' }).require('table')).toBe('t');
  });

  test('reads lists without spaces and gaps', () => {
    const list = (text: string) =>
      environmentOf({ [ENVIRONMENT.allowedWebhookHosts]: text }).list('allowedWebhookHosts');
    expect(list(' a.internal, b:8080 ,,')).toEqual(['a.internal', 'b:8080']);
    expect(list('')).toEqual([]);
  });

  test('is that of the process', () => {
    variables['OVERDUE_TABLE'] = 'of-the-process';
    expect(readEnvironment().require('table')).toBe('of-the-process');
  });

  test.each([
    [{}, false],
    [{ AWS_ENDPOINT_URL: 'http://127.0.0.1:1' }, true],
    [{ AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1' }, true],
    [{ AWS_ENDPOINT_URL_SQS: 'http://127.0.0.1:1' }, false],
  ])('%j: S3 is elsewhere: %s, and buckets are in the path', (given, elsewhere) => {
    Object.assign(variables, given);
    expect(hasOwnS3Endpoint()).toBe(elsewhere);
    expect(awsClients().s3().config.forcePathStyle).toBe(elsewhere);
  });
});

describe('the context', () => {
  const given = { AWS_REGION: 'us-east-1' };
  const contextOf = (more: Record<string, string>) => {
    Object.assign(variables, given);
    return awsContext(environmentOf(more));
  };

  test('needs a table', () => {
    expect(() => contextOf({})).toThrow('OVERDUE_TABLE');
  });

  test('tells what else is missing when it is first needed', async () => {
    const ctx = contextOf({ OVERDUE_TABLE: 't' });
    await expect(ctx.schedules.put(REF, 0)).rejects.toThrow('OVERDUE_SCHEDULE_GROUP');
    await expect(ctx.lifecycles.start(REF, 1)).rejects.toThrow('OVERDUE_BREACH_ARN');
    await expect(ctx.nudges.send('data', ['mail'])).rejects.toThrow('OVERDUE_NUDGE_QUEUE_URL');
    expect(() => ctx.publicUrl).toThrow('OVERDUE_PUBLIC_URL');
  });

  test('has the public address without a slash at its end', () => {
    expect(contextOf({ OVERDUE_TABLE: 't', OVERDUE_PUBLIC_URL: 'https://x/api//' }).publicUrl).toBe(
      'https://x/api',
    );
  });

  test('hears of all jobs, or of those of the services that are listed', () => {
    expect(contextOf({ OVERDUE_TABLE: 't' }).jobSources).toBeUndefined();
    const some = { OVERDUE_TABLE: 't', OVERDUE_JOB_SOURCES: 'glue,custom' };
    expect(contextOf(some).jobSources).toEqual(new Set(['glue', 'custom']));
    const wrong = contextOf({ OVERDUE_TABLE: 't', OVERDUE_JOB_SOURCES: 'cron' });
    expect(() => wrong.jobSources).toThrow('OVERDUE_JOB_SOURCES');
  });

  test('sends e-mail only when it has a sender address', () => {
    const email: ChannelTarget = { type: 'email', to: ['a@example.com'] };
    expect(contextOf({ OVERDUE_TABLE: 't' }).senders.problem(email)).toBe('this deployment sends no e-mail');
    const mail = { OVERDUE_TABLE: 't', OVERDUE_MAIL_FROM: 'o@example.com' };
    expect(contextOf(mail).senders.problem(email)).toBeUndefined();
  });

  test('allows private hosts only where they are listed', () => {
    const hook = { type: 'webhook', url: 'http://127.0.0.1:9099/hook' } as const;
    expect(contextOf({ OVERDUE_TABLE: 't' }).senders.problem(hook)).toBeDefined();
    const hosts = { OVERDUE_TABLE: 't', OVERDUE_ALLOWED_WEBHOOK_HOSTS: '127.0.0.1:9099' };
    expect(contextOf(hosts).senders.problem(hook)).toBeUndefined();
  });
});

describe('clients', () => {
  test('are made once, and one for each region of a topic', () => {
    variables['AWS_REGION'] = 'us-east-1';
    const clients = awsClients();
    expect(clients.sqs()).toBe(clients.sqs());
    expect(clients.sns('eu-west-1')).toBe(clients.sns('eu-west-1'));
    expect(clients.sns('eu-west-1')).not.toBe(clients.sns('us-east-1'));
  });

  test('what fails to be made is made the next time', () => {
    let attempts = 0;
    const value = once(() => {
      if (++attempts === 1) throw new Error('not yet');
      return attempts;
    });
    expect(value).toThrow('not yet');
    expect([value(), value()]).toEqual([2, 2]);
  });
});

test('secrets are random, URL-safe and as long as asked for; hashes are SHA-256 in hex', () => {
  const some = Array.from({ length: 100 }, () => nodeSecrets.random(18));
  expect(new Set(some).size).toBe(100);
  for (const one of some) expect(one).toMatch(/^[A-Za-z0-9_-]{24}$/);
  expect(nodeSecrets.sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});
