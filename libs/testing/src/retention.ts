import { randomUUID } from 'node:crypto';
import type { PlanRetentionAnswer, RetentionDays, RetentionOwner, Timestamp } from '@interlock/contracts';
import { RpcClient } from '@interlock/jetstream';
import { removedBefore, retentionStream, testMetadata } from '@interlock/kernel';
import type { Parts } from './parts.js';

/** Old rows in a service's read models, and the retention under which they are removed. */
export const underRetention = (parts: Parts, owner: RetentionOwner, tenant = 'demo') => {
  const query = async (statement: string): Promise<readonly { readonly [column: string]: unknown }[]> => {
    const client = await parts.postgres.pool.connect();
    try {
      await client.query(`begin; select set_config('app.tenant_id', '_all', true)`);
      const { rows } = await client.query<{ readonly [column: string]: unknown }>(statement);
      await client.query('commit');
      return rows;
    } finally {
      client.release();
    }
  };
  /** What the service says it would remove and cut, at a time. */
  const planned = (
    days: RetentionDays,
    now: Timestamp = new Date().toISOString(),
  ): Promise<PlanRetentionAnswer> =>
    new RpcClient(parts.connection, { caller: 'safety-rails', deadlineMs: 30_000 }).call(
      `${owner}.plan_retention`,
      { tenant_id: tenant, before: removedBefore(days, now) },
    );
  return {
    /** Runs a statement that sees the rows of every tenant. */
    query,
    /** Writes the tenant's policy as safety-rails does. */
    keep: async (days: RetentionDays): Promise<void> => {
      await parts.log.store.append(
        retentionStream(tenant),
        [
          {
            id: randomUUID(),
            type: 'RetentionSet',
            data: { days, reason: 'test' },
            metadata: { ...testMetadata(), tenant_id: tenant },
          },
        ],
        'any',
      );
    },
    /** What the service says it would remove. */
    plan: async (days: RetentionDays): Promise<PlanRetentionAnswer['removals']> =>
      (await planned(days)).removals,
    planned,
  };
};
