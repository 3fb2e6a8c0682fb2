import type { JsonObject } from '@interlock/contracts';
import { contentHash } from '@interlock/kernel';
import type { Condition } from '../condition/condition.js';

export const ruleEffects = ['allow', 'deny', 'needs_approval'] as const;
export type RuleEffect = (typeof ruleEffects)[number];

/** One rule of a bundle, as stored, with every default written out. */
export type RuleV1 = {
  readonly id: string;
  /** A name or `*`. */
  readonly agent: string;
  /** A registered action type or `*`. */
  readonly action: string;
  readonly effect: RuleEffect;
  /** A whole number; the rule with the highest is examined first. */
  readonly priority: number;
  readonly enabled: boolean;
  readonly conditions: readonly Condition[];
  readonly reason: string;
  readonly budget?: { readonly cost: number; readonly compute: number };
  /** How many people must approve if this rule's effect requires an approval: 1 or 2. */
  readonly approvals_required?: number;
  /** For a denial: the seconds after which the same request may be tried again. */
  readonly retry_after_s?: number;
};

/** A submitted rule, in which defaults may be absent. */
export type RuleInput = Pick<RuleV1, 'id' | 'agent' | 'action' | 'effect' | 'priority'> & {
  readonly enabled?: boolean;
  readonly conditions?: readonly Condition[];
  readonly reason?: string;
  readonly budget?: { readonly cost?: number; readonly compute?: number };
  readonly approvals_required?: number;
  readonly retry_after_s?: number;
};
/** A submitted bundle; `checkBundle` decides whether it is valid. */
export type BundleInput = {
  readonly version: string;
  readonly rules: readonly RuleInput[];
  readonly notes?: string;
  readonly metadata?: JsonObject;
  /** The team that owns the bundle. It is not part of the content. */
  readonly team?: string | null;
};

/** The content that a bundle's hash covers, and to which approvals are bound. */
export type BundleContent = {
  readonly version: string;
  readonly rules: readonly RuleV1[];
  readonly notes: string;
  readonly metadata: JsonObject;
};

/** A rule with its defaults written out. */
export const normalRule = (rule: RuleInput): RuleV1 => ({
  id: rule.id,
  agent: rule.agent,
  action: rule.action,
  effect: rule.effect,
  priority: rule.priority,
  enabled: rule.enabled ?? true,
  conditions: (rule.conditions ?? []).map(({ field, op, value }) => ({ field, op, value })),
  reason: rule.reason ?? '',
  ...(rule.budget === undefined
    ? {}
    : { budget: { cost: rule.budget.cost ?? 0, compute: rule.budget.compute ?? 0 } }),
  ...(rule.approvals_required === undefined ? {} : { approvals_required: rule.approvals_required }),
  ...(rule.retry_after_s === undefined ? {} : { retry_after_s: rule.retry_after_s }),
});

/** A checked bundle with every default written out. */
export const normalBundle = (input: BundleInput): BundleContent => ({
  version: input.version,
  rules: input.rules.map(normalRule),
  notes: input.notes ?? '',
  metadata: input.metadata ?? {},
});

/**
 * Returns the SHA-256 over version, rules, notes and metadata, as the log stores them. A person's
 * notes are sealed there, so the hash reveals nothing about them.
 */
export const bundleHash = ({ version, rules, notes, metadata }: BundleContent): string =>
  contentHash({ version, rules, notes, metadata });

const strictness: { readonly [effect in RuleEffect]: number } = { deny: 0, needs_approval: 1, allow: 2 };

/**
 * Compares rules in the order in which they are examined: highest priority first; then deny,
 * needs_approval, allow; then id by code units.
 */
export const compareRules = (a: RuleV1, b: RuleV1): number => {
  if (a.priority !== b.priority) return b.priority - a.priority;
  if (a.effect !== b.effect) return strictness[a.effect] - strictness[b.effect];
  if (a.id === b.id) return 0;
  return a.id < b.id ? -1 : 1;
};
