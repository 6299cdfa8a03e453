import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { awsClients } from '../../functions/adapters/clients.ts';
import { awsContext } from '../../functions/adapters/context.ts';
import { environmentOf } from '../../functions/adapters/environment.ts';
import { MalformedSources, readSources, sourceOf, type Source } from '../../functions/adapters/sources.ts';
import {
  recordingServer,
  refusal,
  type Answer,
  type Recorded,
  type RecordingServer,
} from './recording-server.ts';

const SHOP: Source = {
  label: 'shop',
  region: 'eu-west-1',
  roleArn: 'arn:aws:iam::210987654321:role/Overdue-look-eu-west-1',
  buckets: ['shop-landing', 'shop-reports-*'],
};

describe('where a bucket lies', () => {
  const plant = { ...SHOP, label: 'plant', buckets: ['plant'] };

  test.each([
    ['shop-landing', 'shop'],
    ['shop-landing-2', undefined],
    ['shop-reports-2026', 'shop'],
    ['shop-reports-', 'shop'],
    ['plant', 'plant'],
    ['acme', undefined],
  ])('%s: %s', (bucket, label) => {
    expect(sourceOf([SHOP, plant], bucket)?.label).toBe(label);
  });

  test('is not known without sources', () => {
    expect(readSources(undefined)).toEqual([]);
  });

  test.each(['{', '[{}]', '{"label":"shop"}'])('is not guessed from %s', (text) => {
    expect(() => readSources(text)).toThrow(MalformedSources);
  });
});

describe('a look into a bucket', () => {
  let server: RecordingServer;
  let answerRole: () => Answer;
  let before: NodeJS.ProcessEnv;

  const LISTING = { body: '<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>' };
  const isForRole = ({ body }: Recorded) => body.includes('Action=AssumeRole');
  const role = (seconds: number): Answer => ({
    headers: { 'content-type': 'text/xml' },
    body: `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
      <AccessKeyId>ASIASHOP</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken>
      <Expiration>${new Date(Date.now() + seconds * 1000).toISOString()}</Expiration>
      </Credentials></AssumeRoleResult></AssumeRoleResponse>`,
  });

  beforeAll(async () => {
    server = await recordingServer((request) => (isForRole(request) ? answerRole() : LISTING));
    before = process.env;
    process.env = {
      ...before,
      ...{ AWS_ENDPOINT_URL: server.url, AWS_REGION: 'eu-central-1' },
      ...{ AWS_ACCESS_KEY_ID: 'AKIDCENTRAL', AWS_SECRET_ACCESS_KEY: 'secret' },
    };
  });
  beforeEach(() => {
    answerRole = () => role(3600);
  });
  afterEach(() => {
    server.requests.length = 0;
  });
  afterAll(async () => {
    process.env = before;
    await server.close();
  });

  const store = () =>
    awsContext(
      environmentOf({ OVERDUE_TABLE: 'table', OVERDUE_SOURCES: JSON.stringify([SHOP]) }),
      awsClients(),
    ).objects;
  const signers = () =>
    new Set(server.requests.filter((one) => !isForRole(one)).map(({ signedBy }) => signedBy));

  test('of this account is made by the function itself', async () => {
    expect(await store().look('acme', 'a', 0)).toMatchObject({ ok: true });
    expect(signers()).toEqual(new Set(['AKIDCENTRAL eu-central-1']));
    expect(server.requests.filter(isForRole)).toEqual([]);
  });

  test('of another account is made by the role there, in the Region there', async () => {
    expect(await store().look('shop-landing', 'a', 0)).toMatchObject({ ok: true });
    expect(signers()).toEqual(new Set(['ASIASHOP eu-west-1']));
    const [asked] = server.requests.filter(isForRole);
    expect(asked?.signedBy).toBe('AKIDCENTRAL eu-central-1');
    expect(new URLSearchParams(asked?.body).get('RoleArn')).toBe(SHOP.roleArn);
  });

  test('of another account asks for the role once in an hour', async () => {
    const kept = store();
    for (const bucket of ['shop-landing', 'shop-reports-2026', 'shop-landing'])
      await kept.look(bucket, 'a', 0);
    expect(server.requests.filter(isForRole)).toHaveLength(1);
  });

  test('asks again when the role is about to expire', async () => {
    answerRole = () => role(60);
    const kept = store();
    for (const bucket of ['shop-landing', 'shop-landing']) await kept.look(bucket, 'a', 0);
    expect(server.requests.filter(isForRole).length).toBeGreaterThan(1);
  });

  test('says which account does not give the role, and decides nothing', async () => {
    answerRole = () => ({
      ...refusal('AccessDenied', 403),
      headers: { 'content-type': 'text/xml' },
      body: '<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>',
    });
    expect(await store().look('shop-landing', 'a', 0)).toEqual({
      ok: false,
      at: 0,
      cause:
        'the role in account shop cannot be assumed (AccessDenied), so bucket shop-landing cannot be looked into',
    });
    expect(signers()).toEqual(new Set());
  });
});
