import { createHash } from 'node:crypto';
import type { Message } from '../../core/alert.ts';
import type { ChannelOf } from '../../core/channel.ts';
import { html } from '../../core/render/html.ts';
import { plainText, subjectLine } from '../../core/render/plain-text.ts';
import type { MailTransport } from './mail-transport.ts';

export interface MailSettings {
  /** `Overdue <overdue@example.com>` */
  from: string;
  transport: MailTransport;
}

/**
 * Sends the message as one e-mail to all recipients. It counts as delivered when one of them was accepted: repeating
 * it for a mistyped address would page the others again and again.
 * @returns the recipients that were refused
 * @throws DeliveryFailed when nobody was accepted
 */
export async function sendEmail(
  { to }: ChannelOf<'email'>,
  message: Message,
  { from, transport }: MailSettings,
): Promise<readonly string[]> {
  const { refused } = await transport.send({
    from,
    to,
    subject: subjectLine(message),
    text: plainText(message),
    html: html(message),
    messageId: messageId(message.id, from),
    references: conversationOf(message, from),
    headers: {
      // Keeps out-of-office answers from coming back (RFC 3834).
      'Auto-Submitted': 'auto-generated',
      'X-Overdue-Message': digest(message.id),
    },
  });
  return refused;
}

/** Mail programs show what follows on one deadline below what opened it. */
function conversationOf({ alerts }: Message, from: string): string | undefined {
  // Who mutes the conversation about a calendar must not miss what is missed.
  if (alerts.some(({ type }) => type === 'calendar-ends')) return undefined;
  const deadlines = new Set(alerts.map((alert) => `${alert.team}/${alert.expectation}/${alert.occurrence}`));
  const [only] = deadlines;
  return only !== undefined && deadlines.size === 1 ? messageId(only, from) : undefined;
}

function messageId(id: string, from: string): string {
  const domain = /@([a-z0-9.-]+)>?\s*$/i.exec(from)?.[1] ?? 'overdue.invalid';
  return `<${digest(id)}@${domain}>`;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
