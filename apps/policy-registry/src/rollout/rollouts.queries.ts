import { Inject, Injectable } from '@nestjs/common';
import { EVENT_STORE } from '@interlock/platform';
import { ProblemError, type EventStore, type Position } from '@interlock/kernel';
import { allTenants, withTenant } from '@interlock/postgres';
import { shownRollout, type ShownRollout } from './rollout-row.js';
import type { RolloutsDatabase } from './rollouts.projection.js';
import { RolloutsRunner } from '../runners.js';

export type Stage = RolloutsDatabase['stages'];
export type OpenIncident = RolloutsDatabase['incidents'];
/**
 * A rollout from the read model, with the counts of its running stages and the tenant's open
 * incidents.
 */
export type RolloutNow = {
  readonly tenant_id: string;
  readonly scope: string;
  readonly state: ShownRollout;
  readonly stages: readonly Stage[];
  readonly incidents: readonly OpenIncident[];
};

/**
 * Queries on rollouts. Call `current` before evaluating gates, because counts that lag behind the
 * log prove nothing.
 */
@Injectable()
export class RolloutsQueries {
  constructor(
    private readonly runner: RolloutsRunner,
    @Inject(EVENT_STORE) private readonly store: EventStore,
  ) {}

  async atLeast(position: Position | null): Promise<void> {
    if (position !== null) await this.runner.waitFor(position);
  }

  /**
   * Waits for a limited time until everything now in the log is counted. Throws
   * `read-model-behind`.
   */
  async current(): Promise<void> {
    if (this.runner.state() !== 'following')
      throw new ProblemError('read-model-behind', 'the rollouts are not followed yet', {
        remedy: 'ask again after the time in `Retry-After`',
      });
    await this.atLeast(await this.store.head());
  }

  one(tenantId: string, scope: string): Promise<RolloutNow> {
    return withTenant(this.runner.db(), tenantId, async (db) => {
      const row = await db
        .selectFrom('rollouts')
        .selectAll()
        .where('tenant_id', '=', tenantId)
        .where('scope', '=', scope)
        .executeTakeFirst();
      const stages = await db
        .selectFrom('stages')
        .selectAll()
        .where('tenant_id', '=', tenantId)
        .where('scope', '=', scope)
        .where('ended', 'is', null)
        .execute();
      const incidents = await db
        .selectFrom('incidents')
        .selectAll()
        .where('tenant_id', '=', tenantId)
        .orderBy('opened_at', 'desc')
        .orderBy('incident_id')
        .limit(200)
        .execute();
      return { tenant_id: tenantId, scope, state: shownRollout(row), stages, incidents };
    });
  }

  /**
   * Returns the rollouts in which something may become due, because a canary runs or policies are
   * bypassed. With `incidents`, it also returns the rollouts of tenants with an open incident.
   */
  async watched(
    incidents: boolean,
  ): Promise<readonly { readonly tenant_id: string; readonly scope: string }[]> {
    return withTenant(this.runner.db(), allTenants, (db) =>
      db
        .selectFrom('rollouts')
        .select(['tenant_id', 'scope'])
        .where((where) =>
          where.or([
            where('busy', '=', true),
            ...(incidents
              ? [
                  where.exists(
                    where
                      .selectFrom('incidents')
                      .select('incidents.incident_id')
                      .whereRef('incidents.tenant_id', '=', 'rollouts.tenant_id'),
                  ),
                ]
              : []),
          ]),
        )
        .execute(),
    );
  }
}
