import { duration, roughLength } from '../../core/duration.ts';
import { Expectation, type JobSpec } from '../../core/expectation.ts';
import { isLiteral } from '../../core/glob.ts';
import { TELLS_ARGUMENTS } from '../../core/run.ts';
import { closest } from '../../core/guess.ts';
import { isDated } from '../../core/key-pattern.ts';
import { problemsOf } from '../../core/problems.ts';
import { calendarNames } from '../deadlines/shared.ts';
import { Invalid, type FieldProblem } from '../errors.ts';
import type { Context } from '../ports.ts';
import { followUpProblems } from './follow-up-rules.ts';
import { grantProblems } from './grants.ts';
import { warningsOf } from './warnings.ts';

/** What a valid body may still get wrong: told, but not refused. */
export interface Checked {
  expectation: Expectation;
  warnings: string[];
}

/**
 * Reads a body as a person wrote it and checks it against what the team has: grants, channels, calendars.
 * @throws Invalid with every faulty field
 */
export async function validate(ctx: Context, body: unknown): Promise<Checked> {
  const parsed = Expectation.safeParse(body);
  const sound = parsed.success ? parsed.data : soundParts(body);
  const problems = [
    ...(parsed.success ? [] : problemsOf(parsed.error, body, Expectation)),
    ...kindProblems(body),
    ...ruleProblems(sound, isObject(body) ? body : {}),
    ...followUpProblems(sound, ctx.now()),
    ...(await teamProblems(ctx, sound)),
  ];
  if (!parsed.success || problems.length > 0) throw invalid(problems);
  const expectation = withOwnDue(parsed.data);
  return { expectation, warnings: await warningsOf(ctx, expectation) };
}

/** What has a deadline of its own is what is expected. */
function withOwnDue(expectation: Expectation): Expectation {
  const { due, followUp } = expectation;
  return 'each' in due ? { ...expectation, due: { each: followUp ? 'follow-up' : 'run' } } : expectation;
}

type Parts = Partial<Expectation>;

/** The fields that are valid by themselves: what is wrong with them otherwise is told in the same answer. */
function soundParts(body: unknown): Parts {
  if (!isObject(body)) return {};
  const sound = Object.entries(Expectation.shape).flatMap(([name, schema]) => {
    const part = schema.safeParse(body[name]);
    return part.success && part.data !== undefined ? [[name, part.data]] : [];
  });
  return Object.fromEntries(sound) as Parts;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function invalid(problems: FieldProblem[]): Invalid {
  const fields = problems.length === 1 ? '1 field is' : `${problems.length} fields are`;
  return new Invalid(`${fields} not valid`, problems);
}

const KINDS = ['file', 'checkIn', 'job', 'event', 'followUp'];

function kindProblems(body: unknown): FieldProblem[] {
  if (!isObject(body)) return [];
  const rule = `an expectation has exactly one of ${KINDS.join(', ')}`;
  const [first, ...more] = KINDS.filter((kind) => kind in body);
  if (first === undefined) {
    return [
      { field: KINDS[0] ?? '', message: `is required, or ${KINDS.slice(1).join(' or ')} instead: ${rule}` },
    ];
  }
  return more.map((kind) => ({
    field: kind,
    message: `must not be there beside ${first}: ${rule}`,
    given: body[kind],
  }));
}

/**
 * Rules between fields.
 * @param body with the fields that are not valid by themselves: they are there, and may say why `due` is not
 */
function ruleProblems(parts: Parts, body: Record<string, unknown>): FieldProblem[] {
  const { due, file, window, grace, giveUpAfter } = parts;
  const { job } = body;
  const isTimed = isObject(job) && 'finishesWithin' in job;
  const problems = [...('followUp' in body ? [] : jobProblems(parts, isTimed)), ...countProblems(parts)];
  const silent = due !== undefined && 'silentFor' in due;
  if (silent && file) {
    problems.push({
      field: 'due',
      message:
        'must not be silentFor with a file, whose event may be lost: write every, such as {"every": "1h"}',
      given: due,
    });
  }
  if (file && file.minCount > 1 && !isDated(file.key) && isLiteral(file.key)) {
    problems.push({
      field: 'file.minCount',
      message: 'must be 1 with a key that names one object: objects are counted by their keys',
      given: file.minCount,
    });
  }
  if (parts.warnWhenLate !== undefined) problems.push(...warningProblems(parts));
  if (silent && window !== undefined) {
    problems.push({
      field: 'window',
      message: 'must be absent with due.silentFor: the silence is the window',
      given: window,
    });
  }
  if (giveUpAfter !== undefined && grace !== undefined && !isLonger(giveUpAfter, grace)) {
    problems.push({
      field: 'giveUpAfter',
      message: `must be longer than grace (${grace}): both count from when it is due`,
      given: giveUpAfter,
    });
  }
  return problems;
}

/** What has no arrival has no usual time of it; after how long it follows depends on the hours that are open. */
function warningProblems({ due, event, followUp, warnWhenLate: given }: Parts): FieldProblem[] {
  const other = due && 'silentFor' in due ? 'due.silentFor' : followUp && 'followUp';
  const without = other ?? (event?.minCount === 0 ? 'event.minCount 0' : undefined);
  if (without === undefined) return [];
  return [{ field: 'warnWhenLate', message: `must be absent with ${without}`, given }];
}

/** Where names of jobs are not unique, what they lie in comes first. */
const PLACED: Partial<Record<JobSpec['source'], string>> = { batch: 'queue/job', ecs: 'cluster/family' };

/** Rules between a job, or its absence, and when it is due. */
function jobProblems({ due, job }: Parts, isTimed: boolean): FieldProblem[] {
  const form = job && PLACED[job.source];
  if (form !== undefined && !/\/|\*\*/.test(job?.name ?? '')) {
    const message = `must be ${form}, such as nightly/* or */load: no run has a name without a slash`;
    return [{ field: 'job.name', message, given: job?.name }];
  }
  const each = due !== undefined && 'each' in due;
  if (each && !isTimed) {
    const message = 'is required: only a job with finishesWithin and a followUp have deadlines without it';
    return [{ field: 'due', message }];
  }
  if (job?.arguments !== undefined && !TELLS_ARGUMENTS.has(job.source)) {
    const sources = [...TELLS_ARGUMENTS].join(', ');
    const message = `must be left out: only the events of ${sources} tell what a run was given`;
    return [{ field: 'job.arguments', message, given: job.arguments }];
  }
  if (job?.source === 'lambda' && job.finishesWithin !== undefined) {
    const message = 'must be left out: Lambda tells how an invocation ended, and not when it began';
    return [{ field: 'job.finishesWithin', message, given: job.finishesWithin }];
  }
  if (due && 'silentFor' in due && job) {
    const message =
      'must not be silentFor with a job: write every, or a time at which a run must have succeeded';
    return [{ field: 'due', message, given: due }];
  }
  if (job?.finishesWithin !== undefined && job.mustHave === 'started' && each) {
    const message = 'must not be started without due: finishesWithin asks for success';
    return [{ field: 'job.mustHave', message, given: job.mustHave }];
  }
  return [];
}

/** Rules between the counts of events, and the kind of due. */
function countProblems({ due, event }: Parts): FieldProblem[] {
  if (!event) return [];
  const { minCount, maxCount } = event;
  if (minCount === 0 && maxCount === undefined) {
    const message = 'must be at least 1, or maxCount must be there: nothing would ever be missed';
    return [{ field: 'event.minCount', message, given: minCount }];
  }
  if (maxCount !== undefined && maxCount < minCount) {
    const message = `must be at least minCount (${minCount})`;
    return [{ field: 'event.maxCount', message, given: maxCount }];
  }
  if (due && 'silentFor' in due && (minCount !== 1 || maxCount !== undefined)) {
    const message = 'must be 1, without maxCount, with due.silentFor: any event ends the silence';
    return [{ field: 'event.minCount', message, given: minCount }];
  }
  return [];
}

function isLonger(one: string, other: string): boolean {
  return roughLength(duration(one)) > roughLength(duration(other));
}

async function teamProblems(ctx: Context, parts: Parts): Promise<FieldProblem[]> {
  const { team: id, notify, job, due, followUp } = parts;
  if (id === undefined) return [];
  const team = await ctx.teams.get(id);
  if (!team)
    return [{ field: 'team', message: 'must be a team that exists; an operator creates it', given: id }];
  return [
    ...(notify ? await channelProblems(ctx, id, notify) : []),
    ...grantProblems(team, parts),
    ...(job ? await refusals(ctx, job) : []),
    ...(due ? await calendarProblems(ctx, id, { due, followUp }) : []),
  ];
}

/** Names of channels that a message lists; a team with more sees the guess alone. */
const MOST_LISTED = 20;

async function channelProblems(
  ctx: Context,
  team: string,
  notify: readonly string[],
): Promise<FieldProblem[]> {
  const channels = (await ctx.channels.list(team)).map(({ name }) => name);
  const listed = channels.length > MOST_LISTED ? '' : `: ${channels.join(', ')}`;
  const rule =
    channels.length > 0
      ? `must be one of the channels of team ${team}${listed}`
      : `must be a channel of team ${team}, which has none yet: PUT /v1/teams/${team}/channels/{name}`;
  return [...notify.entries()]
    .filter(([, name]) => !channels.includes(name))
    .map(([index, name]) => {
      const meant = closest(name, channels);
      const guess = meant === undefined ? '' : `; did you mean ${meant}?`;
      return { field: `notify.${index}`, message: `${rule}${guess}`, given: name };
    });
}

/** What can never be seen is refused at once. */
async function refusals(ctx: Context, { source, name, account, region }: JobSpec): Promise<FieldProblem[]> {
  if (ctx.jobSources && !ctx.jobSources.has(source)) {
    const heard = [...ctx.jobSources].join(', ');
    const message = `must be one of ${heard}: this deployment hears of no other jobs, an operator switches them on`;
    return [{ field: 'job.source', message, given: source }];
  }
  if (!isLiteral(name)) return [];
  const message = await ctx.runs.refusal({ source, job: name, account, region });
  return message === undefined ? [] : [{ field: 'job.name', message, given: name }];
}

async function calendarProblems(
  ctx: Context,
  team: string,
  expectation: Pick<Expectation, 'due' | 'followUp'>,
): Promise<FieldProblem[]> {
  const field = expectation.followUp ? 'followUp.businessHours.holidays' : 'due.holidays';
  const problems = calendarNames(expectation).map(async (name) => ({
    given: name,
    message: await ctx.calendars.problem(team, name),
  }));
  return (await Promise.all(problems)).flatMap(({ given, message }) =>
    message === undefined ? [] : [{ field, message, given }],
  );
}
