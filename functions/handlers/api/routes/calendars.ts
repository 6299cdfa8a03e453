import { z } from '@hono/zod-openapi';
import { putCalendar } from '../../../app/calendars/put.ts';
import { listCalendars, readCalendar, readCalendarRevisions, usersOf } from '../../../app/calendars/read.ts';
import { removeCalendar } from '../../../app/calendars/remove.ts';
import type { CalendarRevision, Context } from '../../../app/ports.ts';
import { CalendarBody, expiryWarning, type Calendar } from '../../../core/calendar.ts';
import { toIso } from '../../../core/time.ts';
import { ConditionHeaders, conditionOf, etag, IfMatchHeaders } from '../conditions.ts';
import { endpoint } from '../endpoint.ts';
import type { Api } from '../env.ts';
import { CalendarPath, TeamPath, Utc, WhyQuery } from '../fields.ts';

const Head = {
  team: z.string(),
  name: z.string(),
  title: z.string().optional(),
  validUntil: z.string().openapi({ example: '2026-12-31', description: 'Until this date it is complete' }),
  revision: z.int().openapi({ description: 'Counts every change; also the ETag' }),
  changedAt: Utc,
  changedBy: z.string().openapi({ example: 'key:3kTz9fQ1xLmA (deploy)' }),
  why: z.string().optional(),
};
const Days = z.array(z.object({ date: z.string(), name: z.string().optional() }));

const CalendarAnswer = z
  .object({
    ...Head,
    days: Days,
    usedBy: z.array(z.string()).openapi({ description: 'Ids of the expectations that name it' }),
    warnings: z.array(z.string()).openapi({
      example: ['calendar acme-plant is valid until 2026-12-31: days after it are taken for no holidays'],
    }),
  })
  .openapi('Calendar', { description: 'Local dates on which nothing is owed' });

const ListedCalendar = z.object({ ...Head, days: z.int().openapi({ description: 'How many' }) });

const RevisionAnswer = z
  .object({ ...Head, status: z.enum(['active', 'deleted']), days: Days })
  .openapi('CalendarRevision');

const ETAG = { ETag: 'Its revision' };
const Path = '/v1/teams/{team}/calendars/{name}';

/** `/v1/teams/{team}/calendars`: days off that a team keeps itself. */
export function calendarRoutes(api: Api): void {
  listRoute(api);
  readRoute(api);
  revisionsRoute(api);
  putRoute(api);
  removeRoute(api);
}

function headOf(calendar: CalendarRevision) {
  const { team, name, title, validUntil, revision, changedAt, changedBy, why } = calendar;
  return {
    ...{ team, name, validUntil, revision, changedAt: toIso(changedAt), changedBy },
    ...(title === undefined ? {} : { title }),
    ...(why === undefined ? {} : { why }),
  };
}

async function answerOf(ctx: Context, calendar: Calendar): Promise<z.infer<typeof CalendarAnswer>> {
  const users = await usersOf(ctx, calendar);
  const warning = expiryWarning(calendar, { now: ctx.now(), timezone: 'UTC' });
  return {
    ...headOf(calendar),
    days: calendar.days,
    usedBy: users.map(({ id }) => id),
    warnings: warning === undefined ? [] : [warning],
  };
}

function listRoute(api: Api): void {
  endpoint(
    api,
    {
      method: 'get',
      path: '/v1/teams/{team}/calendars',
      operationId: 'listCalendars',
      tag: 'Calendars',
      summary: 'The calendars of a team',
      needs: { role: 'viewer', of: 'path' },
      params: TeamPath,
      answers: {
        200: { description: 'Calendars by name', schema: z.object({ items: z.array(ListedCalendar) }) },
      },
    },
    async ({ ctx, params }) => {
      const calendars = await listCalendars(ctx, params.team);
      const items = calendars.map((calendar) => ({ ...headOf(calendar), days: calendar.days.length }));
      return { status: 200, body: { items } };
    },
  );
}

function readRoute(api: Api): void {
  endpoint(
    api,
    {
      method: 'get',
      path: Path,
      operationId: 'readCalendar',
      tag: 'Calendars',
      summary: 'One calendar with its days',
      needs: { role: 'viewer', of: 'path' },
      params: CalendarPath,
      answers: { 200: { description: 'The calendar', schema: CalendarAnswer, headers: ETAG } },
    },
    async ({ ctx, params }) => {
      const calendar = await readCalendar(ctx, params);
      const headers = { ETag: etag(calendar.revision) };
      return { status: 200, headers, body: await answerOf(ctx, calendar) };
    },
  );
}

function revisionsRoute(api: Api): void {
  endpoint(
    api,
    {
      method: 'get',
      path: `${Path}/revisions`,
      operationId: 'listCalendarRevisions',
      tag: 'Calendars',
      summary: 'Who changed the calendar, when and why',
      description: 'The newest first. They can be read after the calendar was deleted, too.',
      needs: { role: 'viewer', of: 'path' },
      params: CalendarPath,
      answers: {
        200: { description: 'Every revision', schema: z.object({ items: z.array(RevisionAnswer) }) },
      },
    },
    async ({ ctx, params }) => {
      const revisions = await readCalendarRevisions(ctx, params);
      const items = revisions.map((one) => ({ ...headOf(one), status: one.status, days: one.days }));
      return { status: 200, body: { items } };
    },
  );
}

function putRoute(api: Api): void {
  endpoint(
    api,
    {
      method: 'put',
      path: Path,
      operationId: 'putCalendar',
      tag: 'Calendars',
      summary: 'Create a calendar, or replace it',
      description:
        'The body is the whole calendar: JSON, or an iCalendar file of whole-day events as `text/calendar`. It holds for every deadline that is not judged yet. The same content again makes no revision.',
      needs: { role: 'editor', of: 'path' },
      params: CalendarPath,
      query: WhyQuery,
      headers: ConditionHeaders,
      json: CalendarBody.openapi('CalendarBody'),
      asText: 'text/calendar',
      answers: {
        200: { description: 'It is replaced, or is as it was', schema: CalendarAnswer, headers: ETAG },
        201: { description: 'It is created', schema: CalendarAnswer, headers: ETAG },
      },
      problems: ['conflict', 'precondition-failed'],
    },
    async ({ ctx, principal, params, query, headers: given, json }) => {
      const write = { by: principal.actor, why: query.why, condition: conditionOf(given) };
      const { calendar, created } = await putCalendar(ctx, params, json, write);
      const headers = { ETag: etag(calendar.revision) };
      return { status: created ? 201 : 200, headers, body: await answerOf(ctx, calendar) };
    },
  );
}

function removeRoute(api: Api): void {
  endpoint(
    api,
    {
      method: 'delete',
      path: Path,
      operationId: 'removeCalendar',
      tag: 'Calendars',
      summary: 'Delete a calendar that no expectation names',
      description: 'Its revisions stay; the same name can be used again and goes on with the next revision.',
      needs: { role: 'editor', of: 'path' },
      params: CalendarPath,
      query: WhyQuery,
      headers: IfMatchHeaders,
      answers: { 204: { description: 'It is deleted' } },
      problems: ['conflict', 'precondition-failed'],
    },
    async ({ ctx, principal, params, query, headers }) => {
      const condition = conditionOf({ ...headers, 'If-None-Match': undefined });
      await removeCalendar(ctx, params, { by: principal.actor, why: query.why, condition });
      return { status: 204 };
    },
  );
}
