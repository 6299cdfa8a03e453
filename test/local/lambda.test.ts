import { describe, expect, test } from '@jest/globals';
import { bindFunction, createInvoke } from '../../local/services/lambda.ts';
import type { LambdaContext, LambdaHandler } from '../../local/services/service.ts';
import { createTargets } from '../../local/services/targets.ts';

const invokeWith = (handler: LambdaHandler) => createInvoke(new Map([['f', { handler, timeoutSeconds: 1 }]]));

describe('a function', () => {
  test.each([
    'f',
    'f:live',
    '123456789012:function:f',
    'arn:aws:lambda:eu-central-1:123456789012:function:f',
    'arn:aws:lambda:eu-central-1:123456789012:function:f:3',
  ])('is found as %s', async (name) => {
    expect(await invokeWith((event) => Promise.resolve(event))(name, '{"a":1}')).toBe('{"a":1}');
  });

  test('sees its name, an id and the time it has left', async () => {
    let seen: LambdaContext | undefined;
    const look: LambdaHandler = (_, context) => {
      seen = context;
      return Promise.resolve();
    };
    await invokeWith(look)('f', '{}');
    expect(seen).toMatchObject({
      functionName: 'f',
      awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown,
    });
    expect(seen!.getRemainingTimeInMillis()).toBeGreaterThan(500);
    expect(seen!.getRemainingTimeInMillis()).toBeLessThanOrEqual(1000);
  });

  test('answers undefined as null, and fails with what JSON cannot carry', async () => {
    expect(await invokeWith(() => Promise.resolve(undefined))('f', '{}')).toBe('null');
    await expect(invokeWith(() => Promise.resolve(1n))('f', '{}')).rejects.toMatchObject({
      name: 'Runtime.MarshalError',
    });
  });

  test('bound, takes and gives objects that are nobody else’s', async () => {
    const event = { list: [1] };
    const call = bindFunction(
      invokeWith((seen) => Promise.resolve(seen)),
      'f',
    );
    const result = await call(event);
    expect(result).toEqual(event);
    expect(result).not.toBe(event);
  });

  test('fails by the name of its error, with type, message and trace', async () => {
    const failing = invokeWith(() => Promise.reject(new RangeError('too far')));
    const error = await failing('f', '{}').catch((reason: unknown) => reason as Error);
    expect(error).toMatchObject({ name: 'RangeError' });
    expect(JSON.parse((error as Error).message)).toMatchObject({
      errorType: 'RangeError',
      errorMessage: 'too far',
    });
    await expect(failing('g', '{}')).rejects.toMatchObject({ name: 'Lambda.ResourceNotFoundException' });
  });
});

describe('a scheduled target', () => {
  const roleArn = 'arn:aws:iam::123456789012:role/overdue';
  const calls: unknown[] = [];
  const deliver = createTargets(
    { startExecution: (request) => ({ executionArn: '', startDate: calls.push(request) }) },
    (name, payload) => Promise.resolve(String(calls.push([name, payload]))),
  );

  test('is a state machine or a function', async () => {
    const machine = 'arn:aws:states:eu-central-1:123456789012:stateMachine:checker';
    const lambda = 'arn:aws:lambda:eu-central-1:123456789012:function:f';
    await deliver({ targetArn: machine, input: '{"a":1}', roleArn });
    await deliver({ targetArn: lambda, input: '{"a":2}', roleArn });
    expect(calls).toEqual([{ stateMachineArn: machine, input: '{"a":1}' }, [lambda, '{"a":2}']]);
  });
});
