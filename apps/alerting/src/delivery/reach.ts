import { reachOf as reachOfChannel } from '@interlock/contracts';
import { defaultRoutes, type Reach } from '@interlock/notify';
import { perBatch } from '@interlock/postgres';
import type { Transaction } from 'kysely';
import type { ChannelTable, DeliveriesDatabase, RotaTable, RouteTable } from './deliveries.tables.js';

type Db = Transaction<DeliveriesDatabase>;

const reaches = perBatch<DeliveriesDatabase, Map<string, Reach>>(() => new Map());

/** Builds a tenant's reach, i.e. where its notices may go, from its rows. */
export const reachFrom = (
  channels: readonly Pick<ChannelTable, 'channel_id' | 'settings'>[],
  route: Pick<RouteTable, 'routes' | 'critical_to'> | undefined,
  rotas: readonly Pick<RotaTable, 'rota_id' | 'state'>[],
): Reach => ({
  routes: route?.routes ?? defaultRoutes,
  critical_to: route?.critical_to ?? 'everyone',
  channels: channels.map(({ channel_id }) => channel_id),
  people: channels
    .filter(({ settings }) => reachOfChannel(settings) === 'people')
    .map(({ channel_id }) => channel_id),
  rotas: Object.fromEntries(rotas.map(({ rota_id, state }) => [rota_id, state])),
});

/** Reads a tenant's reach from the database. */
export const readReach = async (db: Db, tenant: string): Promise<Reach> => {
  const channels = await db
    .selectFrom('channels')
    .select(['channel_id', 'settings'])
    .where('tenant_id', '=', tenant)
    .orderBy('channel_id')
    .execute();
  const route = await db
    .selectFrom('routes')
    .select(['routes', 'critical_to'])
    .where('tenant_id', '=', tenant)
    .executeTakeFirst();
  const rotas = await db
    .selectFrom('rotas')
    .select(['rota_id', 'state'])
    .where('tenant_id', '=', tenant)
    .execute();
  return reachFrom(channels, route, rotas);
};

/** Returns a tenant's reach. It is read once per batch, and again after `forgetReach`. */
export const reachOf = async (db: Db, tenant: string): Promise<Reach> => {
  const known = reaches(db).get(tenant) ?? (await readReach(db, tenant));
  reaches(db).set(tenant, known);
  return known;
};

/** Drops the cached reach. Call it when the tenant's channels, routes or rotas have changed. */
export const forgetReach = (db: Db, tenant: string): void => {
  reaches(db).delete(tenant);
};
