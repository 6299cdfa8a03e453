import type { Message } from '../../core/alert.ts';
import type { ChannelTarget } from '../../core/channel.ts';
import type { Instant, Milliseconds } from '../../core/time.ts';
import type { MailSettings } from './email.ts';
import { DeliveryFailed } from '../../app/errors.ts';
import type { OutgoingOptions, Resolve } from './outgoing.ts';
import { urlProblem, type AllowedHosts } from './outgoing-url.ts';
import type { SnsClientFor } from './sns.ts';

export { DeliveryFailed } from '../../app/errors.ts';

/** What a deployment has for its channels. */
export interface ChannelSettings {
  /** Hosts, or hosts with port, that may be private and may be reached by http; see urlProblem. */
  allowedHosts: AllowedHosts;
  /** Undefined where the deployment sends no e-mail. */
  mail?: MailSettings | undefined;
  /** Undefined where the deployment has no SNS. */
  sns?: SnsClientFor | undefined;
  /** For one webhook, Slack or SNS message as a whole; 10 s. */
  timeout?: Milliseconds;
  resolve?: Resolve;
  clock?: () => Instant;
  /** Told of recipients whom the mail server refused while it took the mail for others. */
  onRefused?: (message: Message, recipients: readonly string[]) => void;
}

export interface ChannelSender {
  /** Sends one message; a repetition carries the same ids. @throws DeliveryFailed */
  send(target: ChannelTarget, message: Message): Promise<void>;
  /** Why this deployment cannot have the channel, for the answer to its registration: `url must begin with https://`. */
  problem(target: ChannelTarget): string | undefined;
}

/** What sends is loaded by the first message: most functions send none, and its libraries are half of their code. */
export function channelSender(settings: ChannelSettings): ChannelSender {
  return {
    problem: (target) => problemOf(target, settings),
    async send(target, message) {
      switch (target.type) {
        case 'webhook': {
          const { sendWebhook } = await import('./webhook.ts');
          return sendWebhook(target, message, await outgoing(settings));
        }
        case 'slack': {
          const { sendSlack } = await import('./slack.ts');
          return sendSlack(target, message, await outgoing(settings));
        }
        case 'email': {
          const { sendEmail } = await import('./email.ts');
          const refused = await sendEmail(target, message, given(settings.mail, NO_MAIL));
          if (refused.length > 0) settings.onRefused?.(message, refused);
          return;
        }
        case 'sns': {
          const { sendSns } = await import('./sns.ts');
          const { timeout } = await outgoing(settings);
          return sendSns(target, message, { clientFor: given(settings.sns, NO_SNS), timeout });
        }
      }
    },
  };
}

async function outgoing({ allowedHosts, ...given }: ChannelSettings): Promise<OutgoingOptions> {
  const { DEFAULT_TIMEOUT, systemResolve } = await import('./outgoing.ts');
  const { timeout = DEFAULT_TIMEOUT, resolve = systemResolve, clock = Date.now } = given;
  return { allowedHosts, timeout, resolve, clock };
}

const NO_MAIL = 'this deployment sends no e-mail';
const NO_SNS = 'this deployment has no SNS';

function problemOf(target: ChannelTarget, { allowedHosts, mail, sns }: ChannelSettings): string | undefined {
  switch (target.type) {
    case 'webhook':
    case 'slack': {
      const problem = urlProblem(target.url, allowedHosts);
      return problem === undefined ? undefined : `url ${problem}`;
    }
    case 'email':
      return mail ? undefined : NO_MAIL;
    case 'sns':
      return sns ? undefined : NO_SNS;
  }
}

function given<T>(part: T | undefined, missing: string): T {
  if (part === undefined) throw new DeliveryFailed(missing);
  return part;
}
