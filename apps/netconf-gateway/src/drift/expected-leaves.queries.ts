import type { Position } from '@interlock/kernel';
import { withTenant, type ProjectionRunner } from '@interlock/postgres';
import type { ExpectedLeaf } from '@interlock/network';
import type { ExpectedDatabase } from './expected-leaves.projection.js';

/** An expected leaf, with the position of the event that made it so. */
export type RecordedLeaf = ExpectedLeaf & { readonly position: string };

/** The leaves that Interlock changed, bounded by tenant in the database too. */
export class ExpectedLeaves {
  constructor(private readonly runner: Pick<ProjectionRunner<ExpectedDatabase>, 'db' | 'waitFor'>) {}

  /** A device's leaves as the log has them at a position or later, by their paths. */
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
