/** ASL with `${Function}` for the function of functions.ts; the input carries what it is to do. */
const task = (states: object, start: string) => JSON.stringify({ StartAt: start, States: states });

const CALL = { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke' };
const PARAMETERS = { FunctionName: '${Function}', 'Payload.$': '$' };
const WAIT_FOR_TOKEN = {
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
  Parameters: {
    FunctionName: '${Function}',
    Payload: { 'tellTo.$': '$.tellTo', 'token.$': '$$.Task.Token' },
  },
};
const DONE = { Type: 'Succeed' };
const caught = (Error: string, Next: string) => ({ ErrorEquals: [Error], ResultPath: '$.error', Next });
const ended = (by: string) => ({ Type: 'Pass', Result: by, ResultPath: '$.by', Next: 'Done' });

/** Definitions that the clauses start: what the app's own machines are made of, one at a time. */
export const MACHINES = {
  /** Waits for a token, 30 s at most. */
  waits: {
    type: 'STANDARD',
    definition: task(
      { Wait: { ...WAIT_FOR_TOKEN, TimeoutSeconds: 30, ResultPath: '$.answer', Next: 'Done' }, Done: DONE },
      'Wait',
    ),
  },
  /** Waits for a token as long as the input says. */
  waitsAsTold: {
    type: 'STANDARD',
    definition: task(
      {
        Wait: {
          ...WAIT_FOR_TOKEN,
          ...{ TimeoutSecondsPath: '$.seconds', ResultPath: null, Next: 'Done' },
          Catch: [caught('States.Timeout', 'Late')],
        },
        Late: ended('States.Timeout'),
        Done: DONE,
      },
      'Wait',
    ),
  },
  /** Waits for a token for a second. */
  waitsShortly: {
    type: 'STANDARD',
    definition: task(
      {
        Wait: {
          ...WAIT_FOR_TOKEN,
          TimeoutSeconds: 1,
          Next: 'Done',
          Catch: [caught('States.Timeout', 'Late')],
        },
        Late: ended('States.Timeout'),
        Done: DONE,
      },
      'Wait',
    ),
  },
  /** Calls the function twice more when it fails, and tells its errors apart. */
  retries: {
    type: 'STANDARD',
    definition: task(
      {
        Call: {
          ...{ ...CALL, Parameters: PARAMETERS, ResultPath: null, TimeoutSeconds: 10, Next: 'Done' },
          Retry: [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 1, BackoffRate: 1, MaxAttempts: 2 }],
          Catch: [caught('Faulty', 'Named'), caught('States.ALL', 'Unnamed')],
        },
        Named: ended('name'),
        Unnamed: ended('States.ALL'),
        Done: DONE,
      },
      'Call',
    ),
  },
  /** Takes out what it needs of the answer, and decides by it. */
  decides: {
    type: 'STANDARD',
    definition: task(
      {
        Call: {
          ...{ ...CALL, Parameters: PARAMETERS, TimeoutSeconds: 10, Next: 'Again?' },
          ...{ ResultSelector: { 'again.$': '$.Payload.again' }, ResultPath: '$.judged' },
        },
        'Again?': {
          Type: 'Choice',
          Choices: [{ Variable: '$.judged.again', BooleanEquals: true, Next: 'Yes' }],
          Default: 'Done',
        },
        Yes: ended('choice'),
        Done: DONE,
      },
      'Call',
    ),
  },
  /** Tells that it ran. */
  tells: {
    type: 'EXPRESS',
    definition: task(
      {
        Call: { ...CALL, Parameters: PARAMETERS, ResultPath: null, TimeoutSeconds: 10, Next: 'Done' },
        Done: DONE,
      },
      'Call',
    ),
  },
} as const;

export type MachineName = keyof typeof MACHINES;
