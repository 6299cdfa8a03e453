import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import { channelSender } from '../../../functions/adapters/channels/index.ts';
import { smtpTransport, type MailTransport } from '../../../functions/adapters/channels/mail-transport.ts';
import { plainText } from '../../../functions/core/render/plain-text.ts';
import { alert, message, recovered, type TestAlert } from '../../core/render/alerts.ts';
import { decode, headersOf, unquoted } from './mail-source.ts';
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
/** What is said of a mail that was read. */
let answerToData = 250;
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
        if (answerToData !== 250) {
          done(Object.assign(new Error('no'), { responseCode: answerToData }));
          return;
        }
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
  answerToData = 250;
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

  it('is shown alone when a calendar ends: who mutes that mutes no miss', async () => {
    const { source } = await mailed(alert({ type: 'calendar-ends' }));
    expect(headersOf(source)['references']).toBeUndefined();
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
    await expect(sent).rejects.toMatchObject({ isRefusal: false });
  });

  it.each([
    [552, true],
    [554, true],
    [451, false],
  ])('that is answered %d is refused for what it says: %s', async (code, isRefusal) => {
    answerToData = code;
    await expect(mailed(alert())).rejects.toMatchObject({ name: 'DeliveryFailed', isRefusal });
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
