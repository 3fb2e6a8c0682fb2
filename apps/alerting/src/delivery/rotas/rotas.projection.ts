import { parseStream } from '@interlock/contracts';
import { evolveRecorded, type RecordedEvent } from '@interlock/kernel';
import { rotaDecider, type RotaEvent } from '@interlock/notify';
import type { Transaction } from 'kysely';
import type { DeliveriesDatabase } from '../deliveries.tables.js';
import { forgetReach } from '../reach.js';

/** The types of a rota's events, which all change its row. */
export const rotaTypes = rotaDecider.types as readonly RotaEvent['type'][];

/** Folds an event into its rota's row. */
export const rotaChanged = async (
  event: RecordedEvent,
  db: Transaction<DeliveriesDatabase>,
): Promise<void> => {
  const of = parseStream(event.stream);
  if (of === undefined) return;
  const { tenant: tenant_id, id: rota_id } = of;
  const before = await db
    .selectFrom('rotas')
    .select('state')
    .where('tenant_id', '=', tenant_id)
    .where('rota_id', '=', rota_id)
    .executeTakeFirst();
  const row = {
    state: JSON.stringify(evolveRecorded(rotaDecider, before?.state ?? rotaDecider.initial, event)) as never,
    updated_at: event.metadata.occurred_at,
    revision: `${event.revision}`,
  };
  forgetReach(db, tenant_id);
  await db
    .insertInto('rotas')
    .values({ tenant_id, rota_id, ...row })
    .onConflict((on) => on.columns(['tenant_id', 'rota_id']).doUpdateSet(row))
    .execute();
};
