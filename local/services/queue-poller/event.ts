import type { Message, MessageAttributeValue } from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent, SQSMessageAttribute, SQSRecord } from 'aws-lambda';
import { z } from 'zod';

/** A message as it must be to be handled and deleted. */
export interface ReceivedMessage {
  id: string;
  receiptHandle: string;
  record: SQSRecord;
}

/** Reads a message of ReceiveMessage; undefined if it lacks what nothing can be done without. */
export function readMessage(message: Message, queueArn: string): ReceivedMessage | undefined {
  const { MessageId: id, ReceiptHandle: receiptHandle } = message;
  if (id === undefined || receiptHandle === undefined) return undefined;
  const record: SQSRecord = {
    messageId: id,
    receiptHandle,
    body: message.Body ?? '',
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: '0',
      SenderId: '',
      ApproximateFirstReceiveTimestamp: '0',
      ...message.Attributes,
    },
    messageAttributes: Object.fromEntries(
      Object.entries(message.MessageAttributes ?? {}).map(([name, value]) => [name, readAttribute(value)]),
    ),
    md5OfBody: message.MD5OfBody ?? '',
    ...(message.MD5OfMessageAttributes === undefined
      ? {}
      : { md5OfMessageAttributes: message.MD5OfMessageAttributes }),
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: queueArn.split(':')[3] ?? '',
  };
  return { id, receiptHandle, record };
}

/** The event that Lambda hands to a function. */
export function toEvent(messages: readonly ReceivedMessage[]): SQSEvent {
  return { Records: messages.map(({ record }) => record) };
}

const response: z.ZodType<SQSBatchResponse> = z.object({
  batchItemFailures: z.array(z.object({ itemIdentifier: z.string().min(1) })),
});
const allSucceeded = z.union([
  z.null(),
  z.undefined(),
  z.object({ batchItemFailures: z.null().or(z.undefined()).optional() }).strict(),
]);

/**
 * The ids that a function reports as failed; undefined when its answer makes the whole batch a failure.
 * See https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting.
 */
export function readFailures(
  result: unknown,
  messages: readonly ReceivedMessage[],
): ReadonlySet<string> | undefined {
  if (allSucceeded.safeParse(result).success) return new Set();
  const parsed = response.safeParse(result);
  if (!parsed.success) return undefined;
  const failed = new Set(parsed.data.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
  const known = new Set(messages.map(({ id }) => id));
  return [...failed].every((id) => known.has(id)) ? failed : undefined;
}

function readAttribute(value: MessageAttributeValue): SQSMessageAttribute {
  return {
    ...(value.StringValue === undefined ? {} : { stringValue: value.StringValue }),
    ...(value.BinaryValue === undefined
      ? {}
      : { binaryValue: Buffer.from(value.BinaryValue).toString('base64') }),
    stringListValues: [],
    binaryListValues: [],
    dataType: value.DataType ?? 'String',
  };
}
