import { SendEmailCommand, type SESv2Client } from '@aws-sdk/client-sesv2';
import { createTransport, type SendMailOptions } from 'nodemailer';
import { z } from 'zod';
import { SECOND, type Milliseconds } from '../../core/time.ts';
import { DeliveryFailed } from '../../app/errors.ts';
import { codeOf, messageOf, quoted } from './errors.ts';

/** One e-mail with a plain and an HTML part. */
export interface Mail {
  /** `Overdue <overdue@example.com>` */
  from: string;
  to: readonly string[];
  subject: string;
  text: string;
  html: string;
  /** With angle brackets; the same in every repetition. SES sets its own. */
  messageId: string;
  /** Message id of the conversation that this mail belongs to. */
  references?: string | undefined;
  headers: Readonly<Record<string, string>>;
}

/** How a deployment sends e-mail. */
export interface MailTransport {
  /** @returns recipients that were refused while others were accepted @throws DeliveryFailed when nobody was */
  send(mail: Mail): Promise<{ refused: readonly string[] }>;
}

const MAIL_TIMEOUT: Milliseconds = 20 * SECOND;

/**
 * Over SMTP, one connection a mail.
 * @param url `smtps://user:password@mail.example.com:465`; with `smtp:` STARTTLS is used where it is offered, and
 * `?requireTLS=true` insists on it
 */
export function smtpTransport(url: string, timeout: Milliseconds = MAIL_TIMEOUT): MailTransport {
  const limits = {
    connectionTimeout: timeout,
    greetingTimeout: timeout,
    dnsTimeout: timeout,
    socketTimeout: timeout,
  };
  const transporter = createTransport({ url, ...limits });
  const secrets = credentialsOf(url);
  return {
    send: (mail) => deliver('the mail server', secrets, () => transporter.sendMail(options(mail))),
  };
}

/** Through Amazon SES (v2), as a raw message, so that both ways send the same mail. */
export function sesTransport(client: SESv2Client, timeout: Milliseconds = MAIL_TIMEOUT): MailTransport {
  const sesClient = {
    config: { region: () => client.config.region() },
    send: (command: SendEmailCommand) => client.send(command, { abortSignal: AbortSignal.timeout(timeout) }),
  };
  const transporter = createTransport({ SES: { sesClient, SendEmailCommand } });
  return {
    send: (mail) => deliver('SES', [], () => transporter.sendMail(options(mail))),
  };
}

async function deliver(
  via: string,
  secrets: readonly string[],
  send: () => Promise<{ rejected?: readonly (string | { address: string })[] | undefined }>,
): Promise<{ refused: readonly string[] }> {
  try {
    const { rejected = [] } = await send();
    return { refused: rejected.map((one) => (typeof one === 'string' ? one : one.address)) };
  } catch (error) {
    const said = quoted(messageOf(error), secrets);
    throw new DeliveryFailed(`${via} did not take the mail (${codeOf(error)}): ${said}`, {
      isRefusal: isRefusal(error),
    });
  }
}

/** What the server says for good after it has read the mail, or of its size (RFC 5321, 4.2.3). */
const Refusal = z.union([
  z.object({ code: z.literal('EMESSAGE'), responseCode: z.int().min(500).max(599) }),
  z.object({ responseCode: z.literal(552) }),
]);

/** SES names so what it will not send ("SendEmail", errors, SES API v2 reference). */
const OF_SES: ReadonlySet<string> = new Set(['MessageRejected', 'BadRequestException']);

function isRefusal(error: unknown): boolean {
  return OF_SES.has(codeOf(error)) || Refusal.safeParse(error).success;
}

function options({ from, to, subject, text, html, messageId, references, headers }: Mail): SendMailOptions {
  return {
    from,
    to: to.map((address) => ({ name: '', address })),
    subject,
    text,
    html,
    messageId,
    ...(references === undefined ? {} : { references }),
    headers: { ...headers },
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

function credentialsOf(url: string): string[] {
  if (!URL.canParse(url)) return [];
  const { username, password } = new URL(url);
  return [username, password].filter((part) => part !== '');
}
