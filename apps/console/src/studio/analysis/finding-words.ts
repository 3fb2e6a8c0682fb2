import type { LintFinding, Witness } from '@interlock/policy';
import { plainValue } from '../../format.js';

export const severityLook = {
  error: { kind: 'red', glyph: 'oct' },
  warning: { kind: 'yellow', glyph: 'tri' },
  info: { kind: 'blue', glyph: 'dot' },
} as const;

const words: { readonly [C in LintFinding['check']]: string } = {
  duplicate_ids: 'Id used twice',
  missing_reasons: 'Reason too short',
  conflicts: 'Conflict',
  unreachable_rules: 'Unreachable',
  budget_sanity: 'Budget missing',
  invalid_conditions: 'Invalid condition',
  disabled_rules: 'Disabled',
  schema: 'Violates the schema',
  overridden: 'Overridden',
  never_matches: 'Never matches',
  invariants: 'Invariant broken',
  more_permissive: 'More permissive',
  undecided: 'Undetermined',
};
export const checkWord = (check: LintFinding['check']): string => words[check];

/** Describes a request in one line: its agent, its action and the relevant fields. */
export const witnessText = ({ agent, action, context }: Witness): string =>
  [
    agent,
    action,
    ...Object.entries(context)
      .filter(([field]) => field !== 'agent' && field !== 'action_type')
      .map(([field, value]) => `${field} ${plainValue(value, 40)}`),
  ].join(', ');

const ranks = { error: 0, warning: 1, info: 2 } as const;
/** Sorts findings by severity, then by position in the text. */
export const bySeverity = (findings: readonly LintFinding[]): readonly LintFinding[] =>
  findings.toSorted(
    (a, b) => ranks[a.severity] - ranks[b.severity] || a.line - b.line || a.column - b.column,
  );

/** Returns the next finding in the order of the text. After the last one comes the first. */
export const nextFinding = (
  findings: readonly LintFinding[],
  current: LintFinding | undefined,
): LintFinding | undefined => {
  const inText = findings.toSorted((a, b) => a.line - b.line || a.column - b.column);
  const at = current === undefined ? -1 : inText.findIndex((one) => sameFinding(one, current));
  return inText[(at + 1) % Math.max(1, inText.length)];
};

/**
 * Returns whether two findings are the same. Each analysis creates new objects, so their content is
 * compared.
 */
export const sameFinding = (a: LintFinding, b: LintFinding): boolean =>
  a.check === b.check && a.pointer === b.pointer && a.message === b.message;
