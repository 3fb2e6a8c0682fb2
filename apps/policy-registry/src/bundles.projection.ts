import { parseStream } from '@interlock/contracts';
import { positionText, type Recorded, type RecordedEvent } from '@interlock/kernel';
import { bundleDecider, rolloutDecider, type BundleEvent, type BundleState, type RolloutEvent } from '@interlock/policy';
import { defineProjection, heldRows } from '@interlock/postgres';
import { sql, type Transaction } from 'kysely';
import { bundlesTable } from './migrations/0001-bundles.js';

export type BundlesTable = {
  tenant_id: string; bundle_id: string; version: string; status: string; active: boolean; canary_pct: number; activated_at: string | Date | null; activated_by: string | null;
  approval_id: string | null; detail: BundleState; created_at: string | Date; updated_at: string | Date; revision: string; position: string;
};
export type BundlesDatabase = { bundles: BundlesTable };

const rows = heldRows<BundlesDatabase, BundlesTable>('bundles', ['tenant_id', 'bundle_id']);
type Activated = { readonly tenant: string; readonly bundleId: string };

const activation = (event: RecordedEvent): (Activated & { readonly active: NonNullable<typeof rolloutDecider.initial.active> }) | undefined => {
  const stream = parseStream(event.stream);
  const { active } = rolloutDecider.evolve(rolloutDecider.initial, event as unknown as Recorded<RolloutEvent>);
  return stream === undefined || active === null ? undefined : { tenant: stream.tenant, bundleId: active.bundle_id, active };
};

const load = async (events: readonly RecordedEvent[], db: Transaction<BundlesDatabase>): Promise<void> => {
  const activations = events.filter(({ type }) => type === 'BundleActivated').flatMap((event) => activation(event) ?? []);
  const own = events.filter(({ type }) => type !== 'BundleActivated').flatMap(({ stream }) => parseStream(stream) ?? []);
  const keys = [...own.map(({ tenant, id }) => ({ tenant_id: tenant, bundle_id: id })), ...activations.map(({ tenant, bundleId }) => ({ tenant_id: tenant, bundle_id: bundleId }))];
  await rows.load(db, keys, activations.length === 0 ? undefined : sql`(active and tenant_id = any (${activations.map(({ tenant }) => tenant)}::text[]))`);
};

const onBundle = (event: RecordedEvent, db: Transaction<BundlesDatabase>): void => {
  const stream = parseStream(event.stream);
  if (stream === undefined) return;
  const key = { tenant_id: stream.tenant, bundle_id: stream.id };
  const row = rows.get(db, key);
  if (row !== undefined && BigInt(row.revision) >= event.revision) return;
  const state = bundleDecider.evolve(row?.detail ?? bundleDecider.initial, event as unknown as Recorded<BundleEvent>);
  if (state.status === 'none') return;
  if (state.status === 'deleted') {
    rows.remove(db, key);
    return;
  }
  const made = { ...key, version: state.content.version, status: 'draft', active: false, canary_pct: 0, activated_at: null, activated_by: null, approval_id: null, created_at: state.created_at };
  rows.put(db, { ...(row ?? made), detail: state, updated_at: event.metadata.occurred_at, revision: `${event.revision}`, position: positionText(event.position) });
};

const onActivated = (event: RecordedEvent, db: Transaction<BundlesDatabase>): void => {
  const found = activation(event);
  if (found === undefined) return;
  const { tenant, bundleId, active } = found;
  const position = positionText(event.position);
  for (const row of rows.all(db)) {
    if (row.tenant_id === tenant && row.active && row.bundle_id !== bundleId) rows.put(db, { ...row, active: false, status: 'superseded', canary_pct: 0, position });
  }
  const row = rows.get(db, { tenant_id: tenant, bundle_id: bundleId });
  if (row !== undefined) {
    rows.put(db, { ...row, active: true, status: 'active', canary_pct: active.canary_pct, activated_at: active.activated_at, activated_by: active.activated_by, approval_id: active.approval_id, position });
  }
};

/** Bundles as they stand, folded by the decider's own `evolve`, and which of them is active. */
export const bundlesProjection = defineProjection<BundlesDatabase>({
  name: 'bundles', version: 1, prefixes: ['bundle-', 'rollout-'], migrations: [bundlesTable],
  load,
  handlers: { ...Object.fromEntries(bundleDecider.types.map((type) => [type, onBundle])), BundleActivated: onActivated },
  // One bundle of a tenant is active: the one that was gives way first.
  flush: (db) => rows.flush(db, (a, b) => Number(a.active) - Number(b.active)),
});
