import { describe, expect, it, jest } from '@jest/globals';
import { possible } from '../kill-loop/oracle.ts';
import { run } from '../kill-loop/run.ts';

jest.setTimeout(600_000);

describe('the service under a loop of SIGKILLs while deadlines fall due and files arrive', () => {
  it('gives each deadline the verdict that what was done to it explains, and tells every transition', async () => {
    const findings = await run({ kills: 15, expectations: 120, seed: 7, say: () => undefined });
    const { wrong, lostAlerts, unexplained, undecided } = findings;
    expect({ wrong, lostAlerts, unexplained }).toEqual({ wrong: [], lostAlerts: [], unexplained: [] });
    // On a busy machine answers come late, and of a few expectations too much is possible to say anything.
    expect(undecided).toBeLessThanOrEqual(12);
    expect(findings.deadlines).toBeGreaterThanOrEqual(240);
    expect(Object.keys(findings.outcomes).toSorted()).toEqual(['met', 'never', 'recovered']);
  });
});

describe('what the attempts explain', () => {
  const dues = [60_000, 120_000];
  const sure = (from: number, to = from) => ({ sentAt: from, doneAt: to, acknowledged: true });
  it.each([
    ['in time', [sure(59_000), sure(119_000)], ['met, met']],
    ['at the last second', [sure(60_999)], ['met, never']],
    ['late', [sure(65_000)], ['recovered after 5, never']],
    ['after half of the time to the next', [sure(91_000)], ['never, met']],
    ['never', [], ['never, never']],
    ['perhaps', [{ ...sure(59_000), acknowledged: false }], ['met, never', 'never, never']],
    ['around the deadline', [sure(60_000, 61_500)], ['met, never', 'recovered after 1, never']],
    ['twice, late', [sure(65_000), sure(70_000)], ['recovered after 5, met']],
  ])('%s', (_, attempts, expected) => {
    expect([...(possible(dues, attempts) ?? [])].toSorted()).toEqual(expected);
  });
});
