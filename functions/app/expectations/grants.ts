import { sourcesOf } from '../../core/event.ts';
import type { EventSpec, Expectation, JobSpec } from '../../core/expectation.ts';
import type { Side } from '../../core/follow-up.ts';
import { withoutMarks } from '../../core/keyed-glob.ts';
import { literalPrefix } from '../../core/key-pattern.ts';
import type { FieldProblem } from '../errors.ts';
import type { Team } from '../ports.ts';

/** What an expectation names and no operator granted to its team. */
export function grantProblems(
  team: Team,
  { file, job, event, followUp }: Partial<Expectation>,
): FieldProblem[] {
  return [
    ...(file ? bucketGrantProblems(team, file, 'file') : []),
    ...(job ? jobGrantProblems(team, job) : []),
    ...(event ? eventGrantProblems(team, event, 'event') : []),
    ...(followUp ? sideGrantProblems(team, followUp.after, 'followUp.after') : []),
    ...(followUp ? sideGrantProblems(team, followUp.by, 'followUp.by') : []),
  ];
}

function sideGrantProblems(team: Team, side: Side, field: string): FieldProblem[] {
  if ('event' in side) return eventGrantProblems(team, side.event, `${field}.event`);
  const { bucket, key } = side.file;
  return bucketGrantProblems(team, { bucket, key: withoutMarks(key) }, `${field}.file`, key);
}

function bucketGrantProblems(
  { id, grants }: Team,
  { bucket, key }: { bucket: string; key: string },
  field: string,
  written = key,
): FieldProblem[] {
  const all = grants.filter((grant) => 'bucket' in grant);
  const granted = all.filter((grant) => grant.bucket === bucket || grant.bucket === '*');
  if (granted.length === 0) {
    const buckets = [...new Set(all.map((grant) => grant.bucket))].join(', ') || 'none';
    const message = `must be a bucket that an operator granted to team ${id}, which has ${buckets}`;
    return [{ field: `${field}.bucket`, message, given: bucket }];
  }
  if (granted.some(({ prefix }) => literalPrefix(key).startsWith(prefix))) return [];
  const prefixes = granted.map(({ prefix }) => prefix).join(' or ');
  const message = `must begin with ${prefixes}: an operator granted no more of ${bucket} to team ${id}`;
  return [{ field: `${field}.key`, message, given: written }];
}

/** A glob is granted when everything that it can match is. */
function jobGrantProblems({ id, grants }: Team, { source, name }: JobSpec): FieldProblem[] {
  const all = grants.filter((grant) => 'job' in grant);
  const granted = all.filter((grant) => grant.source === source || grant.source === '*');
  if (granted.some(({ job }) => literalPrefix(name).startsWith(job))) return [];
  const names = granted.map(({ job }) => (job === '' ? 'any name' : job)).join(' or ');
  if (granted.length > 0) {
    const message = `must begin with ${names}: an operator granted no other ${source} jobs to team ${id}`;
    return [{ field: 'job.name', message, given: name }];
  }
  const sources = [...new Set(all.map((grant) => grant.source))].join(', ') || 'none';
  const message = `must be a service whose jobs an operator granted to team ${id}, which has ${sources}`;
  return [{ field: 'job.source', message, given: source }];
}

/** A pattern is granted when every event that it can take is of a source that is. */
function eventGrantProblems(
  { id, grants }: Team,
  { pattern }: Pick<EventSpec, 'pattern'>,
  field: string,
): FieldProblem[] {
  const granted = grants.filter((grant) => 'events' in grant).map(({ events }) => events);
  const sources = sourcesOf(pattern);
  const isGranted = (source: string) => granted.some((beginning) => source.startsWith(beginning));
  if (granted.includes('') || sources?.every(isGranted)) return [];
  const allowed = granted.length === 0 ? 'none' : `those beginning with ${granted.join(' or ')}`;
  const message = sources
    ? `must name sources that an operator granted to team ${id}, which has ${allowed}`
    : `must name its sources, "source": ["…"]: an operator granted team ${id} ${allowed}`;
  return [{ field: `${field}.pattern.source`, message, given: pattern['source'] }];
}
