import { PageQuery } from '@interlock/platform';
import type { PolicyUseDto } from './policies-answers.dto.js';
import { Injectable } from '@nestjs/common';
import type { MatchedPolicy } from '@interlock/contracts';
import { ProblemError, type Position } from '@interlock/kernel';
import { comparePolicies, type FieldChange, type PolicyV1 } from '@interlock/policy';
import { iso, tablePages, withTenant, type Page } from '@interlock/postgres';
import { sql } from 'kysely';
import type { ListPoliciesQuery } from './policies.dto.js';
import { EvaluationsRunner, PoliciesRunner } from '../runners.js';

export type PolicyView = PolicyV1 & {
  readonly created_at: string;
  readonly created_by: string;
  readonly updated_at: string;
  readonly updated_by: string;
  readonly revision: string;
  readonly position: string;
};

const policyPages = tablePages('policies', 'desc', { created_at: 'timestamptz', policy_id: 'text' });
const versionPages = tablePages('policy-versions', 'desc', { version: 'integer' });
const usePages = tablePages('policy-uses', 'desc', { at: 'timestamptz', evaluation_id: 'uuid' });

/**
 * Queries on policies, their versions and their evaluations. The database also limits each to one
 * tenant.
 */
@Injectable()
export class PoliciesQueries {
  constructor(
    private readonly policies: PoliciesRunner,
    private readonly evaluations: EvaluationsRunner,
  ) {}

  /**
   * Waits for a limited time until the policies include the position. Throws `read-model-behind` if
   * they do not.
   */
  async atLeast(position: Position | null): Promise<void> {
    if (position !== null) await this.policies.waitFor(position);
  }

  async list(tenantId: string, query: ListPoliciesQuery): Promise<Page<PolicyView>> {
    const page = await withTenant(this.policies.db(), tenantId, (db) => {
      let select = db.selectFrom('policies').selectAll().where('tenant_id', '=', tenantId);
      if (query.status !== undefined) select = select.where('status', '=', query.status);
      return policyPages.read(select, query);
    });
    return { items: page.items.map(policyView), next: page.next };
  }

  /** Throws `not-found`. */
  async one(tenantId: string, policyId: string): Promise<PolicyView> {
    const row = await withTenant(this.policies.db(), tenantId, (db) =>
      db
        .selectFrom('policies')
        .selectAll()
        .where('tenant_id', '=', tenantId)
        .where('policy_id', '=', policyId)
        .executeTakeFirst(),
    );
    if (row === undefined)
      throw new ProblemError('not-found', `there is no policy \`${policyId.slice(0, 64)}\``);
    return policyView(row);
  }

  /** Returns every version, newest first. Throws `not-found`. */
  async versions(tenantId: string, policyId: string, query: PageQuery): Promise<Page<PolicyVersionView>> {
    const page = await withTenant(this.policies.db(), tenantId, (db) =>
      versionPages.read(
        db
          .selectFrom('policy_versions')
          .selectAll()
          .where('tenant_id', '=', tenantId)
          .where('policy_id', '=', policyId),
        query,
      ),
    );
    if (page.items.length === 0 && query.cursor === undefined)
      throw new ProblemError('not-found', `there is no policy \`${policyId.slice(0, 64)}\``);
    return { items: page.items.map(versionView), next: page.next };
  }

  /** Returns one version. Throws `not-found`. */
  async version(tenantId: string, policyId: string, version: string): Promise<PolicyVersionView> {
    const number = /^[1-9]\d{0,8}$/.test(version) ? Number(version) : 0;
    const row = await withTenant(this.policies.db(), tenantId, (db) =>
      db
        .selectFrom('policy_versions')
        .selectAll()
        .where('tenant_id', '=', tenantId)
        .where('policy_id', '=', policyId)
        .where('version', '=', number)
        .executeTakeFirst(),
    );
    if (row === undefined)
      throw new ProblemError(
        'not-found',
        `there is no version \`${version.slice(0, 64)}\` of a policy \`${policyId.slice(0, 64)}\``,
      );
    return versionView(row);
  }

  /** Returns the differences between two versions, field by field. Throws `not-found`. */
  async compare(
    tenantId: string,
    policyId: string,
    from: string,
    to: string,
  ): Promise<{
    readonly from: PolicyVersionView;
    readonly to: PolicyVersionView;
    readonly changes: readonly FieldChange[];
  }> {
    const [before, after] = [
      await this.version(tenantId, policyId, from),
      await this.version(tenantId, policyId, to),
    ];
    return { from: before, to: after, changes: comparePolicies(before, after) };
  }

  /**
   * Returns the evaluations that used a policy, newest first. Throws `not-found` for an unknown
   * policy.
   */
  async auditTrail(
    tenantId: string,
    policyId: string,
    query: PageQuery,
    position: Position | null,
  ): Promise<Page<PolicyUseDto>> {
    if (position !== null) await this.evaluations.waitFor(position);
    await this.one(tenantId, policyId);
    const page = await withTenant(this.evaluations.db(), tenantId, (db) =>
      usePages.read(
        db
          .selectFrom('evaluations')
          .selectAll()
          .where('tenant_id', '=', tenantId)
          .where(sql<boolean>`policy_ids @> array[${policyId}]::text[]`),
        query,
      ),
    );
    return {
      next: page.next,
      items: page.items.map(
        ({ tenant_id: _, policy_ids: _ids, input: _input, recorded_at: _recorded, matched, at, ...row }) => {
          const own = (matched as readonly MatchedPolicy[]).find((policy) => policy.policy_id === policyId);
          return { ...row, at: iso(at), matched: own !== undefined, policy_version: own?.version ?? null };
        },
      ),
    };
  }
}

export type PolicyVersionView = PolicyV1 & {
  readonly changed: readonly string[];
  readonly restored_version: number | null;
  readonly made_at: string;
  readonly made_by: string;
};

const versionView = (row: {
  readonly detail: PolicyV1;
  readonly changed: readonly string[];
  readonly restored_version: number | null;
  readonly made_at: string | Date;
  readonly made_by: string;
}): PolicyVersionView => ({
  ...row.detail,
  changed: row.changed,
  restored_version: row.restored_version,
  made_at: iso(row.made_at),
  made_by: row.made_by,
});

type Row = {
  detail: string | PolicyV1;
  created_at: string | Date;
  created_by: string;
  updated_at: string | Date;
  updated_by: string;
  revision: string;
  position: string;
};

const policyView = (row: Row): PolicyView => ({
  ...(row.detail as PolicyV1),
  created_at: iso(row.created_at),
  created_by: row.created_by,
  updated_at: iso(row.updated_at),
  updated_by: row.updated_by,
  revision: row.revision,
  position: row.position,
});
