import type { Chapter } from './contract.ts';
import { dynamodb } from './dynamodb.ts';
import { events } from './events.ts';
import { s3 } from './s3.ts';
import { scheduler } from './scheduler.ts';
import { sqs } from './sqs.ts';
import { stepFunctions } from './step-functions.ts';

/** All that is asked. */
export const CHAPTERS: readonly Chapter[] = [dynamodb, scheduler, stepFunctions, sqs, s3, events];
