import type { Line } from './machine.ts';
import { play, type Played, type PlayOptions } from './run.ts';
import { subjectOfAct, TEAMS, type Act } from './scenario.ts';

const HOUR = 3_600_000;

/** A story is longer than this only by what it leaves out being counted. */
const MOST_LINES = 40;

/** What a problem is about, as far as its words say. */
interface Subject {
  team?: string | undefined;
  id?: string | undefined;
  deadline?: string | undefined;
}

function subjectOf(problem: string): Subject {
  const [, team, id] = new RegExp(`(${TEAMS.join('|')})/(e\\d+)`).exec(problem) ?? [];
  return { team, id: id ?? /\b(e\d+) /.exec(problem)?.[1], deadline: /[-.:\w]+~r\d+/.exec(problem)?.[0] };
}

/** Plays the seed again and tells what happened to the deadline of the problem, in the order of time. */
export async function storyOf(seed: number, options: PlayOptions, problem: string): Promise<string[]> {
  const lines: Line[] = [];
  const played = await play(seed, { ...options, trace: (line) => lines.push(line) });
  const subject = subjectOf(problem);
  const [from, to] = spanOf(played, subject);
  const acts = played.scenario.acts.filter((act) => concerns(act, subject)).map(lineOf);
  const told = [...acts, ...lines.filter((line) => isAbout(line, subject))]
    .filter(({ at, task }) => (at >= from && at <= to) || task === 'user')
    .toSorted((a, b) => a.at - b.at)
    .map(({ at, task, what }) => `${new Date(at).toISOString()}  ${task}: ${what}`);
  return [...rulesOf(played, subject), ...shortened(told)];
}

/** From before its window opens until it is over. */
function spanOf({ world, endedAt }: Played, { team, id, deadline }: Subject): [number, number] {
  const found = world.deadlines
    .all()
    .find(
      (one) => one.team === team && one.expectation === id && `${one.occurrence}~r${one.rev}` === deadline,
    );
  return found ? [found.opensAt - HOUR, found.giveUpAt + 12 * HOUR] : [0, endedAt];
}

function rulesOf({ scenario, profile }: Played, { id }: Subject): string[] {
  const body = scenario.bodies.find((one) => one.id === id);
  const wrong = Object.entries(profile).filter(([, rate]) => rate !== 0);
  return [
    ...(body ? [`expectation ${JSON.stringify(body)}`] : []),
    `what goes wrong ${JSON.stringify(Object.fromEntries(wrong))}`,
  ];
}

function concerns(act: Act, { id }: Subject): boolean {
  return id === undefined || subjectOfAct(act) === id;
}

function lineOf(act: Act): Line {
  switch (act.do) {
    case 'put':
      return { at: act.at, task: 'world', what: `${act.size} bytes come as ${act.bucket}/${act.key}` };
    case 'remove':
      return { at: act.at, task: 'world', what: `${act.bucket}/${act.key} goes` };
    case 'check-in':
      return { at: act.at, task: 'world', what: `checks in: ${act.signal}` };
    case 'register':
      return { at: act.at, task: 'user', what: `registers ${JSON.stringify(act.body)}` };
    default:
      return { at: act.at, task: 'user', what: act.do };
  }
}

function isAbout({ task, what }: Line, { team, id, deadline }: Subject): boolean {
  if (task === 'outage' || id === undefined) return true;
  const name = `${team ?? ''}/${id}`;
  if (deadline !== undefined && `${task} ${what}`.includes(`${id}/${deadline}`)) return true;
  if (task.endsWith(` ${id}`) || task.includes(`in/${id}/`)) return what !== 'begins';
  return (
    what.includes(`saves ${name}:`) || (deadline === undefined && `${task} ${what}`.includes(`${name}/`))
  );
}

function shortened(lines: string[]): string[] {
  if (lines.length <= MOST_LINES) return lines;
  const half = MOST_LINES / 2;
  return [...lines.slice(0, half), `… ${lines.length - 2 * half} lines …`, ...lines.slice(-half)];
}
