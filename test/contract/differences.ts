import type { Differences } from './contract.ts';

const ACCEPTED = /was accepted/;
const ALREADY_EXISTS = /^Execution already exists/;

const NO_DELAY_CHECKED = {
  'sqs-longest-delay': { instead: 'takes a longer delay', fails: ACCEPTED },
  'sqs-partly': { instead: 'takes an entry with a longer delay', fails: /"faulty"|'faulty'/ },
};

const TIME_OF_OBJECTS = {
  's3-multipart-time': { instead: 'gives the time of the completion', fails: /time of the completion/ },
};

/** Where what stands in for AWS does something else than AWS's documentation says; docs/emulators.md shows it. */
export const DIFFERENCES = {
  'one machine': {
    ...NO_DELAY_CHECKED,
    ...TIME_OF_OBJECTS,
    'ddb-old-on-failure': { instead: 'refuses without the item', fails: /without the item/ },
    's3-if-none-match': { instead: 'ignores the header', fails: ACCEPTED },
    's3-if-match': { instead: 'ignores the header', fails: ACCEPTED },
    's3-versioning': { instead: 'keeps no versions and refuses to', fails: /does not serve \?versioning/ },
    's3-versions': { instead: 'keeps no versions and refuses to', fails: /does not serve \?versioning/ },
    's3-eventbridge': { instead: 'every bucket sends its events', fails: /silent bucket/ },
    'eb-silent-bucket': { instead: 'every bucket sends its events', fails: /it sent one/ },
  },
  ministack: {
    ...NO_DELAY_CHECKED,
    ...TIME_OF_OBJECTS,
    'ddb-batch-get': { instead: 'answers with more than 16 MB', fails: /more than 16 MB/ },
    'sch-names': { instead: 'takes longer names', fails: ACCEPTED },
    'sch-idempotent': { instead: 'answers ConflictException', fails: /already exists in group/ },
    'sch-expressions': { instead: 'takes it', fails: ACCEPTED },
    'sch-zone': { instead: 'takes it', fails: ACCEPTED },
    'sch-retries': { instead: 'takes more', fails: ACCEPTED },
    'sch-local': { instead: 'fires hours off', fails: /the start: not within/ },
    'sch-context': { instead: 'leaves the attribute as it is', fails: /<aws\.scheduler\.scheduled-time>/ },
    'sch-list': { instead: 'lists the first page only', fails: /a3/ },
    'sfn-same': { instead: 'answers ExecutionAlreadyExists', fails: ALREADY_EXISTS },
    'sfn-names': { instead: 'takes longer names', fails: ACCEPTED },
    'sfn-input': { instead: 'takes it', fails: ACCEPTED },
    'sfn-express': { instead: 'answers ExecutionAlreadyExists', fails: ALREADY_EXISTS },
    'sfn-token-stopped': { instead: 'takes the token', fails: ACCEPTED },
    'sfn-token-wrong': { instead: 'answers TaskDoesNotExist', fails: /was TaskDoesNotExist/ },
    'sfn-timeout-path': { instead: 'waits on', fails: /the end: not within/ },
    'sfn-error-name': { instead: 'knows all of them as one', fails: /States\.ALL/ },
    'eb-partly': { instead: 'takes text that is no JSON', fails: /none failed/ },
    'eb-envelope': { instead: 'gives the time when it came', fails: /2026-03-29T00:59:59Z/ },
  },
  moto: {
    ...TIME_OF_OBJECTS,
    'ddb-batch-write': { instead: 'takes more than 25', fails: ACCEPTED },
    's3-eventbridge': { instead: 'does not tell', fails: /undefined/ },
  },
} as const satisfies Record<string, Differences>;

export type TargetName = keyof typeof DIFFERENCES;

/** Services of which a target is not asked: moto keeps data, and runs neither schedules nor machines nor rules. */
export const NOT_ASKED: Readonly<Partial<Record<TargetName, readonly string[]>>> = {
  moto: ['EventBridge Scheduler', 'Step Functions', 'EventBridge'],
};
