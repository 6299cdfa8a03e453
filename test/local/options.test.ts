import { describe, expect, it } from '@jest/globals';
import { OptionError, readOptions } from '../../local/options.ts';

describe('the settings of the one-machine service', () => {
  it('have defaults, and what is empty counts as not set', () => {
    const defaults = readOptions({});
    expect(defaults).toMatchObject({
      data: '.overdue',
      host: '127.0.0.1',
      port: 8484,
      awsPort: 4566,
      logLevel: 'WARN',
      rates: { requests: 100, checkIns: 1 },
    });
    expect(readOptions({ OVERDUE_DATA: '', OVERDUE_PORT: '', PATH: '/bin' })).toEqual(defaults);
  });

  it.each([
    ['0', 0],
    ['65535', 65_535],
  ])('take the port %s', (text, port) => {
    expect(readOptions({ OVERDUE_PORT: text }).port).toBe(port);
  });

  it.each([
    [{ OVERDUE_PORT: '65536' }, 'OVERDUE_PORT=65536: must be a port from 0 to 65535 (0 takes a free one)'],
    [{ OVERDUE_PORT: '1.5' }, 'OVERDUE_PORT=1.5: must be a port from 0 to 65535 (0 takes a free one)'],
    [{ OVERDUE_AWS_PORT: '-1' }, 'OVERDUE_AWS_PORT=-1: must be a port from 0 to 65535 (0 takes a free one)'],
    [{ OVERDUE_LOG_LEVEL: 'loud' }, 'OVERDUE_LOG_LEVEL=loud: must be one of DEBUG, INFO, WARN, ERROR'],
    [{ OVERDUE_PUBLIC_URL: 'overdue' }, 'OVERDUE_PUBLIC_URL=overdue: must be an http or https address'],
    [{ OVERDUE_HEARTBEAT_URL: 'hc' }, 'OVERDUE_HEARTBEAT_URL=hc: must be an http or https address'],
    [{ OVERDUE_SMTP_URL: 'http://mail' }, 'OVERDUE_SMTP_URL=http://mail: must be an smtp or smtps address'],
    [
      { OVERDUE_MAIL_FROM: 'nonsense' },
      'OVERDUE_MAIL_FROM=nonsense: must be an e-mail address, with or without a name before it in <>',
    ],
    [
      { OVERDUE_REQUESTS_PER_SECOND: 'many' },
      'OVERDUE_REQUESTS_PER_SECOND=many: must be a number such as 100 or 0.5; 0 is no limit',
    ],
    [{ OVERDUE_PROT: '1' }, 'OVERDUE_PROT is not a setting; did you mean OVERDUE_PORT?'],
  ])('refuse %j in one line', (environment, message) => {
    expect(() => readOptions(environment)).toThrow(new OptionError(message));
  });

  it('are told of all faults at once', () => {
    const environment = { OVERDUE_PORT: 'a', OVERDUE_LOG_LEVEL: 'b' };
    expect(() => readOptions(environment)).toThrow(/OVERDUE_PORT=a: .*; OVERDUE_LOG_LEVEL=b: /);
  });

  it('let webhooks reach the sink on this machine, and no other private address', () => {
    expect(readOptions({}).allowedWebhookHosts).toEqual(['localhost:9099', '127.0.0.1:9099']);
  });

  it('take a log level in any case', () => {
    expect(readOptions({ OVERDUE_LOG_LEVEL: 'debug' }).logLevel).toBe('DEBUG');
  });
});
