import { z } from 'zod';
import type { JobEvents } from '../run.ts';
import { consoleLink, NotUnderstood, placeOf, readDetail } from './read.ts';

const SUCCESS = 'Lambda Function Invocation Result - Success';
const FAILURE = 'Lambda Function Invocation Result - Failure';

/** The payloads of request and response are the job's own affair: they are not read. */
const Detail = z.object({
  timestamp: z.iso.datetime({ offset: true }),
  requestContext: z.object({
    requestId: z.string().min(1),
    functionArn: z.string(),
    condition: z.string(),
  }),
});

/** Asynchronous invocations of functions with an event bus as destination: told at their end, after all tries. */
export const lambdaEvents: JobEvents = {
  pattern: { source: ['lambda'], 'detail-type': [SUCCESS, FAILURE] },
  runOf(event) {
    const { timestamp, requestContext } = readDetail(Detail, event);
    return {
      source: 'lambda',
      job: functionName(requestContext.functionArn),
      run: requestContext.requestId,
      ...placeOf(event),
      state: event['detail-type'] === SUCCESS ? 'succeeded' : 'failed',
      status: requestContext.condition,
      endedAt: Date.parse(timestamp),
    };
  },
  /** The function: single invocations have no page. */
  link: ({ job, region }) =>
    consoleLink(region, `/lambda/home?region=${region}#/functions/${job}?tab=monitoring`),
};

/** The name without version or alias. @throws NotUnderstood */
function functionName(arn: string): string {
  const [, name] = /^arn:[^:]+:lambda:[^:]*:[^:]*:function:([^:]+)/.exec(arn) ?? [];
  if (name === undefined) throw new NotUnderstood(`${arn} is no ARN of a Lambda function`);
  return name;
}
