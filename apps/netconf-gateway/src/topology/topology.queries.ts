import type { Position } from '@interlock/kernel';
import {
  decodeCursor,
  iso,
  keysetPage,
  pageLimit,
  withTenant,
  type Page,
  type ProjectionRunner,
} from '@interlock/postgres';
import type { Device } from '@interlock/network';
import type { TopologyDatabase } from './topology.projection.js';

export type TopologyFilter = {
  readonly site_id?: string;
  readonly limit?: string;
  readonly cursor?: string;
};

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
  async devices(tenantId: string, at: string | null, filter: TopologyFilter): Promise<Page<PlacedDevice>> {
    const limit = pageLimit(filter.limit);
    const rows = await this.#at(tenantId, at, { ...filter, limit: limit + 1 });
    return keysetPage(rows, limit, ({ device_id }) => [device_id]);
  }

  /** Returns all devices that are registered at a time, or now, by their ids. */
  all(tenantId: string, at: string | null): Promise<readonly PlacedDevice[]> {
    return this.#at(tenantId, at, {});
  }

  async #at(
    tenantId: string,
    at: string | null,
    filter: { readonly site_id?: string; readonly limit?: number; readonly cursor?: string },
  ): Promise<PlacedDevice[]> {
    const rows = await withTenant(this.runner.db(), tenantId, (db) => {
      let select = db
        .selectFrom('topology_devices')
        .select(['device_id', 'site_id', 'profile', 'cells', 'since', 'until'])
        .where('tenant_id', '=', tenantId);
      // Without a time, the clock plays no part: a writer's may be ahead of this one.
      select =
        at === null
          ? select.where('until', 'is', null)
          : select
              .where('since', '<=', new Date(at))
              .where((where) => where.or([where('until', 'is', null), where('until', '>', new Date(at))]));
      if (filter.site_id !== undefined) select = select.where('site_id', '=', filter.site_id);
      if (filter.cursor !== undefined)
        select = select.where('device_id', '>', String(decodeCursor(filter.cursor, 1)[0]));
      select = select.orderBy('device_id');
      return (filter.limit === undefined ? select : select.limit(filter.limit)).execute();
    });
    return rows.map(placed);
  }
}

const placed = ({
  since,
  until,
  ...device
}: Omit<PlacedDevice, 'since' | 'until'> & {
  readonly since: Date;
  readonly until: Date | null;
}): PlacedDevice => ({ ...device, since: iso(since), until: until === null ? null : iso(until) });
