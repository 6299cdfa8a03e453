import { GetCallerIdentityCommand, type STSClient } from '@aws-sdk/client-sts';
import type { RunQuery } from '../../app/ports.ts';
import { settings } from '../clients.ts';
import { assumeRole, type Source } from '../sources.ts';
import type { ClientSettings, Place } from './looks.ts';

/** Nothing tells by which role the jobs of an account are looked at. The message names it, for people. */
export class NoSuchPlace extends Error {
  override name = 'NoSuchPlace';
}

export interface Places {
  /**
   * Where a job runs, by default here, and what clients there are made with.
   * @throws NoSuchPlace
   */
  of(query: Pick<RunQuery, 'account' | 'region'>): Promise<{ place: Place; settings: ClientSettings }>;
}

/** The account and the Region of the deployment itself, and those of the sources by their roles. */
export function placesOf(sources: () => readonly Source[], sts: () => STSClient): Places {
  let home: Promise<Place> | undefined;
  const askHome = async (): Promise<Place> => {
    const [{ Account = '' }, region] = await Promise.all([
      sts().send(new GetCallerIdentityCommand({})),
      sts().config.region(),
    ]);
    return { account: Account, region };
  };
  return {
    async of(query) {
      home ??= askHome().catch((error: unknown) => {
        home = undefined;
        throw error;
      });
      const here = await home;
      const place = { account: query.account || here.account, region: query.region || here.region };
      const base = { ...settings(), region: place.region };
      const source = sources().find(({ roleArn, region }) => {
        return roleArn.split(':')[4] === place.account && region === place.region;
      });
      if (source) return { place, settings: { ...base, credentials: () => assumeRole(sts(), source) } };
      if (place.account === here.account) return { place, settings: base };
      throw new NoSuchPlace(`account ${place.account} in ${place.region} is none of the source accounts`);
    },
  };
}
