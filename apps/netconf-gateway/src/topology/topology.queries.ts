import type { Position } from '@interlock/kernel';
import {
  iso,
  tablePages,
  withTenant,
  type Page,
  type PageAsked,
  type ProjectionRunner,
} from '@interlock/postgres';
import type { Transaction } from 'kysely';
import type { Device } from '@interlock/network';
import type { TopologyDatabase } from './topology.projection.js';

/** A device's place in the network, and the time during which it holds. */
export type PlacedDevice = Pick<Device, 'device_id' | 'site_id' | 'profile' | 'cells'> & {
  readonly since: string;
  readonly until: string | null;
};

/** Queries of the topology at a time. Row security in the database bounds them by tenant too. */
export class TopologyQueries {
  constructor(private readonly runner: Pick<ProjectionRunner<TopologyDatabase>, 'db' | 'waitFor'>) {}

  async atLeast(position: Position | null): Promise<void> {
    if (position !== null) await this.runner.waitFor(position);
  }

  /** Returns a page of the devices that are registered at a time, or now, by their ids. */
  async devices(
    tenantId: string,
    at: string | null,
    { site_id, ...asked }: PageAsked & { readonly site_id?: string },
  ): Promise<Page<PlacedDevice>> {
    const { items, next } = await withTenant(this.runner.db(), tenantId, (db) => {
      const select = registered(db, tenantId, at);
      return byId.read(site_id === undefined ? select : select.where('site_id', '=', site_id), asked);
    });
    return { items: items.map(placed), next };
  }

  /** Returns all devices that are registered at a time, or now, by their ids. */
  async all(tenantId: string, at: string | null): Promise<readonly PlacedDevice[]> {
    const rows = await withTenant(this.runner.db(), tenantId, (db) =>
      registered(db, tenantId, at).orderBy('device_id').execute(),
    );
    return rows.map(placed);
  }
}

const byId = tablePages('topology', 'asc', { device_id: 'text' });

const registered = (db: Transaction<TopologyDatabase>, tenantId: string, at: string | null) => {
  const select = db
    .selectFrom('topology_devices')
    .select(['device_id', 'site_id', 'profile', 'cells', 'since', 'until'])
    .where('tenant_id', '=', tenantId);
  // Without a time, the clock plays no part: a writer's may be ahead of this one.
  return at === null
    ? select.where('until', 'is', null)
    : select
        .where('since', '<=', new Date(at))
        .where((where) => where.or([where('until', 'is', null), where('until', '>', new Date(at))]));
};

const placed = ({
  since,
  until,
  ...device
}: Omit<PlacedDevice, 'since' | 'until'> & {
  readonly since: Date;
  readonly until: Date | null;
}): PlacedDevice => ({ ...device, since: iso(since), until: until === null ? null : iso(until) });
