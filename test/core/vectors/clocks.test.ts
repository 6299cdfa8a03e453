import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { addDuration } from '../../../functions/core/duration.ts';
import { occurrencesBefore, occurrencesAfter } from '../../../functions/core/schedule.ts';
import { fromLocal, MINUTE, offsetAt, readWall } from '../../../functions/core/time.ts';
import { Firings, vectors } from './read.ts';

const context = { anchor: 0, isHoliday: () => undefined };

const walls = vectors('wall', z.record(z.string(), z.array(z.string())));
const durations = vectors(
  'durations',
  z.record(z.string(), z.array(z.tuple([z.int(), z.int(), z.int(), z.int()]))),
);
const changes = vectors(
  'clock-changes',
  z.array(z.tuple([z.string(), z.string(), z.int(), z.int(), z.array(z.int()), Firings, Firings])),
);
const Zones = z.record(z.string(), z.string());
const accepted = vectors(
  'accepted-clock-changes',
  z.record(z.enum(['cronsim', 'croniter']), z.strictObject({ gap: Zones, overlap: Zones })),
);

describe('local times around every clock change since 2003', () => {
  it.each(Object.entries(walls))('in %s are read as by zoneinfo', (zone, rows) => {
    const read = rows.map((row) => {
      const [local = ''] = row.split(' ');
      const { instant, times } = readWall(Date.parse(`${local}Z`), zone);
      expect(fromLocal(local, zone)).toBe(instant);
      return `${local} ${instant / MINUTE} ${times}`;
    });
    expect(read).toEqual(rows);
  });
});

describe('days on the local calendar and then hours', () => {
  it.each(Object.entries(durations))('in %s lead over clock changes as by zoneinfo', (zone, rows) => {
    const moved = rows.map(([from, days, minutes]) => [
      ...[from, days, minutes],
      addDuration(from * MINUTE, { days, elapsed: minutes * MINUTE }, zone) / MINUTE,
    ]);
    expect(moved).toEqual(rows);
  });
});

type Change = (typeof changes)[number];

function firings([cron, timezone, start, length]: Change): number[] {
  const found: number[] = [];
  for (const { dueAt } of occurrencesAfter({ cron, timezone }, start * MINUTE, context)) {
    const minute = dueAt / MINUTE - start;
    if (minute >= length) break;
    found.push(minute);
  }
  return found;
}

const expressions = [...new Set(changes.map(([cron]) => cron))];

describe('cron around clock changes', () => {
  it.each(expressions)('%s fires as defined, by a cron without clock changes and zoneinfo', (expression) => {
    const rows = changes.filter(([cron]) => cron === expression);
    expect(rows.map(firings)).toEqual(rows.map(([, , , , defined]) => defined));
  });

  it.each(expressions)('%s is found backwards, too', (expression) => {
    for (const [cron, timezone, start, length, defined] of changes.filter(([cron]) => cron === expression)) {
      const [last] = occurrencesBefore({ cron, timezone }, (start + length) * MINUTE, context).take(1);
      const minute = (last?.dueAt ?? NaN) / MINUTE - start;
      expect(minute > 0 ? minute : undefined).toBe(defined.at(-1));
    }
  });

  it.each([
    ['cronsim', 5],
    ['croniter', 6],
  ] as const)('is told from that of %s in exactly the listed places', (library, column) => {
    const differing = changes.filter((row) => JSON.stringify(firings(row)) !== JSON.stringify(row[column]));
    expect({
      gap: listed(differing.filter((row) => !isOverlap(row))),
      overlap: listed(differing.filter(isOverlap)),
    }).toEqual(accepted[library]);
  });
});

function isOverlap([, zone, start, length]: Change): boolean {
  return offsetAt(start * MINUTE, zone) > offsetAt((start + length) * MINUTE, zone);
}

/** The zones of each expression. */
function listed(rows: readonly Change[]): Record<string, string> {
  const zones: Record<string, string> = {};
  for (const [cron, zone] of rows) zones[cron] = cron in zones ? `${zones[cron] ?? ''} ${zone}` : zone;
  return zones;
}

describe('what the list of differences says about the libraries', () => {
  const kept = (library: 'cronsim' | 'croniter', kind: 'gap' | 'overlap', cron: string) =>
    accepted[library][kind][cron]?.split(' ') ?? [];

  it('both fire at the end of the gap what was written inside of it', () => {
    const berlin = changes.filter(
      ([cron, zone]) => cron === '30 2 * * *' && ['Europe/Berlin', 'America/New_York'].includes(zone),
    );
    const gaps = berlin.filter((row) => !isOverlap(row));
    expect(gaps).toHaveLength(2);
    for (const row of gaps) {
      const ours = firings(row);
      const [, , , length, , cronsim, croniter] = row;
      const theirs = ours.map((minute) => (minute === length / 2 + 30 ? length / 2 : minute));
      expect(theirs).not.toEqual(ours);
      expect(cronsim).toEqual(theirs);
      expect(croniter).toEqual(theirs);
    }
  });

  it('croniter fires twice in the repeated hour, cronsim once', () => {
    expect(kept('croniter', 'overlap', '30 2 * * *')).toContain('Europe/Berlin');
    expect(kept('cronsim', 'overlap', '30 2 * * *')).toEqual([]);
  });

  it('both take `0-23` and `*/2` for something else than we do', () => {
    expect(kept('cronsim', 'overlap', '5 0-23 * * *')).toContain('Europe/Berlin');
    expect(kept('cronsim', 'overlap', '0 */2 * * *')).toContain('Europe/Berlin');
  });
});
