import { CommandHandler, ProblemError, type EventStore, type Position } from '@interlock/kernel';
import { backoff } from '@interlock/platform';
import { bundleDecider, bundleHash, bundleStream, compilePolicies, rolloutDecider, rolloutStream, RuleIndex, type CompiledPolicies, type PolicyV1 } from '@interlock/policy';
import { maxLimit } from '@interlock/postgres';
import type { PoliciesQueries } from '../policies.queries.js';

/** A tenant's bundle that is active; null: none. */
export type ActiveRules = { readonly bundle_hash: string; readonly rules: RuleIndex } | null;

/** What decides for a tenant now: its active bundle and its policies, as the log has them. */
export class TenantRules {
  readonly #bundles;
  readonly #rollouts;

  constructor(store: EventStore, private readonly policies: PoliciesQueries) {
    this.#bundles = new CommandHandler(store, bundleDecider, { backoff });
    this.#rollouts = new CommandHandler(store, rolloutDecider, { backoff });
  }

  /** A team's, where it has one, else the whole tenant's. Throws `internal-error` where the active bundle is not what was activated. */
  async active(tenantId: string, team: string | null = null): Promise<ActiveRules> {
    const { state: { active } } = await this.#rollouts.load(rolloutStream(tenantId, team ?? undefined));
    if (active === null) return team === null ? null : this.active(tenantId);
    const { state } = await this.#bundles.load(bundleStream(tenantId, active.bundle_id));
    if (state.status !== 'released' || bundleHash(state.content) !== active.bundle_hash) throw new ProblemError('internal-error', `the active bundle \`${active.bundle_version}\` is not what was activated`);
    return { bundle_hash: active.bundle_hash, rules: new RuleIndex(state.content.rules) };
  }

  /** The active policies, as of a position at least. Throws `read-model-behind`. */
  async guardrails(tenantId: string, position: Position | null): Promise<CompiledPolicies> {
    await this.policies.atLeast(position);
    const all: PolicyV1[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: { readonly items: readonly PolicyV1[]; readonly next: string | null } = await this.policies.list(tenantId, { status: 'active', limit: `${maxLimit}`, ...(cursor === '' ? {} : { cursor }) });
      all.push(...page.items);
      cursor = page.next;
    }
    return compilePolicies(all);
  }
}
