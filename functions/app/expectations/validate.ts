import { literalPrefix } from '../../core/key-pattern.ts';
import { duration, roughLength } from '../../core/duration.ts';
import { Expectation } from '../../core/expectation.ts';
import { isDated } from '../../core/key-pattern.ts';
import { problemsOf } from '../../core/problems.ts';
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
  const kinds = kindProblems(body);
  if (!parsed.success) throw invalid([...problemsOf(parsed.error, body, Expectation), ...kinds]);
  const expectation = parsed.data;
  const problems = [...kinds, ...ruleProblems(expectation), ...(await teamProblems(ctx, expectation))];
  if (problems.length > 0) throw invalid(problems);
  return { expectation, warnings: warningsOf(expectation) };
}

function invalid(problems: FieldProblem[]): Invalid {
  const fields = problems.length === 1 ? '1 field is' : `${problems.length} fields are`;
  return new Invalid(`${fields} not valid`, problems);
}

const KINDS = ['file', 'checkIn'];

function kindProblems(body: unknown): FieldProblem[] {
  if (body === null || typeof body !== 'object') return [];
  const given = KINDS.filter((kind) => kind in body);
  if (given.length === 1) return [];
  const message = `must have exactly one of ${KINDS.join(', ')}`;
  return [{ field: KINDS.join(' | '), message, given: given.length > 0 ? given.join(' and ') : undefined }];
}

/** Rules between fields. */
function ruleProblems({ due, file, window, grace, giveUpAfter }: Expectation): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const silent = 'silentFor' in due;
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
  if (roughLength(duration(giveUpAfter)) <= roughLength(duration(grace))) {
    problems.push({
      field: 'giveUpAfter',
      message: `must be longer than grace (${grace}): both count from when it is due`,
      given: giveUpAfter,
    });
  }
  return problems;
}

async function teamProblems(ctx: Context, expectation: Expectation): Promise<FieldProblem[]> {
  const { team: id, notify, file, due } = expectation;
  const team = await ctx.teams.get(id);
  if (!team)
    return [{ field: 'team', message: 'must be a team that exists; an operator creates it', given: id }];
  const channels = (await ctx.channels.list(id)).map(({ name }) => name);
  const unknown = notify
    .map((name, index) => ({ name, index }))
    .filter(({ name }) => !channels.includes(name));
  const allowed =
    channels.length > 0
      ? `one of the team's channels: ${channels.join(', ')}`
      : 'a channel of the team, which has none yet';
  return [
    ...unknown.map(({ name, index }) => ({
      field: `notify.${index}`,
      message: `must be ${allowed}`,
      given: name,
    })),
    ...(file ? grantProblems(team, file) : []),
    ...(await calendarProblems(ctx, id, calendarNames(due))),
  ];
}

function grantProblems(
  { id, grants }: Team,
  { bucket, key }: { bucket: string; key: string },
): FieldProblem[] {
  const granted = grants.filter((grant) => grant.bucket === bucket || grant.bucket === '*');
  if (granted.length === 0) {
    return [
      {
        field: 'file.bucket',
        message: `must be a bucket that team ${id} was granted by an operator`,
        given: bucket,
      },
    ];
  }
  if (granted.some(({ prefix }) => literalPrefix(key).startsWith(prefix))) return [];
  const prefixes = granted.map(({ prefix }) => prefix).join(', ');
  return [
    {
      field: 'file.key',
      message: `must begin with a prefix that team ${id} was granted: ${prefixes}`,
      given: key,
    },
  ];
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

function warningsOf({ notify }: Expectation): string[] {
  return notify.length > 0 ? [] : ['notify is empty: nobody is told when it is missed'];
}
