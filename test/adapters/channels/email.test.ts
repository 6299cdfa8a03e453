import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import {
  channelSender,
  sesTransport,
  smtpTransport,
  type MailTransport,
} from '../../../functions/adapters/channels/index.ts';
import { plainText } from '../../../functions/core/render/plain-text.ts';
import { alert, message, recovered, type TestAlert } from '../../core/render/alerts.ts';
import { recorder } from './servers.ts';

const FROM = 'Overdue <overdue@ops.example.com>';
const PASSWORD = 'pass w0rd/of mail';

interface Received {
  from: string;
  to: string[];
  source: string;
}
const received: Received[] = [];
let smtp: SMTPServer;
let url: string;

beforeAll(async () => {
  smtp = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    authOptional: true,
    onAuth({ password }, _session, done) {
      if (password === PASSWORD) done(null, { user: 'overdue' });
      else done(new Error(`Invalid login of ${String(password)}`));
    },
    onRcptTo({ address }, _session, done) {
      done(
        address.startsWith('gone')
          ? Object.assign(new Error('no such mailbox'), { responseCode: 550 })
          : undefined,
      );
    },
    onData(stream, { envelope }, done) {
      void text(stream).then((source) => {
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
        received.push({ from, to: envelope.rcptTo.map(({ address }) => address), source });
        done();
      });
    },
  });
  await new Promise<void>((resolve) => smtp.listen(0, '127.0.0.1', resolve));
  const { port } = smtp.server.address() as AddressInfo;
  url = `smtp://overdue:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}`;
});
afterAll(
  () =>
    new Promise<void>((resolve) => {
      smtp.close(resolve);
    }),
);
beforeEach(() => {
  received.splice(0);
});

const refusals: (readonly string[])[] = [];
const sender = (transport: MailTransport) =>
  channelSender({
    allowedHosts: [],
    mail: { from: FROM, transport },
    onRefused: (_message, recipients) => refusals.push(recipients),
  });

async function mailed(...alerts: TestAlert[]): Promise<Received> {
  const target = { type: 'email' as const, to: ['ops@example.com', 'mia@example.com'] };
  await sender(smtpTransport(url)).send(target, message(...alerts));
  return received[0]!;
}

/** Header lines of a mail, unfolded, by lower-case name. */
function headersOf(source: string): Record<string, string> {
  const [head = ''] = source.split('\r\n\r\n');
  const lines = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n');
  return Object.fromEntries(
    lines.map((line) => [line.split(':')[0]!.toLowerCase(), line.slice(line.indexOf(':') + 2)]),
  );
}

const decode = (header = '') =>
  header
    .replace(/\?= =\?/g, '?==?')
    .replace(/=\?UTF-8\?([QB])\?(.*?)\?=/gi, (_, kind: string, coded: string) =>
      kind.toUpperCase() === 'B'
        ? Buffer.from(coded, 'base64').toString()
        : unquoted(coded.replaceAll('_', ' ')),
    );

function unquoted(coded: string): string {
  const bytes = coded.replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/g, (_, hex: string) => `%${hex}`);
  return decodeURIComponent(bytes.replace(/%(?![0-9A-F]{2})/g, '%25'));
}

describe('an e-mail over SMTP', () => {
  it('goes to all recipients, from the address of the deployment', async () => {
    const { from, to, source } = await mailed(alert());
    expect(from).toBe('overdue@ops.example.com');
    expect(to).toEqual(['ops@example.com', 'mia@example.com']);
    expect(headersOf(source)).toMatchObject({ from: FROM, to: 'ops@example.com, mia@example.com' });
  });

  it('has the headline as subject and the text and HTML as parts', async () => {
    const { source } = await mailed(alert());
    expect(decode(headersOf(source)['subject'])).toBe(
      'MISSED high: Orders from ACME — due Sat 2026-11-21 06:00 Europe/Berlin, nothing under orders/2026/11/21/',
    );
    expect(headersOf(source)['content-type']).toMatch(/^multipart\/alternative/);
    const [, plain = '', page = ''] = source.split(/^Content-Type: text\//m);
    const bodyOf = (part: string) =>
      unquoted(part.slice(part.indexOf('\r\n\r\n') + 4, part.indexOf('\r\n----')));
    expect(bodyOf(plain).replaceAll('\r\n', '\n').trim()).toBe(plainText(message(alert())).trim());
    expect(bodyOf(page)).toMatch(/^<!doctype html>.*<\/html>\s*$/s);
  });

  it('starts no header with a text of others', async () => {
    const { source } = await mailed(
      alert({
        title: 'Orders\r\nBcc: evil@example.com\r\n\r\nHello',
        seen: '\nX-Evil: 1',
        team: 'a\r\nX-Team: 1',
      }),
    );
    const headers = headersOf(source);
    expect(headers).not.toHaveProperty('bcc');
    expect(headers).not.toHaveProperty('x-evil');
    expect(headers).not.toHaveProperty('x-team');
    expect(decode(headers['subject'])).toContain('Orders Bcc: evil@example.com Hello');
    expect(received[0]?.to).toHaveLength(2);
  });

  it('is not answered by machines', async () => {
    const { source } = await mailed(alert());
    expect(headersOf(source)['auto-submitted']).toBe('auto-generated');
  });

  it('is repeated with the same message id', async () => {
    const first = headersOf((await mailed(alert())).source)['message-id'];
    received.splice(0);
    const second = headersOf((await mailed(alert())).source)['message-id'];
    expect(first).toMatch(/^<[0-9a-f]{32}@ops\.example\.com>$/);
    expect(second).toBe(first);
  });

  it('is shown with the others of its deadline', async () => {
    const opened = headersOf((await mailed(alert())).source)['references'];
    received.splice(0);
    const closed = headersOf((await mailed(recovered())).source)['references'];
    received.splice(0);
    const group = headersOf((await mailed(alert(), alert({ expectation: 'b' }))).source)['references'];
    expect(opened).toMatch(/^<[0-9a-f]{32}@ops\.example\.com>$/);
    expect(closed).toBe(opened);
    expect(group).toBeUndefined();
  });

  it('counts as delivered when one recipient of several was refused, and tells who', async () => {
    const to = ['ops@example.com', 'gone@example.com'];
    await sender(smtpTransport(url)).send({ type: 'email', to }, message(alert()));
    expect(received[0]?.to).toEqual(['ops@example.com']);
    expect(refusals).toEqual([['gone@example.com']]);
  });

  it('fails when nobody was accepted', async () => {
    const sent = sender(smtpTransport(url)).send(
      { type: 'email', to: ['gone@example.com'] },
      message(alert()),
    );
    await expect(sent).rejects.toThrow(
      /^the mail server did not take the mail \(EENVELOPE\): .*no such mailbox/,
    );
  });

  it('fails without the password in the error', async () => {
    const wrong = url.replace(encodeURIComponent(PASSWORD), 'wrong%20pass-word');
    const sent = sender(smtpTransport(wrong)).send(
      { type: 'email', to: ['ops@example.com'] },
      message(alert()),
    );
    await expect(sent).rejects.toMatchObject({
      name: 'DeliveryFailed',
      message: 'the mail server did not take the mail (EAUTH): Invalid login: 535 Invalid login of …',
    });
  });

  it('fails when the server says nothing', async () => {
    const silent = await recorder();
    const sent = sender(smtpTransport(`smtp://127.0.0.1:${silent.port}`, 300)).send(
      { type: 'email', to: ['ops@example.com'] },
      message(alert()),
    );
    await expect(sent).rejects.toThrow(/^the mail server did not take the mail \(ETIMEDOUT\)/);
    await silent.close();
  });
});

describe('an e-mail through SES', () => {
  async function ses(answer: Parameters<typeof recorder>[0]) {
    const service = await recorder(answer);
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    const endpoint = `http://127.0.0.1:${service.port}`;
    const client = new SESv2Client({ region: 'eu-central-1', endpoint, credentials, maxAttempts: 1 });
    const close = () => {
      client.destroy();
      return service.close();
    };
    return { service, client, close };
  }

  it('is sent raw, the same mail as over SMTP', async () => {
    const { service, client, close } = await ses((response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"MessageId":"0100-1"}'),
    );
    await sender(sesTransport(client)).send({ type: 'email', to: ['ops@example.com'] }, message(alert()));
    await close();
    const { url: path, body } = service.requests[0]!;
    const { FromEmailAddress, Destination, Content } = JSON.parse(body) as {
      FromEmailAddress: string;
      Destination: unknown;
      Content: { Raw: { Data: string } };
    };
    const headers = headersOf(Buffer.from(Content.Raw.Data, 'base64').toString());
    expect(path).toBe('/v2/email/outbound-emails');
    expect(FromEmailAddress).toBe(FROM);
    expect(Destination).toEqual({ ToAddresses: ['ops@example.com'] });
    expect(decode(headers['subject'])).toMatch(/^MISSED high: Orders from ACME —/);
    expect(headers['auto-submitted']).toBe('auto-generated');
  });

  it('fails with what SES says', async () => {
    const { client, close } = await ses((response) =>
      response
        .writeHead(400, { 'content-type': 'application/json', 'x-amzn-errortype': 'MessageRejected' })
        .end('{"message":"Email address is not verified."}'),
    );
    const sent = sender(sesTransport(client)).send(
      { type: 'email', to: ['ops@example.com'] },
      message(alert()),
    );
    await expect(sent).rejects.toMatchObject({
      name: 'DeliveryFailed',
      message: 'SES did not take the mail (MessageRejected): Email address is not verified.',
    });
    await close();
  });

  it('fails when SES does not answer', async () => {
    const { client, close } = await ses(() => undefined);
    const sent = sender(sesTransport(client, 300)).send(
      { type: 'email', to: ['ops@example.com'] },
      message(alert()),
    );
    await expect(sent).rejects.toThrow(/^SES did not take the mail/);
    await close();
  });
});
