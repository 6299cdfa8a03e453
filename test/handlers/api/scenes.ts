import type { ApiClient } from './client.ts';

/** The deadline that `missDaily` lets pass, its expectation and its breach. */
export const MISSED = '2026-11-21T06:00~r1';
export const DAILY = '/v1/teams/data/expectations/daily';
export const BREACH = `${DAILY}/breaches/${MISSED}`;

/** A check-in of team `data` that is due every day at six. */
export const daily = {
  id: 'daily',
  team: 'data',
  checkIn: {},
  due: { at: '06:00', days: 'daily', timezone: 'Europe/Berlin' },
  severity: 'high',
  notify: ['mail'],
};

/** Registers `daily` an hour before it is due; nobody checks in, and the channel is told. */
export async function missDaily(api: ApiClient): Promise<void> {
  api.world.clock.set('2026-11-21T04:00:00Z');
  await api.ok('POST /v1/expectations', { body: daily, status: 201 });
  await api.driver.until('2026-11-21T05:00:30Z');
}
