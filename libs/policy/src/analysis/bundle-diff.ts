import type { JsonValue } from '@interlock/contracts';
import { sameJson } from '@interlock/kernel';
import { changedDecisions, type ChangedDecision } from './difference.js';
import type { World } from './space.js';
import { DecisionPair, isLooser } from './decision-search.js';
import type { BundleContent, RuleV1 } from '../rules/rule.js';

/** One field that differs; null if one of the bundles lacks it. */
export type FieldChange = { readonly field: string; readonly from: JsonValue; readonly to: JsonValue };
/**
 * The differences between two bundles, word for word: rule ids in the bundle's order, and the
 * changes of rules that both have.
 */
export type BundleDiff = {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly modified: readonly string[];
  readonly unchanged: readonly string[];
  readonly changes: readonly { readonly rule_id: string; readonly fields: readonly FieldChange[] }[];
  readonly added_rules: readonly RuleV1[];
  readonly removed_rules: readonly RuleV1[];
  /** The differences in notes and metadata. */
  readonly fields: readonly FieldChange[];
};

/** Returns the members that differ, in order. Both sides must be plain JSON. */
export const changedFields = (from: object, to: object): readonly FieldChange[] => {
  const [a, b] = [
    from as { readonly [name: string]: JsonValue | undefined },
    to as { readonly [name: string]: JsonValue | undefined },
  ];
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return names
    .filter((name) => !sameJson(a[name] ?? null, b[name] ?? null))
    .map((name) => ({ field: name, from: a[name] ?? null, to: b[name] ?? null }));
};

/** Compares two bundles word for word. Rules are matched by their ids. */
export const diffBundles = (from: BundleContent, to: BundleContent): BundleDiff => {
  const before = new Map(from.rules.map((rule) => [rule.id, rule]));
  const after = new Set(to.rules.map(({ id }) => id));
  const removed = from.rules.filter(({ id }) => !after.has(id));
  const added = to.rules.filter(({ id }) => !before.has(id));
  const both = to.rules
    .filter(({ id }) => before.has(id))
    .map((rule) => ({ rule_id: rule.id, fields: changedFields(before.get(rule.id)!, rule) }));
  const changes = both.filter(({ fields }) => fields.length > 0);
  return {
    added: added.map(({ id }) => id),
    removed: removed.map(({ id }) => id),
    modified: changes.map(({ rule_id: id }) => id),
    unchanged: both.filter(({ fields }) => fields.length === 0).map(({ rule_id: id }) => id),
    changes,
    added_rules: added,
    removed_rules: removed,
    fields: changedFields(
      { notes: from.notes, metadata: from.metadata },
      { notes: to.notes, metadata: to.metadata },
    ),
  };
};

/** Whether such requests exist; undecided if the analysis would take too long. */
type Finding = 'yes' | 'no' | 'undecided';
/** The differences in meaning. */
export type SemanticDiff = {
  /** Whether any request is decided differently. */
  readonly changed: Finding;
  /** Whether some requests are decided more loosely; `more_restrictive`: more strictly. */
  readonly more_permissive: Finding;
  readonly more_restrictive: Finding;
  /**
   * Requests that show the difference: one for each rule that only one bundle has and each kind of
   * change.
   */
  readonly examples: readonly ChangedDecision[];
  readonly truncated: boolean;
};

const orUndecided = <T>(find: () => T): T | 'undecided' => {
  try {
    return find();
  } catch (error) {
    if (error instanceof RangeError) return 'undecided';
    throw error;
  }
};

/**
 * Finds the requests whose decision changes, by analysis. `no` is exact, over all requests that
 * have every field that their action declares.
 */
export const semanticDiff = (
  before: readonly RuleV1[],
  after: readonly RuleV1[],
  world: World,
  limit = 100,
): SemanticDiff => {
  const found = orUndecided(() => changedDecisions(before, after, world));
  if (found !== 'undecided' && found.length === 0)
    return { changed: 'no', more_permissive: 'no', more_restrictive: 'no', examples: [], truncated: false };
  let pair: DecisionPair | undefined;
  const way = (
    looser: boolean,
  ): { readonly finding: Finding; readonly example: ChangedDecision | undefined } => {
    const known =
      found === 'undecided'
        ? undefined
        : found.find(({ from, to }) => (looser ? isLooser(to, from) : isLooser(from, to)));
    // INVARIANT: the examples may be incomplete, so each `no` needs its own search.
    const one =
      known ??
      orUndecided(() =>
        (pair ??= new DecisionPair(before, after, world)).change((from, to) =>
          looser ? isLooser(to, from) : isLooser(from, to),
        ),
      );
    return one === 'undecided'
      ? { finding: 'undecided', example: undefined }
      : { finding: one === undefined ? 'no' : 'yes', example: known === undefined ? one : undefined };
  };
  const [looser, stricter] = [way(true), way(false)];
  const all = [
    ...(found === 'undecided' ? [] : found),
    ...[looser.example, stricter.example].filter((one) => one !== undefined),
  ];
  return {
    changed: all.length > 0 ? 'yes' : 'undecided',
    more_permissive: looser.finding,
    more_restrictive: stricter.finding,
    examples: all.slice(0, limit),
    truncated: all.length > limit,
  };
};
