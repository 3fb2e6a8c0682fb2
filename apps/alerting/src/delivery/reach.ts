import { defaultRoutes, type Reach } from '@interlock/notify';
import { perBatch } from '@interlock/postgres';
import type { Transaction } from 'kysely';
import type { DeliveriesDatabase } from './deliveries.tables.js';

type Db = Transaction<DeliveriesDatabase>;

const reaches = perBatch<DeliveriesDatabase, Map<string, Reach>>(() => new Map());

const readReach = async (db: Db, tenant: string): Promise<Reach> => {
  const channels = await db
    .selectFrom('channels')
    .select('channel_id')
    .where('tenant_id', '=', tenant)
    .orderBy('channel_id')
    .execute();
  const row = await db
    .selectFrom('routes')
    .select('routes')
    .where('tenant_id', '=', tenant)
    .executeTakeFirst();
  return { routes: row?.routes ?? defaultRoutes, channels: channels.map(({ channel_id }) => channel_id) };
};

/** Where notices of a tenant may go. It is read once per batch, and again after `forgetReach`. */
export const reachOf = async (db: Db, tenant: string): Promise<Reach> => {
  const known = reaches(db).get(tenant) ?? (await readReach(db, tenant));
  reaches(db).set(tenant, known);
  return known;
};

/** Call it when the tenant's channels or routes have changed. */
export const forgetReach = (db: Db, tenant: string): void => {
  reaches(db).delete(tenant);
};
