import { parseStream } from '@interlock/contracts';
import { positionText, type Recorded, type RecordedEvent } from '@interlock/kernel';
import { bundleDecider, rolloutDecider, type BundleEvent, type BundleState, type RolloutEvent } from '@interlock/policy';
import { defineProjection } from '@interlock/postgres';
import type { Transaction } from 'kysely';
import { bundlesTable } from './migrations/0001-bundles.js';

export type BundlesTable = {
  tenant_id: string; bundle_id: string; version: string; status: string; active: boolean; canary_pct: number; activated_at: string | Date | null; activated_by: string | null;
  approval_id: string | null; detail: string | BundleState; created_at: string | Date; updated_at: string | Date; revision: string; position: string;
};
export type BundlesDatabase = { bundles: BundlesTable };

const onBundle = async (event: RecordedEvent, db: Transaction<BundlesDatabase>): Promise<void> => {
  const stream = parseStream(event.stream);
  if (stream === undefined) return;
  const row = await db.selectFrom('bundles').select(['detail', 'revision']).where('tenant_id', '=', stream.tenant).where('bundle_id', '=', stream.id).executeTakeFirst();
  if (row !== undefined && BigInt(row.revision) >= event.revision) return;
  const state = bundleDecider.evolve((row?.detail as BundleState | undefined) ?? bundleDecider.initial, event as unknown as Recorded<BundleEvent>);
  if (state.status === 'none') return;
  if (state.status === 'deleted') {
    await db.deleteFrom('bundles').where('tenant_id', '=', stream.tenant).where('bundle_id', '=', stream.id).execute();
    return;
  }
  const changing = { detail: JSON.stringify(state), updated_at: event.metadata.occurred_at, revision: `${event.revision}`, position: positionText(event.position) };
  await db.insertInto('bundles').values({
    tenant_id: stream.tenant, bundle_id: stream.id, version: state.content.version, status: 'draft', active: false, canary_pct: 0,
    activated_at: null, activated_by: null, approval_id: null, created_at: state.created_at, ...changing,
  }).onConflict((conflict) => conflict.columns(['tenant_id', 'bundle_id']).doUpdateSet(changing)).execute();
};

const onActivated = async (event: RecordedEvent, db: Transaction<BundlesDatabase>): Promise<void> => {
  const stream = parseStream(event.stream);
  if (stream === undefined) return;
  const { active } = rolloutDecider.evolve(rolloutDecider.initial, event as unknown as Recorded<RolloutEvent>);
  if (active === null) return;
  const position = positionText(event.position);
  await db.updateTable('bundles').set({ active: false, status: 'superseded', canary_pct: 0, position })
    .where('tenant_id', '=', stream.tenant).where('active', '=', true).where('bundle_id', '<>', active.bundle_id).execute();
  await db.updateTable('bundles').set({
    active: true, status: 'active', canary_pct: active.canary_pct, activated_at: active.activated_at, activated_by: active.activated_by, approval_id: active.approval_id, position,
  }).where('tenant_id', '=', stream.tenant).where('bundle_id', '=', active.bundle_id).execute();
};

/** Bundles as they stand, folded by the decider's own `evolve`, and which of them is active. */
export const bundlesProjection = defineProjection<BundlesDatabase>({
  name: 'bundles', version: 1, prefixes: ['bundle-', 'rollout-'], migrations: [bundlesTable],
  handlers: { ...Object.fromEntries(bundleDecider.types.map((type) => [type, onBundle])), BundleActivated: onActivated },
});
