import assert from 'node:assert/strict';
import {
  type CreateScheduleCommandInput,
  CreateScheduleCommand,
  CreateScheduleGroupCommand,
  DeleteScheduleCommand,
  DeleteScheduleGroupCommand,
  GetScheduleCommand,
  ListSchedulesCommand,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import { clause, errorOf, fresh, refused, soon, type Chapter } from './contract.ts';
import { listen } from './listener.ts';
import { ACCOUNT, type Target } from './target.ts';

const DOCS = 'https://docs.aws.amazon.com/scheduler/latest';
const CREATE = `${DOCS}/APIReference/API_CreateSchedule.html`;
const UPDATE = `${DOCS}/APIReference/API_UpdateSchedule.html`;
const DELETE = `${DOCS}/APIReference/API_DeleteSchedule.html`;
const DELETE_GROUP = `${DOCS}/APIReference/API_DeleteScheduleGroup.html`;
const LIST = `${DOCS}/APIReference/API_ListSchedules.html`;
const TYPES = `${DOCS}/UserGuide/schedule-types.html`;
const RETRY = `${DOCS}/APIReference/API_RetryPolicy.html`;
const COMPLETION = `${DOCS}/UserGuide/managing-schedule-delete.html`;
const CONTEXT = `${DOCS}/UserGuide/managing-schedule-context-attributes.html`;

const FAR = 'at(2100-01-01T00:00:00)';
const GONE = 'ResourceNotFoundException';
/** In ms; AWS promises a minute, what stands in for it takes seconds. */
const FIRES_WITHIN = 12_000;

const target = (t: Target, Input = '{}') => ({
  ...{ Arn: t.machine('tells'), RoleArn: `arn:aws:iam::${ACCOUNT}:role/contract`, Input },
});

function request(t: Target, Name: string, rest: Partial<CreateScheduleCommandInput> = {}, input = '{}') {
  return {
    ...{ Name, ScheduleExpression: FAR, FlexibleTimeWindow: { Mode: 'OFF' as const } },
    ...{ Target: target(t, input), ...rest },
  };
}

const create = (t: Target, Name: string, rest: Partial<CreateScheduleCommandInput> = {}, input = '{}') =>
  t.aws.scheduler.send(new CreateScheduleCommand(request(t, Name, rest, input)));
const get = ({ aws }: Target, Name: string) => aws.scheduler.send(new GetScheduleCommand({ Name }));
const remove = ({ aws }: Target, Name: string) => aws.scheduler.send(new DeleteScheduleCommand({ Name }));

/** `at()` some seconds from now. */
function at(seconds: number): { instant: number; ScheduleExpression: string } {
  const instant = Math.ceil(Date.now() / 1000 + seconds) * 1000;
  return { instant, ScheduleExpression: `at(${new Date(instant).toISOString().slice(0, 19)})` };
}

/** What a schedule that fires starts its target with. */
async function fired(
  t: Target,
  Name: string,
  ScheduleExpression: string,
  rest: Partial<CreateScheduleCommandInput> & { about?: string } = {},
) {
  const { about = 'nothing', ...settings } = rest;
  const listener = await listen((event) => ({ event, at: Date.now() }));
  try {
    const input = JSON.stringify({ tellTo: listener.tellTo, about });
    await create(t, Name, { ScheduleExpression, ...settings }, input);
    return await soon('the start', () => Promise.resolve(listener.heard[0]), FIRES_WITHIN);
  } finally {
    listener.close();
  }
}

export const scheduler: Chapter = {
  service: 'EventBridge Scheduler',
  clauses: [
    clause(
      'sch-names',
      'a name has up to 64 letters, digits, hyphens, underscores and dots',
      CREATE,
      async (t) => {
        await create(t, `${fresh('A.b_c')}${'x'.repeat(64)}`.slice(0, 64));
        await refused(create(t, 'x'.repeat(65)), 'ValidationException');
        await refused(create(t, 'team#one'), 'ValidationException');
      },
    ),
    clause('sch-conflict', 'a name that is taken is refused', CREATE, async (t) => {
      const name = fresh('s');
      await create(t, name);
      await refused(create(t, name, { ScheduleExpression: 'at(2101-01-01T00:00:00)' }), 'ConflictException');
      assert.equal((await get(t, name)).ScheduleExpression, FAR);
    }),
    clause(
      'sch-idempotent',
      'the same request with the same client token is answered again',
      CREATE,
      async (t) => {
        const [name, ClientToken] = [fresh('s'), fresh('token')];
        const first = await create(t, name, { ClientToken });
        assert.deepEqual((await create(t, name, { ClientToken })).ScheduleArn, first.ScheduleArn);
      },
    ),
    clause('sch-update', 'an update replaces all of a schedule', UPDATE, async (t) => {
      const name = fresh('s');
      await create(t, name, { Description: 'to be gone', ActionAfterCompletion: 'DELETE' });
      const rest = { ScheduleExpression: 'at(2101-01-01T00:00:00)' };
      await t.aws.scheduler.send(new UpdateScheduleCommand(request(t, name, rest)));
      const { ScheduleExpression, Description = '', ActionAfterCompletion } = await get(t, name);
      assert.deepEqual(
        [ScheduleExpression, Description, ActionAfterCompletion],
        ['at(2101-01-01T00:00:00)', '', 'NONE'],
      );
    }),
    clause('sch-gone', 'what does not exist is neither updated nor deleted', DELETE, async (t) => {
      const name = fresh('s');
      await refused(t.aws.scheduler.send(new UpdateScheduleCommand(request(t, name))), GONE);
      await refused(remove(t, name), GONE);
      await create(t, name);
      await remove(t, name);
      await refused(get(t, name), GONE);
    }),
    clause('sch-expressions', 'an expression that is none is refused', TYPES, async (t) => {
      const wrong = [
        'at(2100-01-01T00:00:00Z)',
        'at(2100-01-01T00:00:00.000)',
        'at(2100-02-31T00:00:00)',
        'rate(5 seconds)',
        'at(tomorrow)',
      ];
      for (const ScheduleExpression of wrong) {
        await refused(create(t, fresh('s'), { ScheduleExpression }), 'ValidationException');
      }
    }),
    clause('sch-zone', 'a time zone that does not exist is refused', TYPES, async (t) => {
      await refused(
        create(t, fresh('s'), { ScheduleExpressionTimezone: 'Mars/Olympus' }),
        'ValidationException',
      );
    }),
    clause('sch-retries', 'there are up to 185 retries in up to 24 hours', RETRY, async (t) => {
      const withPolicy = (MaximumRetryAttempts: number, MaximumEventAgeInSeconds: number) => {
        const RetryPolicy = { MaximumRetryAttempts, MaximumEventAgeInSeconds };
        return create(t, fresh('s'), { Target: { ...target(t), RetryPolicy } });
      };
      await withPolicy(185, 86_400);
      await refused(withPolicy(186, 86_400), 'ValidationException');
      await refused(withPolicy(185, 86_401), 'ValidationException');
    }),
    clause(
      'sch-fires',
      'at() in UTC starts its target with its input, not before its time',
      TYPES,
      async (t) => {
        const { instant, ScheduleExpression } = at(2);
        const { event, at: when } = await fired(t, fresh('s'), ScheduleExpression, { about: 'ä "quoted"' });
        assert.ok(when >= instant, `${instant - when} ms early`);
        assert.equal(event instanceof Object && 'about' in event && event.about, 'ä "quoted"');
      },
    ),
    clause('sch-local', 'at() in a time zone is a time of its clocks', TYPES, async (t) => {
      const { instant } = at(3);
      const local = new Date(instant + 5.5 * 3_600_000).toISOString().slice(0, 19);
      const zone = { ScheduleExpressionTimezone: 'Asia/Kolkata' };
      const { at: when } = await fired(t, fresh('s'), `at(${local})`, zone);
      assert.ok(when >= instant, `${instant - when} ms early`);
    }),
    clause(
      'sch-delete-after',
      'a schedule that is to be deleted after its completion is gone then',
      COMPLETION,
      async (t) => {
        const name = fresh('s');
        await fired(t, name, at(1).ScheduleExpression, { ActionAfterCompletion: 'DELETE' });
        const gone = () => errorOf(get(t, name));
        assert.equal(await soon('its end', gone, 20_000), GONE);
      },
    ),
    clause(
      'sch-keep-after',
      'a schedule that is not to be deleted stays after its completion',
      COMPLETION,
      async (t) => {
        const name = fresh('s');
        await fired(t, name, at(1).ScheduleExpression, { ActionAfterCompletion: 'NONE' });
        assert.equal((await get(t, name)).Name, name);
      },
    ),
    clause('sch-context', 'the input is told the time that was scheduled', CONTEXT, async (t) => {
      const { instant, ScheduleExpression } = at(1);
      const { event } = await fired(t, fresh('s'), ScheduleExpression, {
        about: '<aws.scheduler.scheduled-time>',
      });
      const about = event instanceof Object && 'about' in event && String(event.about);
      assert.equal(about, `${new Date(instant).toISOString().slice(0, 19)}Z`);
    }),
    clause(
      'sch-list',
      'schedules of a group are listed by the beginnings of their names, page by page',
      LIST,
      async (t) => {
        const GroupName = fresh('g');
        await t.aws.scheduler.send(new CreateScheduleGroupCommand({ Name: GroupName }));
        for (const name of ['a1', 'a2', 'a3', 'b1']) await create(t, name, { GroupName });
        const found: unknown[] = [];
        let NextToken: string | undefined;
        do {
          const asked = new ListSchedulesCommand({ GroupName, NamePrefix: 'a', MaxResults: 2, NextToken });
          const page = await t.aws.scheduler.send(asked);
          assert.ok((page.Schedules ?? []).length <= 2, 'a page of more than was asked for');
          found.push(...(page.Schedules ?? []).map(({ Name }) => Name));
          NextToken = page.NextToken;
        } while (NextToken !== undefined);
        assert.deepEqual(found.toSorted(), ['a1', 'a2', 'a3']);
      },
    ),
    clause(
      'sch-group',
      'a group takes its schedules with it; there are none in a group that does not exist',
      DELETE_GROUP,
      async (t) => {
        const GroupName = fresh('g');
        await refused(create(t, 'lost', { GroupName }), GONE);
        await t.aws.scheduler.send(new CreateScheduleGroupCommand({ Name: GroupName }));
        await create(t, 'lost', { GroupName });
        await t.aws.scheduler.send(new DeleteScheduleGroupCommand({ Name: GroupName }));
        const asked = () => t.aws.scheduler.send(new GetScheduleCommand({ Name: 'lost', GroupName }));
        assert.equal(await soon('its end', () => errorOf(asked())), GONE);
      },
    ),
  ],
};
