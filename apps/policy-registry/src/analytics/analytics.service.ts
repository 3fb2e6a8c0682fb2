import type {
  AnalyticsDto,
  HoursDto,
  RuleHitsDto,
  TurnaroundDto,
  UngovernedDto,
} from './analytics-answers.dto.js';
import { Injectable } from '@nestjs/common';
import { ProblemError, uuidV5, type CommandContext } from '@interlock/kernel';
import type { Principal } from '@interlock/platform';
import {
  bundleStream,
  lifecyclesOf,
  measured,
  msToRollback,
  percentage,
  quantile,
  suggestionThresholds,
  suggestRules,
  versionForSuggestion,
  within,
  type BundleChange,
  type BundleLifecycle,
  type Period,
  type RuleV1,
  type Suggestion,
} from '@interlock/policy';
import { AnalyticsQueries, type Covered, type RuleDay } from './analytics.queries.js';
import { plainNotes } from '../bundles/bundle-notes.js';
import { BundlesService, type WrittenBundle } from '../bundles/bundles.service.js';
import { BundleHandler } from '../handlers.js';
import { RolloutsQueries } from '../rollout/rollouts.queries.js';

const scope = 'all';
const hour = 3_600_000;
const minute = 60_000;
export type IdentifiedSuggestion = Suggestion & {
  readonly id: string;
  /** The version of the draft made from it; null if there is no such draft any longer. */
  readonly drafted_version: string | null;
};

const hours = (from: string | null, to: string | null): number[] =>
  from === null || to === null ? [] : [Math.max(0, Date.parse(to) - Date.parse(from)) / hour];
const inMinutes = (ms: number | null): number | null => (ms === null ? null : ms / minute);
const spread = (values: readonly number[]): HoursDto => ({
  count: values.length,
  median_h: quantile(values, 0.5),
  p90_h: quantile(values, 0.9),
});
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const counts = (names: readonly string[]): { readonly [name: string]: number } =>
  Object.fromEntries(
    [...new Set(names)].sort().map((name) => [name, names.filter((one) => one === name).length]),
  );

const turnaround = (lifecycles: readonly BundleLifecycle[], period: Period): TurnaroundDto => {
  const activated = lifecycles.filter(({ activated_at }) => within(period, activated_at));
  return {
    draft_to_approval: spread(
      activated.flatMap(({ drafted_at, approved_at }) => hours(drafted_at, approved_at)),
    ),
    approval_to_activation: spread(
      activated.flatMap(({ approved_at, activated_at }) => hours(approved_at, activated_at)),
    ),
    draft_to_activation: spread(
      activated.flatMap(({ drafted_at, activated_at }) => hours(drafted_at, activated_at)),
    ),
  };
};

const rulesOf = (days: readonly RuleDay[]): readonly RuleHitsDto[] => {
  const rules = new Map<string, RuleDay[]>();
  for (const day of days) {
    const name = `${day.bundle_id} ${day.rule_id}`;
    const of = rules.get(name) ?? [];
    of.push(day);
    rules.set(name, of);
  }
  return [...rules.values()].map((of) => ({
    bundle_version: of[0]!.bundle_version,
    rule_id: of[0]!.rule_id,
    hits: sum(of.map(({ hits }) => hits)),
    decisions: Object.fromEntries(
      [...new Set(of.map(({ decision }) => decision))]
        .sort()
        .map((decision) => [
          decision,
          sum(of.filter((one) => one.decision === decision).map(({ hits }) => hits)),
        ]),
    ),
    by_day: [...new Set(of.map(({ on_day }) => on_day))]
      .sort()
      .map((day) => ({ day, hits: sum(of.filter((one) => one.on_day === day).map(({ hits }) => hits)) })),
  }));
};

const ungoverned = (covered: readonly Covered[]): readonly UngovernedDto[] =>
  covered
    .filter(({ evaluations, governed }) => governed < evaluations)
    .map(({ agent, action_type, evaluations, governed }) => ({
      agent,
      action_type,
      evaluations,
      ungoverned: evaluations - governed,
    }));

/** The results of bundles and rollouts, and the requests that no rule covers. */
@Injectable()
export class AnalyticsService {
  constructor(
    private readonly bundles: BundleHandler,
    private readonly queries: AnalyticsQueries,
    private readonly rollouts: RolloutsQueries,
    private readonly drafts: BundlesService,
  ) {}

  async analytics(tenantId: string, period: Period): Promise<AnalyticsDto> {
    const [changes, covered, byDay, ruleDays, { state }] = await Promise.all([
      this.queries.changes(tenantId),
      this.queries.coverage(tenantId, period),
      this.queries.decisionsByDay(tenantId, period),
      this.queries.ruleDays(tenantId, period),
      this.rollouts.one(tenantId, scope),
    ]);
    const lifecycles = lifecyclesOf(changes);
    const activated = lifecycles.filter(({ activated_at }) => within(period, activated_at));
    const rolledBack = lifecycles.filter(({ rolled_back }) => within(period, rolled_back?.at ?? null));
    const failed = rolledBack.filter(({ canary, rolled_back }) => canary && rolled_back?.was === 'canary');
    const passed = lifecycles.filter(({ canary, passed_at }) => canary && within(period, passed_at));
    const times = (
      await Promise.all(
        rolledBack.map((lifecycle) =>
          this.#msToRollback(tenantId, lifecycle, state.settings.critical.error_rate_pct),
        ),
      )
    ).filter((value) => value !== null);
    const evaluations = sum(covered.map((one) => one.evaluations));
    const governed = sum(covered.map((one) => one.governed));
    const thrown = activated.filter(({ rolled_back }) => rolled_back !== null).length;
    const active = state.active === null ? null : await this.#active(tenantId, state.active.bundle_id);
    return {
      ...period,
      targets: {
        rolled_back_pct: measured('rolled_back_pct', percentage(thrown, activated.length)),
        canaries_passing_pct: measured(
          'canaries_passing_pct',
          percentage(passed.length, passed.length + failed.length),
        ),
        coverage_pct: measured('coverage_pct', percentage(governed, evaluations)),
        mttr_min: measured('mttr_min', times.length === 0 ? null : sum(times) / (minute * times.length)),
      },
      rollbacks: {
        activated: activated.length,
        rolled_back: rolledBack.length,
        share_pct: percentage(thrown, activated.length),
        by_trigger: counts(rolledBack.map(({ rolled_back }) => rolled_back!.trigger)),
        minutes: {
          timed: times.length,
          median: inMinutes(quantile(times, 0.5)),
          longest: inMinutes(quantile(times, 1)),
        },
      },
      canaries: { passed: passed.length, rolled_back: failed.length, running: state.canary === null ? 0 : 1 },
      approval_turnaround: turnaround(lifecycles, period),
      coverage: { evaluations, governed, ungoverned: ungoverned(covered) },
      decisions: [...new Set(byDay.map(({ on_day }) => on_day))].map((day) => {
        const own = byDay.filter((one) => one.on_day === day);
        return Object.assign(
          { day },
          Object.fromEntries(own.map(({ decision, decisions }) => [decision, decisions])),
        );
      }),
      rules: rulesOf(ruleDays),
      active:
        active === null
          ? null
          : { bundle_id: active.bundle_id, version: active.version, never_hit: active.neverHit },
    };
  }

  /**
   * Returns suggested rules with the evidence from answers and incidents in the period. It creates
   * no draft.
   */
  async suggestions(tenantId: string, period: Period): Promise<readonly IdentifiedSuggestion[]> {
    const [observed, changes, { state }] = await Promise.all([
      this.queries.observed(tenantId, period),
      this.queries.changes(tenantId),
      this.rollouts.one(tenantId, scope),
    ]);
    const rules = state.active === null ? [] : await this.#rules(tenantId, state.active.bundle_id);
    return suggestRules(observed, rules).map((suggestion) => {
      const id = uuidV5('suggestion', tenantId, suggestion.kind, suggestion.agent, suggestion.action_type);
      return { id, ...suggestion, drafted_version: draftOf(changes, id) };
    });
  }

  /**
   * Creates a draft of the active bundle's rules plus the suggested one. It is approved, activated
   * and rolled out like any bundle. Throws `not-found`, or `already-exists` if a draft of the
   * suggestion exists.
   */
  async draft(
    tenantId: string,
    id: string,
    period: Period,
    principal: Pick<Principal, 'teams'>,
    context: CommandContext,
  ): Promise<WrittenBundle> {
    const suggestion = (await this.suggestions(tenantId, period)).find((one) => one.id === id);
    if (suggestion === undefined)
      throw new ProblemError('not-found', `there is no suggestion \`${id.slice(0, 64)}\``);
    const [changes, { state }] = await Promise.all([
      this.queries.changes(tenantId),
      this.rollouts.one(tenantId, scope),
    ]);
    const rules = state.active === null ? [] : await this.#rules(tenantId, state.active.bundle_id);
    const { kind, agent, action_type, rule, because, drafted_version } = suggestion;
    const version =
      drafted_version ??
      versionForSuggestion(
        changes.filter(({ type }) => type === 'BundleCreated').map(({ bundle_version }) => bundle_version),
        rule.effect,
      );
    return this.drafts.create(
      tenantId,
      {
        version,
        rules: [...rules, rule],
        notes: because,
        metadata: { suggestion: { id, kind, agent, action_type } },
      },
      plainNotes,
      principal,
      context,
    );
  }

  thresholds(): typeof suggestionThresholds {
    return suggestionThresholds;
  }

  async #msToRollback(
    tenantId: string,
    lifecycle: BundleLifecycle,
    limitPct: number,
  ): Promise<number | null> {
    const { activated_at: from, rolled_back: out } = lifecycle;
    return from === null || out === null
      ? null
      : msToRollback(
          lifecycle,
          await this.queries.executions(tenantId, lifecycle.bundle_id, from, out.at),
          limitPct,
        );
  }

  async #active(
    tenantId: string,
    bundleId: string,
  ): Promise<{ readonly bundle_id: string; readonly version: string; readonly neverHit: readonly string[] }> {
    const { state } = await this.bundles.load(bundleStream(tenantId, bundleId));
    if (state.status === 'none') throw new ProblemError('internal-error', 'the active bundle has no stream');
    const hit = await this.queries.rulesHit(tenantId, bundleId);
    return {
      bundle_id: bundleId,
      version: state.content.version,
      neverHit: state.content.rules.filter(({ id, enabled }) => enabled && !hit.has(id)).map(({ id }) => id),
    };
  }

  async #rules(tenantId: string, bundleId: string): Promise<readonly RuleV1[]> {
    const { state } = await this.bundles.load(bundleStream(tenantId, bundleId));
    return state.status === 'none' ? [] : state.content.rules;
  }
}

/**
 * Returns the version last drafted from a suggestion while it is a draft; null if it was deleted or
 * released.
 */
const draftOf = (changes: readonly BundleChange[], id: string): string | null => {
  const made = changes.findLast(({ type, data }) => type === 'BundleCreated' && data['suggestion'] === id);
  if (made === undefined) return null;
  const later = changes
    .slice(changes.indexOf(made) + 1)
    .filter(({ bundle_id }) => bundle_id === made.bundle_id);
  return later.some(({ type }) => type === 'BundleDeleted' || type === 'BundleReleased')
    ? null
    : made.bundle_version;
};
