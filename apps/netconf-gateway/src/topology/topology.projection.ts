import { parseStream } from '@interlock/contracts';
import { sameJson } from '@interlock/kernel';
import type { Device, DeviceEvent } from '@interlock/network';
import { defineProjection, type ProjectedEvent } from '@interlock/postgres';
import type { ColumnType, Transaction } from 'kysely';
import { topologyTables } from '../migrations/0001-topology.js';

type Cells = Device['cells'];

type TopologyTable = {
  tenant_id: string;
  device_id: string;
  revision: string;
  since: ColumnType<Date, string, never>;
  until: ColumnType<Date | null, string | null, string>;
  site_id: string;
  profile: string;
  cells: ColumnType<Cells, string, never>;
};
export type TopologyDatabase = { topology_devices: TopologyTable };

type Db = Transaction<TopologyDatabase>;
type Followed = Extract<
  DeviceEvent,
  { readonly type: 'DeviceRegistered' | 'DeviceUpdated' | 'DeviceRemoved' }
>;
type Of<Type extends Followed['type']> = ProjectedEvent<Extract<Followed, { readonly type: Type }>>;

const end = (event: ProjectedEvent<Followed>, db: Db): Promise<unknown> =>
  db
    .updateTable('topology_devices')
    .set({ until: event.metadata.occurred_at })
    .where('tenant_id', '=', parseStream(event.stream)!.tenant)
    .where('device_id', '=', event.data.device_id)
    .where('until', 'is', null)
    .execute();

/** Begins a version of the device if its place in the network has changed. */
const place = async (event: Of<'DeviceRegistered' | 'DeviceUpdated'>, db: Db): Promise<void> => {
  const { device_id, site_id, profile, cells } = event.data;
  const tenant_id = parseStream(event.stream)!.tenant;
  const now = await db
    .selectFrom('topology_devices')
    .select(['site_id', 'profile', 'cells'])
    .where('tenant_id', '=', tenant_id)
    .where('device_id', '=', device_id)
    .where('until', 'is', null)
    .executeTakeFirst();
  if (now !== undefined && sameJson(now, { site_id, profile, cells })) return;
  await end(event, db);
  await db
    .insertInto('topology_devices')
    .values({
      tenant_id,
      device_id,
      revision: `${event.revision}`,
      since: event.metadata.occurred_at,
      until: null,
      site_id,
      profile,
      cells: JSON.stringify(cells),
    })
    .execute();
};

/** The place of each device in the network, with its history. */
export const topologyProjection = defineProjection<TopologyDatabase, Followed>({
  name: 'topology',
  version: 1,
  prefixes: ['device-'],
  migrations: [topologyTables],
  handlers: { DeviceRegistered: place, DeviceUpdated: place, DeviceRemoved: end },
});
