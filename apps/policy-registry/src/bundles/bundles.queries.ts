import { Injectable } from '@nestjs/common';
import { ProblemError, type Position } from '@interlock/kernel';
import type { ActiveBundle } from '@interlock/policy';
import { tablePages, withTenant, iso, type Page } from '@interlock/postgres';
import type { BundleDto, DecidingBundlesDto } from './bundles-answers.dto.js';
import type { ListBundlesQuery } from './bundles.dto.js';
import { shownBundle, type BundleRollback, type BundlesTable, type ShownBundle } from './bundle-row.js';
import { isUuid } from './present.js';
import { BundlesRunner } from '../runners.js';

type Rollout =
  | (Pick<ActiveBundle, 'activated_at' | 'activated_by' | 'approval_id' | 'canary_pct'> & {
      readonly rollback?: BundleRollback | null;
    })
  | null;

/** A bundle as the API shows it. */
export const bundleView = (
  state: ShownBundle,
  status: string,
  rollout: Rollout,
  at: { readonly revision: string; readonly position: string | null },
): BundleDto => ({
  id: state.bundle_id,
  version: state.content.version,
  status,
  active: status === 'active',
  rules: state.content.rules,
  notes: state.content.notes,
  metadata: state.content.metadata,
  bundle_hash: state.bundle_hash,
  created_by: state.created_by,
  created_at: state.created_at,
  source: state.source,
  source_signature: state.source_signature ?? null,
  canary_pct: rollout?.canary_pct ?? 0,
  activated_at: rollout?.activated_at ?? null,
  activated_by: rollout?.activated_by ?? null,
  approval_id: rollout?.approval_id ?? null,
  approvals: state.approvals,
  team: state.team ?? null,
  cloned_from: state.cloned_from ?? null,
  rollback: rollout?.rollback ?? null,
  ...at,
});

/** The teams whose bundles a token may see; null means all bundles. */
export type Visible = readonly string[] | null;

const newestFirst = tablePages('bundles', 'desc', { created_at: 'timestamptz', bundle_id: 'uuid' });

/** Queries on bundles. The database also limits each to one tenant. */
@Injectable()
export class BundlesQueries {
  constructor(private readonly runner: BundlesRunner) {}

  async atLeast(position: Position | null): Promise<void> {
    if (position !== null) await this.runner.waitFor(position);
  }

  async list(tenantId: string, query: ListBundlesQuery, visible: Visible): Promise<Page<BundleDto>> {
    const page = await withTenant(this.runner.db(), tenantId, (db) => {
      let select = db.selectFrom('bundles').selectAll().where('tenant_id', '=', tenantId);
      if (query.status !== undefined) select = select.where('status', '=', query.status);
      if (visible !== null) select = select.where('team', 'in', visible);
      if (query.team !== undefined) select = select.where('team', '=', query.team);
      if (query.active_only === 'true' || query.active_only === '1')
        select = select.where('active', '=', true);
      return newestFirst.read(select, query);
    });
    return { items: page.items.map(rowView), next: page.next };
  }

  /** Throws `not-found`. */
  async byId(
    tenantId: string,
    bundleId: string,
    visible: Visible,
  ): Promise<{ readonly view: BundleDto; readonly revision: string }> {
    const row = !isUuid(bundleId) ? undefined : await this.#first(tenantId, 'bundle_id', bundleId);
    return found(seen(row, visible), `there is no bundle \`${bundleId.slice(0, 64)}\``);
  }

  /** Throws `not-found`. */
  async byVersion(
    tenantId: string,
    version: string,
    visible: Visible,
  ): Promise<{ readonly view: BundleDto; readonly revision: string }> {
    return found(
      seen(await this.#first(tenantId, 'version', version), visible),
      `there is no bundle of version \`${version.slice(0, 64)}\``,
    );
  }

  /**
   * Returns the active bundle and the canary of a team, or of the whole tenant (null). Each is null
   * if there is none.
   */
  async active(tenantId: string, team: string | null): Promise<DecidingBundlesDto> {
    const rows = await this.#deciding(tenantId, team);
    const view = (status: string): BundleDto | null => {
      const row = rows.find((one) => one.status === status);
      return row === undefined ? null : rowView(row);
    };
    return { active: view('active'), canary: view('canary') };
  }

  /**
   * Returns every version of a tenant across its teams, because a version identifies one bundle.
   */
  async versions(tenantId: string): Promise<readonly string[]> {
    const rows = await withTenant(this.runner.db(), tenantId, (db) =>
      db.selectFrom('bundles').select('version').where('tenant_id', '=', tenantId).execute(),
    );
    return rows.map(({ version }) => version);
  }

  #deciding(tenantId: string, team: string | null): Promise<readonly BundlesTable[]> {
    return withTenant(this.runner.db(), tenantId, (db) =>
      db
        .selectFrom('bundles')
        .selectAll()
        .where('tenant_id', '=', tenantId)
        .where('status', 'in', ['active', 'canary'])
        .where('team', 'is not distinct from', team)
        .execute(),
    );
  }

  #first(
    tenantId: string,
    column: 'bundle_id' | 'version',
    value: string,
  ): Promise<BundlesTable | undefined> {
    return withTenant(this.runner.db(), tenantId, (db) =>
      db
        .selectFrom('bundles')
        .selectAll()
        .where('tenant_id', '=', tenantId)
        .where(column, '=', value)
        .executeTakeFirst(),
    );
  }
}

/** Returns the row if it is visible. */
const seen = (row: BundlesTable | undefined, visible: Visible): BundlesTable | undefined =>
  row !== undefined && (visible === null || visible.includes(row.team ?? '')) ? row : undefined;

const found = (
  row: BundlesTable | undefined,
  otherwise: string,
): { readonly view: BundleDto; readonly revision: string } => {
  if (row === undefined) throw new ProblemError('not-found', otherwise);
  return { view: rowView(row), revision: row.revision };
};

const rowView = (row: BundlesTable): BundleDto => {
  const rollout =
    row.activated_at === null || row.activated_by === null || row.approval_id === null
      ? null
      : {
          activated_at: iso(row.activated_at),
          activated_by: row.activated_by,
          approval_id: row.approval_id,
          canary_pct: row.canary_pct,
          rollback: row.rollback,
        };
  return bundleView(shownBundle(row), row.status, rollout, {
    revision: row.revision,
    position: row.position,
  });
};
