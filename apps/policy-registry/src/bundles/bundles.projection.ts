import { actorKey, parseStream } from '@interlock/contracts';
import { positionText } from '@interlock/kernel';
import {
  bundleDecider,
  type BundleActivated,
  type BundleEvent,
  type BundleRolledBack,
  type CanaryPromoted,
} from '@interlock/policy';
import { defineProjection, foldRow, handlersFor, heldRows, type ProjectedEvent } from '@interlock/postgres';
import type { Transaction } from 'kysely';
import { bundlesTable } from '../migrations/0001-bundles.js';
import { bundlesRollout } from '../migrations/0002-bundles-rollout.js';
import { bundlesRows } from '../migrations/0003-bundles-rows.js';
import { bundleFold, type BundleStanding, type BundlesTable } from './bundle-row.js';

export type BundlesDatabase = { bundles: BundlesTable };
type Changes = Partial<BundleStanding>;

const rows = heldRows<BundlesDatabase, BundlesTable>('bundles', ['tenant_id', 'bundle_id']);
type RolloutOfBundles = BundleActivated | CanaryPromoted | BundleRolledBack;
type Followed = BundleEvent | RolloutOfBundles;
const rolloutTypes: readonly RolloutOfBundles['type'][] = [
  'BundleActivated',
  'CanaryPromoted',
  'BundleRolledBack',
];

/** Returns the bundles whose status the event changes, with the changes. */
const changesOf = (
  event: ProjectedEvent<RolloutOfBundles>,
): readonly (readonly [bundleId: string | null, changes: Changes])[] => {
  const by = actorKey(event.metadata.actor);
  const { occurred_at: at } = event.metadata;
  const scope = parseStream(event.stream)?.id ?? 'all';
  const full = { status: 'active', active: true, canary_pct: 100 };
  const out = { active: false, canary_pct: 0 };
  switch (event.type) {
    case 'BundleActivated': {
      const { bundle_id, canary_pct, approval_id, previous_bundle_id } = event.data;
      const begun = { activated_at: at, activated_by: by, approval_id, scope };
      if (canary_pct < 100) return [[bundle_id, { status: 'canary', active: false, canary_pct, ...begun }]];
      return [
        [previous_bundle_id, { ...out, status: 'superseded' }],
        [bundle_id, { ...full, ...begun }],
      ];
    }
    case 'CanaryPromoted': {
      const { bundle_id, to_pct, previous_bundle_id } = event.data;
      return to_pct < 100
        ? [[bundle_id, { canary_pct: to_pct }]]
        : [
            [previous_bundle_id, { ...out, status: 'superseded' }],
            [bundle_id, full],
          ];
    }
    case 'BundleRolledBack': {
      const { bundle_id, was, restored_bundle_id, withdrawn_canary_id, reason, trigger, incident_id } =
        event.data;
      const gone = { ...out, status: 'rolled_back', rollback: { at, by, reason, trigger, was, incident_id } };
      const restored: readonly (readonly [string | null, Changes])[] =
        was === 'canary' ? [] : [[restored_bundle_id, { ...full, activated_at: at, activated_by: by }]];
      return [[bundle_id, gone], [withdrawn_canary_id, gone], ...restored];
    }
  }
};

/** Returns the bundles whose rows the event changes. */
const bundlesOf = (event: ProjectedEvent<Followed>): readonly (string | null)[] =>
  event.type === 'BundleActivated' || event.type === 'CanaryPromoted' || event.type === 'BundleRolledBack'
    ? changesOf(event).map(([id]) => id)
    : [parseStream(event.stream)?.id ?? null];

const load = async (
  events: readonly ProjectedEvent<Followed>[],
  db: Transaction<BundlesDatabase>,
): Promise<void> => {
  await rows.load(
    db,
    events.flatMap((event) => {
      const stream = parseStream(event.stream);
      if (stream === undefined) return [];
      return bundlesOf(event).flatMap((id) =>
        id === null ? [] : [{ tenant_id: stream.tenant, bundle_id: id }],
      );
    }),
  );
};

const onBundle = (event: ProjectedEvent<BundleEvent>, db: Transaction<BundlesDatabase>): void => {
  const stream = parseStream(event.stream);
  if (stream === undefined) return;
  const key = { tenant_id: stream.tenant, bundle_id: stream.id };
  const row = rows.get(db, key);
  if (row !== undefined && BigInt(row.revision) >= event.revision) return;
  const after = foldRow(bundleFold, row, event);
  if (after !== undefined) rows.put(db, { ...after, ...key });
  else if (row !== undefined) rows.remove(db, key);
};

const onRollout = (event: ProjectedEvent<RolloutOfBundles>, db: Transaction<BundlesDatabase>): void => {
  const stream = parseStream(event.stream);
  if (stream === undefined) return;
  for (const [id, changes] of changesOf(event)) {
    const row = id === null ? undefined : rows.get(db, { tenant_id: stream.tenant, bundle_id: id });
    if (row !== undefined) rows.put(db, { ...row, ...changes, position: positionText(event.position) });
  }
};

/**
 * Sorts rows so that one that ceases to be active or canary is written before its successor. Only
 * one bundle can be each.
 */
const place = ({ active, status }: BundlesTable): number => (active ? 1 : status === 'canary' ? 2 : 0);

/**
 * Bundles as the API shows them: the rows from their own events (`bundle-row.ts`), with the changes
 * of the rollout.
 */
export const bundlesProjection = defineProjection<BundlesDatabase, Followed>({
  name: 'bundles',
  version: 3,
  prefixes: ['bundle-', 'rollout-'],
  migrations: [bundlesTable, bundlesRollout, bundlesRows],
  load,
  handlers: {
    ...handlersFor(bundleDecider.types, onBundle),
    ...handlersFor(rolloutTypes, onRollout),
  },
  flush: (db) => rows.flush(db, (a, b) => place(a) - place(b)),
});
