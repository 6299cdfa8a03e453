import { DescribeStatementCommand, RedshiftDataClient } from '@aws-sdk/client-redshift-data';
import { runFrom } from '../../core/sources/read.ts';
import { REDSHIFT_STATUSES } from '../../core/sources/redshift-data.ts';
import type { ClientSettings, Place, ServiceLooks } from './looks.ts';

/**
 * ListStatements lists only what the role that asks has run itself, so it would tell nothing of others' statements:
 * they are known by their events.
 * @see https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_ListStatements.html
 */
export function redshiftDataLooks(settings: ClientSettings, place: Place): ServiceLooks {
  const client = new RedshiftDataClient(settings);
  return {
    latest: () => Promise.resolve([]),
    async one({ job, run: Id }) {
      const { Status, CreatedAt, UpdatedAt } = await client.send(new DescribeStatementCommand({ Id }));
      if (Status === undefined) return [];
      const run = runFrom(REDSHIFT_STATUSES, {
        source: 'redshift-data',
        job,
        run: Id,
        ...place,
        status: Status,
        startedAt: Status === 'SUBMITTED' || Status === 'PICKED' ? undefined : CreatedAt?.getTime(),
        endedAt: UpdatedAt?.getTime(),
      });
      return run ? [run] : [];
    },
  };
}
