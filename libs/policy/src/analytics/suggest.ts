import type { Condition } from '../condition/condition.js';
import type { RuleEffect, RuleV1 } from '../rules/rule.js';
import { compareVersions, nextVersion } from '../rules/semver.js';

/**
 * The outcome of an action with people and devices. `risk_score` and `affected_entity_count` are
 * those of its evaluation, null if unknown.
 */
export type ObservedAction = {
  readonly agent: string;
  readonly action_type: string;
  readonly risk_score: number | null;
  readonly affected_entity_count: number | null;
  /**
   * The ids of the events that record it; null if it did not happen. `failed`: it was rolled back,
   * or the rollback failed too.
   */
  readonly approved: string | null;
  readonly rejected: string | null;
  readonly denied: string | null;
  readonly completed: string | null;
  readonly failed: string | null;
  readonly incident: string | null;
};

/** The thresholds for a suggestion, over the actions of one agent and type in the period. */
export type SuggestionThresholds = {
  /** For allow: the least approvals by people, without any rejection, failure or incident. */
  readonly approvals: number;
  /**
   * For deny: the least rejections by people; `rejected_pct` is their least share of all decisions.
   */
  readonly rejections: number;
  readonly rejected_pct: number;
  /**
   * For needs_approval: the least failures or incidents; `incidents_pct` is their least share of
   * the executions.
   */
  readonly incidents: number;
  readonly incidents_pct: number;
};
export const suggestionThresholds: SuggestionThresholds = {
  approvals: 20,
  rejections: 5,
  rejected_pct: 80,
  incidents: 3,
  incidents_pct: 10,
};

export type SuggestionKind = 'approvals' | 'denials' | 'incidents';
/** A rule that somebody may copy into a draft. It never becomes active by itself. */
export type Suggestion = {
  readonly kind: SuggestionKind;
  readonly agent: string;
  readonly action_type: string;
  readonly rule: RuleV1;
  readonly because: string;
  readonly evidence: {
    readonly approved: number;
    readonly rejected: number;
    readonly denied_by_policy: number;
    readonly executed: number;
    readonly failed: number;
    readonly incidents: number;
    /** The events that it is based on, latest first, at most 100. */
    readonly event_ids: readonly string[];
  };
};

const mostEvents = 100;
type Group = {
  readonly agent: string;
  readonly action_type: string;
  readonly actions: readonly ObservedAction[];
};

const grouped = (actions: readonly ObservedAction[]): Group[] => {
  const groups = new Map<string, ObservedAction[]>();
  for (const action of actions) {
    const key = `${action.agent}\n${action.action_type}`;
    const group = groups.get(key) ?? [];
    group.push(action);
    groups.set(key, group);
  }
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, of]) => ({ agent: key.split('\n')[0]!, action_type: key.split('\n')[1]!, actions: of }));
};

/**
 * Returns conditions that limit the rule to what people approved: a bound for each figure that
 * every approved action had.
 */
const boundsOf = (actions: readonly ObservedAction[]): Condition[] =>
  (['risk_score', 'affected_entity_count'] as const).flatMap((field) => {
    const values = actions.map((action) => action[field]);
    return values.every((value) => value !== null)
      ? [{ field, op: '<=' as const, value: values.reduce((most, value) => Math.max(most, value), 0) }]
      : [];
  });

const governs = (rule: RuleV1, { agent, action_type }: Group): boolean =>
  rule.enabled && [agent, '*'].includes(rule.agent) && [action_type, '*'].includes(rule.action);

const least = -1_000_000;
const most = 1_000_000;

/**
 * Returns the rule's priority. An allow rule is placed above the rules that ask, and never above a
 * deny rule. Stricter rules are placed above all rules for the same requests.
 */
const priorityOf = (effect: RuleEffect, group: Group, active: readonly RuleV1[]): number => {
  const governing = active.filter((rule) => governs(rule, group));
  const above = (rules: readonly RuleV1[]): number =>
    rules.reduce((highest, { priority }) => Math.max(highest, priority + 1), 100);
  if (effect !== 'allow') return Math.min(most, above(governing));
  const denies = governing.filter((rule) => rule.effect === 'deny').map(({ priority }) => priority - 1);
  return Math.max(
    least,
    Math.min(most, above(governing.filter((rule) => rule.effect !== 'deny')), ...denies),
  );
};

const ids = (events: readonly (string | null)[]): string[] =>
  events.filter((id) => id !== null).slice(0, mostEvents);

const suggestion = (
  kind: SuggestionKind,
  effect: RuleEffect,
  group: Group,
  active: readonly RuleV1[],
  because: string,
  events: readonly (string | null)[],
  conditions: readonly Condition[],
): Suggestion => {
  const { agent, action_type, actions } = group;
  const count = (of: (action: ObservedAction) => unknown): number =>
    actions.filter((action) => of(action) !== null && of(action) !== false).length;
  const rule: RuleV1 = {
    id: `suggested-${kind}:${agent}:${action_type}`.replaceAll('*', 'any').slice(0, 128),
    agent,
    action: action_type,
    effect,
    priority: priorityOf(effect, group, active),
    enabled: true,
    conditions,
    reason: because,
    ...(effect === 'needs_approval' ? { budget: { cost: 1, compute: 0 }, approvals_required: 1 } : {}),
  } as RuleV1;
  return {
    kind,
    agent,
    action_type,
    rule,
    because,
    evidence: {
      approved: count(({ approved }) => approved),
      rejected: count(({ rejected }) => rejected),
      denied_by_policy: count(({ denied }) => denied),
      executed: count(({ completed, failed }) => completed ?? failed),
      failed: count(({ failed }) => failed),
      incidents: count(({ incident }) => incident),
      event_ids: ids(events),
    },
  };
};

/**
 * Returns rules that follow from repeated outcomes, at most one for each agent, action type and
 * kind. Rules that the active bundle has (by id) are left out. `actions` come latest first.
 * Deterministic.
 */
export const suggestRules = (
  actions: readonly ObservedAction[],
  active: readonly RuleV1[],
  thresholds: SuggestionThresholds = suggestionThresholds,
): readonly Suggestion[] =>
  grouped(actions).flatMap((group): Suggestion[] => {
    const { agent, action_type } = group;
    const about = `\`${action_type}\` of \`${agent}\``;
    const approved = group.actions.filter((action) => action.approved !== null);
    const rejected = group.actions.filter((action) => action.rejected !== null);
    const executed = group.actions.filter(({ completed, failed }) => completed !== null || failed !== null);
    const troubled = group.actions.filter(({ failed, incident }) => failed !== null || incident !== null);
    const asked = new Set([...approved, ...rejected]).size;
    const found: Suggestion[] = [];
    if (approved.length >= thresholds.approvals && rejected.length === 0 && troubled.length === 0) {
      found.push(
        suggestion(
          'approvals',
          'allow',
          group,
          active,
          `People approved ${about} ${approved.length} times and never rejected it, and none failed`,
          approved.map((action) => action.approved),
          boundsOf(approved),
        ),
      );
    }
    if (
      rejected.length >= thresholds.rejections &&
      100 * rejected.length >= thresholds.rejected_pct * asked
    ) {
      found.push(
        suggestion(
          'denials',
          'deny',
          group,
          active,
          `People rejected ${about} ${rejected.length} times of ${asked}`,
          rejected.map((action) => action.rejected),
          [],
        ),
      );
    }
    if (
      troubled.length >= thresholds.incidents &&
      100 * troubled.length >= thresholds.incidents_pct * executed.length
    ) {
      found.push(
        suggestion(
          'incidents',
          'needs_approval',
          group,
          active,
          `${troubled.length} of ${executed.length} executions of ${about} failed or opened an incident`,
          troubled.map(({ incident, failed }) => incident ?? failed),
          [],
        ),
      );
    }
    return found.filter(({ rule }) => active.every(({ id }) => id !== rule.id));
  });

/**
 * Returns the next version after the highest of `versions`: a major one for a rule that permits
 * more, else a minor one.
 */
export const versionForSuggestion = (versions: readonly string[], effect: RuleEffect): string =>
  nextVersion(
    versions.reduce((highest, one) => (compareVersions(one, highest) > 0 ? one : highest), '0.0.0'),
    effect === 'allow' ? 'major' : 'minor',
  );
