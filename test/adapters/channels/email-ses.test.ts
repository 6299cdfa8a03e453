import { describe, expect, it } from '@jest/globals';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { channelSender } from '../../../functions/adapters/channels/index.ts';
import { sesTransport } from '../../../functions/adapters/channels/mail-transport.ts';
import { alert, message } from '../../core/render/alerts.ts';
import { decode, headersOf } from './mail-source.ts';
import { recorder } from './servers.ts';

const FROM = 'Overdue <overdue@ops.example.com>';
const sender = (client: SESv2Client, timeout?: number) =>
  channelSender({ allowedHosts: [], mail: { from: FROM, transport: sesTransport(client, timeout) } });

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
    await sender(client).send({ type: 'email', to: ['ops@example.com'] }, message(alert()));
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
    const sent = sender(client).send({ type: 'email', to: ['ops@example.com'] }, message(alert()));
    await expect(sent).rejects.toMatchObject({
      name: 'DeliveryFailed',
      message: 'SES did not take the mail (MessageRejected): Email address is not verified.',
      isRefusal: true,
    });
    await close();
  });

  it('fails when SES does not answer', async () => {
    const { client, close } = await ses(() => undefined);
    const sent = sender(client, 300).send({ type: 'email', to: ['ops@example.com'] }, message(alert()));
    await expect(sent).rejects.toThrow(/^SES did not take the mail/);
    await close();
  });
});
