import type { JsonValue } from '@interlock/contracts';
import type { Witness } from '../analysis/space.js';
import type { Place } from './source.js';

/**
 * The seven basic checks, the findings of the exact analysis, and the checks that a tenant adds.
 */
export const lintChecks = [
  'duplicate_ids',
  'missing_reasons',
  'conflicts',
  'unreachable_rules',
  'budget_sanity',
  'invalid_conditions',
  'disabled_rules',
  'schema',
  'overridden',
  'never_matches',
  'invariants',
  'more_permissive',
  'undecided',
] as const;
export type LintCheck = (typeof lintChecks)[number];
export type LintSeverity = 'error' | 'warning' | 'info';

/** One step of a JSON Patch (RFC 6902) on the bundle as it was submitted. */
export type PatchStep =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: JsonValue }
  | { readonly op: 'remove'; readonly path: string };

/**
 * A check's finding: its rules, its place in the submitted text, a request that shows it, and a fix
 * that removes the finding from the text.
 */
export type LintFinding = Place & {
  readonly check: LintCheck;
  readonly severity: LintSeverity;
  readonly rule_ids: readonly string[];
  readonly message: string;
  readonly pointer: string;
  readonly suggestion: { readonly text: string; readonly patch: readonly PatchStep[] };
  readonly witness: Witness | null;
};
export type FindingDraft = Omit<LintFinding, 'line' | 'column' | 'witness'> &
  Partial<Pick<LintFinding, 'witness'>>;
