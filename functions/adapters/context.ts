import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { ApiKeys, Context } from '../app/ports.ts';
import { RunSource } from '../core/run.ts';
import { DAY, type Milliseconds } from '../core/time.ts';
import { withBootstrapKey } from './bootstrap-key.ts';
import { allCalendars } from './calendars.ts';
import { channelSender, type ChannelSender } from './channels/index.ts';
import type { MailTransport } from './channels/mail-transport.ts';
import { awsClients, type AwsClients } from './clients.ts';
import { alertQueue } from './dynamodb/alert-queue.ts';
import { apiKeys } from './dynamodb/api-keys.ts';
import { ownCalendars } from './dynamodb/calendars.ts';
import { channels } from './dynamodb/channels.ts';
import { checkInTokens } from './dynamodb/check-in-tokens.ts';
import { deadlines } from './dynamodb/deadlines.ts';
import { evidenceStore } from './dynamodb/evidence.ts';
import { matchers } from './dynamodb/matchers.ts';
import { registrations } from './dynamodb/registrations.ts';
import type { Store } from './dynamodb/store.ts';
import { mutes } from './dynamodb/mutes.ts';
import { teams } from './dynamodb/teams.ts';
import { timeline } from './dynamodb/timeline.ts';
import { todos } from './dynamodb/todos.ts';
import { ENVIRONMENT, MalformedVariable, type Environment } from './environment.ts';
import { stepFunctionsLifecycles } from './lifecycles.ts';
import { powertoolsLog } from './log.ts';
import { NO_METRICS } from './metrics.ts';
import { sqsNudges } from './nudges.ts';
import { s3ObjectStore, type BucketClients } from './object-store.ts';
import { once } from './once.ts';
import { eventBridgeSchedules } from './schedules.ts';
import { nodeSecrets } from './secrets.ts';
import { runsOnAws } from './runs/index.ts';
import { placesOf } from './runs/places.ts';
import { readSources, sourceOf } from './sources.ts';

/** The part of the context that lies in the table. */
type Stored = Pick<
  Context,
  | 'registrations'
  | 'deadlines'
  | 'evidence'
  | 'timeline'
  | 'alerts'
  | 'channels'
  | 'mutes'
  | 'teams'
  | 'tokens'
  | 'matchers'
  | 'calendars'
  | 'ownCalendars'
  | 'todos'
>;

/**
 * Everything that the use-cases need, on AWS or on what answers at the SDK's endpoints. Each function is configured for
 * the table and for what it uses itself; what it lacks is told when it first needs it.
 * @throws MissingVariable
 */
export function awsContext(
  environment: Environment,
  clients = awsClients(),
  metrics: Context['metrics'] = NO_METRICS,
): Context {
  const log = powertoolsLog(environment.optional('logLevel'));
  const now = Date.now;
  const pause = async (length: Milliseconds) => {
    await sleep(length);
  };
  const historyDays = environment.amount('historyDays', 0);
  const store: Store = {
    client: clients.dynamodb(),
    table: environment.require('table'),
    now,
    pause,
    ...(historyDays === 0 ? {} : { keepHistory: historyDays * DAY }),
  };
  return {
    now,
    pause,
    log,
    metrics,
    ...inTable(store, log, metrics),
    ...outside(environment, clients),
    apiKeys: keysOf(environment, clients, apiKeys(store)),
    objects: s3ObjectStore(bucketClients(environment, clients)),
    runs: runsOnAws(
      placesOf(
        once(() => readSources(environment.optional('sources'))),
        () => clients.sts(),
      ),
    ),
    get jobSources() {
      return jobSourcesOf(environment);
    },
    senders: sendersOf(environment, clients, log),
    random: Math.random,
    secrets: nodeSecrets,
    get publicUrl() {
      return environment.require('publicUrl').replace(/\/+$/, '');
    },
  };
}

/** @throws MalformedVariable */
function jobSourcesOf(environment: Environment): Context['jobSources'] {
  if (environment.optional('jobSources') === undefined) return undefined;
  const given = z.array(RunSource).safeParse(environment.list('jobSources'));
  if (given.success) return new Set(given.data);
  throw new MalformedVariable(`${ENVIRONMENT.jobSources}: must be names of services whose jobs are heard of`);
}

function inTable(store: Store, log: Context['log'], metrics: Context['metrics']): Stored {
  return {
    registrations: registrations(store),
    deadlines: deadlines(store),
    evidence: evidenceStore(store),
    timeline: timeline(store),
    alerts: alertQueue(store),
    channels: channels(store),
    mutes: mutes(store),
    teams: teams(store),
    tokens: checkInTokens(store),
    matchers: matchers(store),
    calendars: allCalendars(ownCalendars(store), log),
    ownCalendars: ownCalendars(store),
    todos: todos(store, log, metrics),
  };
}

/** Services that only some functions are configured for: each is made by its first call. */
function outside(
  environment: Environment,
  clients: AwsClients,
): Pick<Context, 'schedules' | 'lifecycles' | 'nudges'> {
  const schedules = once(() =>
    eventBridgeSchedules(clients.scheduler(), {
      group: environment.require('scheduleGroup'),
      targetArn: environment.require('checkerArn'),
      roleArn: environment.require('scheduleRoleArn'),
      deadLetterArn: environment.optional('scheduleDlqArn'),
      now: Date.now,
    }),
  );
  const lifecycles = once(() => stepFunctionsLifecycles(clients.sfn(), environment.require('breachArn')));
  const nudges = once(() => sqsNudges(clients.sqs(), environment.require('nudgeQueueUrl')));
  return {
    schedules: {
      put: async (ref, at) => schedules().put(ref, at),
      remove: async (ref) => schedules().remove(ref),
    },
    lifecycles: {
      start: async (ref, generation) => lifecycles().start(ref, generation),
      wake: async (token) => lifecycles().wake(token),
    },
    nudges: { send: async (team, names, delay) => nudges().send(team, names, delay) },
  };
}

/** Buckets of source accounts are looked into by a role of that account, all others by the function's own. */
function bucketClients(environment: Environment, clients: AwsClients): BucketClients {
  const sources = once(() => readSources(environment.optional('sources')));
  return { clientFor: (bucket) => clients.s3(sourceOf(sources(), bucket)) };
}

/** On AWS the operator's first key lies in a secret; on one machine it is made at the first start. */
function keysOf(environment: Environment, clients: AwsClients, keys: ApiKeys): ApiKeys {
  const secretArn = environment.optional('bootstrapKeySecretArn');
  if (secretArn === undefined) return keys;
  return withBootstrapKey(keys, clients.secretsManager, { secretArn, secrets: nodeSecrets, now: Date.now });
}

function sendersOf(environment: Environment, clients: AwsClients, log: Context['log']): ChannelSender {
  const [from, smtpUrl] = [environment.optional('mailFrom'), environment.optional('smtpUrl')];
  const transport = once(async () => {
    const { sesTransport, smtpTransport } = await import('./channels/mail-transport.ts');
    return smtpUrl === undefined ? sesTransport(clients.ses()) : smtpTransport(smtpUrl);
  });
  const send: MailTransport['send'] = async (mail) => (await transport()).send(mail);
  return channelSender({
    allowedHosts: environment.list('allowedWebhookHosts'),
    mail: from === undefined ? undefined : { from, transport: { send } },
    sns: (region) => clients.sns(region),
    onRefused: ({ id, team, channel }, recipients) => {
      log.warn('mail refused for some recipients', {
        id,
        team,
        channel,
        refused: recipients.length,
      });
    },
  });
}
