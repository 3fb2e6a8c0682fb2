import type { Transaction } from 'kysely';
import type { DeliveriesDatabase } from './deliveries.tables.js';

/** Returns a tenant's deliveries, with the attempts in progress. */
export const deliveryRows = (db: Transaction<DeliveriesDatabase>, tenantId: string) =>
  db
    .selectFrom('deliveries as d')
    .leftJoin('_claims as c', (on) =>
      on
        .onRef('c.tenant_id', '=', 'd.tenant_id')
        .onRef('c.channel_id', '=', 'd.channel_id')
        .onRef('c.dedup_key', '=', 'd.dedup_key'),
    )
    .selectAll('d')
    .select(['c.attempts as tried', 'c.next_at', 'c.last_detail'])
    .where('d.tenant_id', '=', tenantId);
