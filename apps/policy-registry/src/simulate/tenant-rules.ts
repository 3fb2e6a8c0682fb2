import { Injectable } from '@nestjs/common';
import { ProblemError, type Position } from '@interlock/kernel';
import {
  bundleHash,
  bundleStream,
  compilePolicies,
  rolloutStream,
  routeForTeam,
  RuleIndex,
  type CompiledPolicies,
  type RecordedInput,
} from '@interlock/policy';
import { maxLimit } from '@interlock/postgres';
import { BundleHandler, RolloutHandler } from '../handlers.js';
import { PoliciesQueries, type PolicyView } from '../policies/policies.queries.js';
import { TeamsService } from '../teams/teams.service.js';

/** A tenant's active bundle; null if there is none. */
export type ActiveRules = { readonly bundle_hash: string; readonly rules: RuleIndex } | null;

/** Returns whether a recorded request belongs to a certain set of requests. */
export type Concerns = (input: RecordedInput) => boolean;

const accountOf = ({ context: { account_id: id } }: RecordedInput): string | undefined =>
  typeof id === 'string' ? id : undefined;

/** The rules that decide for a tenant now: its active bundle from the log, and its policies. */
@Injectable()
export class TenantRules {
  constructor(
    private readonly bundles: BundleHandler,
    private readonly rollouts: RolloutHandler,
    private readonly policies: PoliciesQueries,
    private readonly teams: TeamsService,
  ) {}

  /**
   * Returns the team's active bundle if it has one, or else the tenant's. Throws `internal-error`
   * if the content differs from the activated one.
   */
  async active(tenantId: string, team: string | null = null): Promise<ActiveRules> {
    const {
      state: { active },
    } = await this.rollouts.load(rolloutStream(tenantId, team ?? undefined));
    if (active === null) return team === null ? null : this.active(tenantId);
    const { state } = await this.bundles.load(bundleStream(tenantId, active.bundle_id));
    if (state.status !== 'released' || bundleHash(state.content) !== active.bundle_hash)
      throw new ProblemError(
        'internal-error',
        `the active bundle \`${active.bundle_version}\` is not what was activated`,
      );
    return { bundle_hash: active.bundle_hash, rules: new RuleIndex(state.content.rules) };
  }

  /** Returns the active policies, at the given position or later. Throws `read-model-behind`. */
  async guardrails(tenantId: string, position: Position | null): Promise<CompiledPolicies> {
    return compilePolicies(await this.activePolicies(tenantId, position));
  }

  /** Returns the same policies in their written form. */
  async activePolicies(tenantId: string, position: Position | null): Promise<readonly PolicyView[]> {
    await this.policies.atLeast(position);
    const all: PolicyView[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: { readonly items: readonly PolicyView[]; readonly next: string | null } =
        await this.policies.list(tenantId, {
          status: 'active',
          limit: maxLimit,
          ...(cursor === '' ? {} : { cursor }),
        });
      all.push(...page.items);
      cursor = page.next;
    }
    return all;
  }

  /**
   * Returns which requests a bundle of a team, or of the whole tenant (null), decides once it is
   * active. The tenant's bundle does not decide for a team with its own.
   */
  async governed(tenantId: string, team: string | null): Promise<Concerns> {
    const teamOf = await this.teams.membership(tenantId);
    if (team !== null) return (input) => teamOf(input.agent, accountOf(input)) === team;
    const { state: everyone } = await this.rollouts.load(rolloutStream(tenantId));
    const own = new Set<string>();
    for (const { team_id: id } of await this.teams.list(tenantId, null, null)) {
      const { state } = await this.rollouts.load(rolloutStream(tenantId, id));
      if (routeForTeam({ ...everyone, bypass: null }, state, tenantId, undefined).byTeam) own.add(id);
    }
    return (input) => {
      const of = teamOf(input.agent, accountOf(input));
      return of === null || !own.has(of);
    };
  }

  /** Returns which requests belong to the teams of a token; null teams means all requests. */
  async visible(tenantId: string, teams: readonly string[] | null): Promise<Concerns> {
    if (teams === null) return () => true;
    const teamOf = await this.teams.membership(tenantId);
    return (input) => teams.includes(teamOf(input.agent, accountOf(input)) ?? '');
  }
}
