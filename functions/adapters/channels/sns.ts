import { PublishCommand, type MessageAttributeValue, type SNSClient } from '@aws-sdk/client-sns';
import type { Message } from '../../core/alert.ts';
import type { ChannelOf } from '../../core/channel.ts';
import { Severity } from '../../core/expectation.ts';
import { plainText, subjectLine } from '../../core/render/plain-text.ts';
import type { Milliseconds } from '../../core/time.ts';
import { DeliveryFailed } from '../../app/errors.ts';
import { codeOf, messageOf, quoted } from './errors.ts';

/** The client for topics of a region; a topic is published to in its own region only. */
export type SnsClientFor = (region: string) => Pick<SNSClient, 'send'>;

const SUBJECT = 100;

/** Publish refuses so what is too large or cannot be sent ("Publish", errors, SNS API reference). */
const REFUSALS =
  /^(InvalidParameter|InvalidParameterValue|ParameterValueInvalid|Validation)(Exception|Error)?$/;

/**
 * Publishes the message as plain text. Attributes for filter policies: `team`, `channel`, `severity` (the highest) and
 * `messageId` are strings, `types` and `expectations` are lists (the latter left out when there are more than 100).
 * @throws DeliveryFailed
 */
export async function sendSns(
  { topicArn }: ChannelOf<'sns'>,
  message: Message,
  { clientFor, timeout }: { clientFor: SnsClientFor; timeout: Milliseconds },
): Promise<void> {
  const publish = new PublishCommand({
    TopicArn: topicArn,
    Subject: asciiSubject(subjectLine(message)),
    Message: plainText(message),
    MessageAttributes: attributesOf(message),
  });
  try {
    const region = topicArn.split(':')[3] ?? '';
    await clientFor(region).send(publish, { abortSignal: AbortSignal.timeout(timeout) });
  } catch (error) {
    const said = quoted(messageOf(error), [topicArn]);
    throw new DeliveryFailed(`SNS did not take the message (${codeOf(error)}): ${said}`, {
      isRefusal: REFUSALS.test(codeOf(error)),
    });
  }
}

/** SNS takes printable ASCII, at most 100 characters, as a subject; accents are dropped, dashes become hyphens. */
export function asciiSubject(text: string): string {
  const ascii = text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[\u2010-\u2015]/g, '-')
    .replaceAll('…', '...')
    .replace(/[^\x20-\x7e]/gu, '?')
    .trim();
  const subject = ascii === '' ? 'Overdue' : ascii;
  return subject.length <= SUBJECT ? subject : `${subject.slice(0, SUBJECT - 3)}...`;
}

function attributesOf({ id, team, channel, alerts }: Message): Record<string, MessageAttributeValue> {
  const severities = new Set(alerts.map(({ severity }) => severity));
  const highest = Severity.options.findLast((severity) => severities.has(severity));
  const expectations = new Set(alerts.map(({ expectation }) => expectation));
  return {
    messageId: text(id),
    team: text(team),
    channel: text(channel),
    types: list(new Set(alerts.map(({ type }) => type))),
    ...(highest === undefined ? {} : { severity: text(highest) }),
    ...(expectations.size > 100 ? {} : { expectations: list(expectations) }),
  };
}

function text(value: string): MessageAttributeValue {
  return { DataType: 'String', StringValue: value };
}

function list(values: ReadonlySet<string>): MessageAttributeValue {
  return { DataType: 'String.Array', StringValue: JSON.stringify([...values]) };
}
