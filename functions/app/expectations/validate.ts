import { duration, roughLength } from '../../core/duration.ts';
import { Expectation } from '../../core/expectation.ts';
import { closest } from '../../core/guess.ts';
import { isDated, literalPrefix } from '../../core/key-pattern.ts';
import { problemsOf } from '../../core/problems.ts';
import { calendarWarnings } from '../calendars/warnings.ts';
import { calendarNames } from '../deadlines/shared.ts';
import { Invalid, type FieldProblem } from '../errors.ts';
import type { Context, Team } from '../ports.ts';

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
    ...ruleProblems(sound),
    ...(await teamProblems(ctx, sound)),
  ];
  if (!parsed.success || problems.length > 0) throw invalid(problems);
  return { expectation: parsed.data, warnings: await warningsOf(ctx, parsed.data) };
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

const KINDS = ['file', 'checkIn'];

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

/** Rules between fields. */
function ruleProblems({ due, file, window, grace, giveUpAfter }: Parts): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const silent = due !== undefined && 'silentFor' in due;
  if (silent && file && isDated(file.key)) {
    problems.push({
      field: 'file.key',
      message: 'must have no date tokens with due.silentFor: a silence has no date',
      given: file.key,
    });
  }
  if (silent && file && file.minCount > 1) {
    problems.push({
      field: 'file.minCount',
      message: 'must be 1 with due.silentFor: any object ends the silence',
      given: file.minCount,
    });
  }
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

function isLonger(one: string, other: string): boolean {
  return roughLength(duration(one)) > roughLength(duration(other));
}

async function teamProblems(ctx: Context, { team: id, notify, file, due }: Parts): Promise<FieldProblem[]> {
  if (id === undefined) return [];
  const team = await ctx.teams.get(id);
  if (!team)
    return [{ field: 'team', message: 'must be a team that exists; an operator creates it', given: id }];
  return [
    ...(notify ? await channelProblems(ctx, id, notify) : []),
    ...(file ? grantProblems(team, file) : []),
    ...(due ? await calendarProblems(ctx, id, calendarNames(due)) : []),
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

function grantProblems(
  { id, grants }: Team,
  { bucket, key }: { bucket: string; key: string },
): FieldProblem[] {
  const granted = grants.filter((grant) => grant.bucket === bucket || grant.bucket === '*');
  if (granted.length === 0) {
    const buckets = [...new Set(grants.map((grant) => grant.bucket))].join(', ') || 'none';
    const message = `must be a bucket that an operator granted to team ${id}, which has ${buckets}`;
    return [{ field: 'file.bucket', message, given: bucket }];
  }
  if (granted.some(({ prefix }) => literalPrefix(key).startsWith(prefix))) return [];
  const prefixes = granted.map(({ prefix }) => prefix).join(' or ');
  const message = `must begin with ${prefixes}: an operator granted no more of ${bucket} to team ${id}`;
  return [{ field: 'file.key', message, given: key }];
}

async function calendarProblems(
  ctx: Context,
  team: string,
  names: readonly string[],
): Promise<FieldProblem[]> {
  const problems = names.map(async (name) => ({
    given: name,
    message: await ctx.calendars.problem(team, name),
  }));
  return (await Promise.all(problems)).flatMap(({ given, message }) =>
    message === undefined ? [] : [{ field: 'due.holidays', message, given }],
  );
}

async function warningsOf(ctx: Context, expectation: Expectation): Promise<string[]> {
  const unheard = expectation.notify.length > 0 ? [] : ['notify is empty: nobody is told when it is missed'];
  return [...unheard, ...(await calendarWarnings(ctx, expectation))];
}
