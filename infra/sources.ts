import { z } from 'zod';
import { jobPatternOf, JobSource } from './job-events.ts';

/** New objects of buckets; all other services tell of jobs. */
const OBJECTS = 's3';

/** What objects are told by. @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html */
export const objectPattern = { source: ['aws.s3'], detailType: ['Object Created'] };

const NAMES = [OBJECTS, ...JobSource.options];
const CUSTOM = 'custom:';

/** `aws.` is what services of AWS call themselves; nobody else may. */
const CUSTOM_EVENT = /^custom:(?!aws\.)[\w.-][\w./-]{0,199}$/;

const EventName = z
  .string()
  .refine(
    (name) => NAMES.some((known) => known === name) || CUSTOM_EVENT.test(name),
    `must be one of ${NAMES.join(', ')}, or custom: and the source of your events`,
  );

/** The name of a bucket, or its beginning and a `*`. */
export const Bucket = z
  .string()
  .regex(/^[a-z0-9][a-z0-9.-]*\*?$|^\*$/, 'must be the name of a bucket, or its beginning and a *');

export const AccountId = z.string().regex(/^\d{12}$/, 'must be the twelve digits of an account, in quotes');

export const RegionName = z.string().regex(/^[a-z]{2,4}(-[a-z]+)+-\d$/, 'must be the name of a Region');

const Source = z
  .strictObject({
    account: AccountId,
    region: RegionName,
    /** What people call the account. */
    label: z
      .string()
      .regex(/^[\w -]{1,40}$/, 'must be up to 40 letters, digits, spaces, _ and -')
      .optional(),
    /** Which events come from there, by the names of EVENTS. */
    events: z.array(EventName).default(['s3']),
    /** The buckets that are heard of and may be looked into. */
    buckets: z
      .array(Bucket.refine((name) => name !== '*', 'must be named: * would be all of the account'))
      .default([]),
  })
  .refine(({ events, buckets }) => buckets.length > 0 || !events.includes('s3'), {
    path: ['buckets'],
    error: 'must name the buckets of which s3 tells',
  })
  .transform((source) => ({ ...source, label: source.label ?? source.account }));

/** Another account, or another Region of this one, that Overdue hears of and looks into. */
export type Source = z.output<typeof Source>;

/** What the policy of an event bus, 10 KB at most, has room for. */
const MOST_SOURCES = 20;

/** What the environment of a function, 4 KB at most, has room for besides everything else. */
const MOST_TEXT = 2400;

/** Of the role's ARN and the names of the fields. */
const TEXT_OF_A_SOURCE = 110;

/** The list of sources, each account and Region once, each bucket in one of them. */
export const SourceList = z
  .array(Source)
  .max(MOST_SOURCES, `must be ${MOST_SOURCES} at most`)
  .superRefine((sources, context) => {
    const refuse = (message: string) => {
      context.addIssue({ code: 'custom', message });
    };
    const places = sources.map(({ account, region }) => `${account}/${region}`);
    for (const twice of places.filter((place, index) => places.indexOf(place) < index))
      refuse(`has ${twice} twice`);
    const owned = sources.flatMap((source) => source.buckets.map((name) => ({ name, source })));
    for (const [index, one] of owned.entries()) {
      const other = owned
        .slice(0, index)
        .find(({ source, name }) => source !== one.source && overlap(name, one.name));
      if (other) refuse(`has ${one.name} and ${other.name} in different places: a bucket lies in one only`);
    }
    const told = JSON.stringify(sources.map(({ label, region, buckets }) => [label, region, buckets]));
    if (told.length + sources.length * TEXT_OF_A_SOURCE > MOST_TEXT)
      refuse('names more than fits into the environment of a function: use beginnings of names with *');
  });

function overlap(one: string, other: string): boolean {
  const begins = (name: string, beginning: string) =>
    beginning.endsWith('*') && name.startsWith(beginning.slice(0, -1));
  return one === other || begins(one, other) || begins(other, one);
}

/** The service of which a name of `events` is; undefined for objects, and for events of one's own. */
export function jobSourceOf(event: string): JobSource | undefined {
  return JobSource.options.find((known) => known === event);
}

/** What the rules of EventBridge match for one name of `events`. */
export function patternOf(event: string): { source: string[]; detailType?: string[] } {
  if (event === OBJECTS) return objectPattern;
  const job = jobSourceOf(event);
  return job === undefined ? { source: [event.slice(CUSTOM.length)] } : jobPatternOf(job);
}

/** The services of a source whose jobs are heard of. */
export function jobsOf({ events }: Source): JobSource[] {
  return events.flatMap((event) => jobSourceOf(event) ?? []);
}

/** By these names the two sides know of each other, so that either can be deployed first. */
export const names = {
  bus: (stackName: string) => `${stackName}-evidence`,
  rule: (stackName: string, id: string) => `${stackName}-fwd-${id}`,
  /** Puts events of a source on the central bus. */
  forwardRole: (stackName: string, region: string) => `${stackName}-forward-${region}`,
  /** May look into the buckets of a source, and at the runs of its jobs. */
  lookRole: (stackName: string, region: string) => `${stackName}-look-${region}`,
  /** Of the central functions, by the last part of the name: may assume the roles for looks. */
  lookerRole: (stackName: string, region: string, looker: Looker) => `${stackName}-${region}-${looker}`,
};

/** The functions that look into buckets, and at runs. */
export const LOOKERS = ['api', 'check', 'advance', 'recorder', 'sweep'] as const;
/** The functions that look at runs. */
export const RUN_LOOKERS = [...LOOKERS, 'plan'] as const;
export type Looker = (typeof RUN_LOOKERS)[number];
