import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';

/** So often is a message tried before it lies among the dead letters. */
export const EVENT_ATTEMPTS = 5;

/** What lies in attributes is read by people, and counts towards the size of the message. */
const LONGEST_REASON = 1000;

/** What SQS takes in a text. @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html */
const REFUSED = /[^\t\n\r -\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;

/** Where messages lie that were given up. */
export interface DeadLetters {
  /** @param reason why it was given up @throws what SQS answers */
  put(body: string, reason: unknown): Promise<void>;
}

/**
 * A queue of dead letters into which the function itself puts what it gives up: SQS moves a message without saying why.
 * The reason lies in the attributes in which EventBridge tells it, too.
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
 */
export function sqsDeadLetters(client: () => SQSClient, queueUrl: () => string): DeadLetters {
  return {
    async put(body, reason) {
      const [code, message] =
        reason instanceof Error ? [reason.name, reason.message] : ['Error', String(reason)];
      const text = (value: string) => ({
        DataType: 'String',
        StringValue: value.replaceAll(REFUSED, '?').slice(0, LONGEST_REASON) || 'unknown',
      });
      const MessageAttributes = { ERROR_CODE: text(code), ERROR_MESSAGE: text(message) };
      await client().send(
        new SendMessageCommand({ QueueUrl: queueUrl(), MessageBody: body, MessageAttributes }),
      );
    },
  };
}
