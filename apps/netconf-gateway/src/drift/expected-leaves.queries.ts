import type { Position } from '@interlock/kernel';
import { withTenant, type ProjectionRunner } from '@interlock/postgres';
import type { ExpectedLeaf } from '@interlock/network';
import type { ExpectedDatabase } from './expected-leaves.projection.js';

/** An expected leaf, with the position of the event that set it. */
export type RecordedLeaf = ExpectedLeaf & { readonly position: string };

/**
 * Queries of the leaves that Interlock changed. Row security in the database bounds them by tenant
 * too.
 */
export class ExpectedLeaves {
  constructor(private readonly runner: Pick<ProjectionRunner<ExpectedDatabase>, 'db' | 'waitFor'>) {}

  /** Returns a device's leaves by their paths, as of a position or later. */
  async of(tenantId: string, deviceId: string, position: Position): Promise<readonly RecordedLeaf[]> {
    await this.runner.waitFor(position);
    return this.leaves(tenantId, deviceId);
  }

  leaves(tenantId: string, deviceId: string): Promise<readonly RecordedLeaf[]> {
    return withTenant(this.runner.db(), tenantId, (db) =>
      db
        .selectFrom('expected_leaves')
        .select(['path', 'binding', 'value', 'action_id', 'position'])
        .where('tenant_id', '=', tenantId)
        .where('device_id', '=', deviceId)
        .orderBy('binding')
        .orderBy('path')
        .execute(),
    );
  }
}
