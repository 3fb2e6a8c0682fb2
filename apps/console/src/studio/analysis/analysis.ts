import type { ActionTypeV1 } from '@interlock/contracts';
import {
  bundleViolations,
  compilePolicies,
  diffBundles,
  fieldCatalogue,
  lintBundle,
  normalBundle,
  readColumns,
  semanticDiff,
  WhatIf,
  worldOf,
  type BundleDiff,
  type BundleInput,
  type FieldCatalogue,
  type Invariant,
  type LintReport,
  type LintSettings,
  type PolicyV1,
  type RecordedColumns,
  type RuleV1,
  type SemanticDiff,
  type WhatIfReport,
} from '@interlock/policy';

/** The tenant's data that the analysis needs beside the draft. The server's lint uses the same. */
export type Surroundings = {
  readonly actionTypes: readonly ActionTypeV1[];
  readonly invariants: readonly Invariant[];
  readonly severities: LintSettings['severities'];
  readonly previous: { readonly version: string; readonly rules: readonly RuleV1[] } | null;
};
export type Decisions = {
  readonly columns: RecordedColumns;
  readonly policies: readonly PolicyV1[];
  readonly active: readonly RuleV1[] | null;
};
export type DiffReport = { readonly textual: BundleDiff; readonly semantic: SemanticDiff };

export type Question =
  | { readonly kind: 'surroundings'; readonly surroundings: Surroundings }
  | { readonly kind: 'decisions'; readonly decisions: Decisions }
  | { readonly kind: 'lint'; readonly revision: number; readonly text: string }
  | { readonly kind: 'whatIf'; readonly revision: number; readonly text: string }
  | { readonly kind: 'diff'; readonly revision: number; readonly before: string; readonly after: string };
export type Answer =
  | { readonly kind: 'ready'; readonly of: 'surroundings' | 'decisions' }
  | { readonly kind: 'lint'; readonly revision: number; readonly report: LintReport }
  | { readonly kind: 'whatIf'; readonly revision: number; readonly report: WhatIfReport; readonly ms: number }
  | { readonly kind: 'diff'; readonly revision: number; readonly report: DiffReport }
  /** The analysis cannot evaluate or compare the text, with the reason in words. */
  | {
      readonly kind: 'cannot';
      readonly revision: number;
      readonly what: 'lint' | 'whatIf' | 'diff';
      readonly why: string;
    };

/** The state that one analysis worker keeps between questions. */
export type Bench = {
  catalogue: FieldCatalogue | undefined;
  surroundings: Surroundings | undefined;
  whatIf: WhatIf | undefined;
};
export const emptyBench = (): Bench => ({ catalogue: undefined, surroundings: undefined, whatIf: undefined });

class Cannot extends Error {}

/** Returns the normalized rules of a text. Throws Cannot if the server would refuse to save it. */
const contentOf = (text: string, catalogue: FieldCatalogue | undefined): ReturnType<typeof normalBundle> => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Cannot('The text is not valid JSON yet.');
  }
  const known = catalogue ?? { actionTypes: new Set<string>(), typesOf: () => new Set<never>() };
  const violations = bundleViolations(value, known).filter(({ pointer }) => pointer !== '/version');
  const [first] = violations;
  if (first !== undefined)
    throw new Cannot(
      violations.length === 1
        ? `One error keeps it from being used: ${first.pointer} ${first.detail}.`
        : `${violations.length} errors keep it from being used; the first: ${first.pointer} ${first.detail}.`,
    );
  return normalBundle(value as BundleInput);
};

/** Answers one question. An exception becomes an answer with the reason in words. */
export const answer = (bench: Bench, question: Question, now: () => number): Answer => {
  if (question.kind === 'surroundings') {
    bench.surroundings = question.surroundings;
    bench.catalogue = fieldCatalogue(question.surroundings.actionTypes);
    return { kind: 'ready', of: 'surroundings' };
  }
  if (question.kind === 'decisions') {
    const { columns, policies, active } = question.decisions;
    bench.whatIf = new WhatIf(readColumns(columns), compilePolicies(policies), active);
    return { kind: 'ready', of: 'decisions' };
  }
  const { revision, kind } = question;
  try {
    switch (question.kind) {
      case 'lint': {
        const { surroundings, catalogue } = bench;
        return {
          kind: 'lint',
          revision,
          report: lintBundle(question.text, {
            ...(catalogue === undefined ? {} : { world: worldOf(catalogue) }),
            invariants: surroundings?.invariants ?? [],
            severities: surroundings?.severities ?? {},
            ...(surroundings?.previous === undefined || surroundings.previous === null
              ? {}
              : { previous: surroundings.previous }),
          }),
        };
      }
      case 'whatIf': {
        if (bench.whatIf === undefined) throw new Cannot('The recorded decisions are still loading.');
        const { rules } = contentOf(question.text, bench.catalogue);
        const began = now();
        const report = bench.whatIf.against(rules);
        return { kind: 'whatIf', revision, report, ms: now() - began };
      }
      case 'diff': {
        const before = contentOf(question.before, bench.catalogue);
        const after = contentOf(question.after, bench.catalogue);
        return {
          kind: 'diff',
          revision,
          report: {
            textual: diffBundles(before, after),
            semantic: semanticDiff(before.rules, after.rules, worldOf(bench.catalogue ?? fieldCatalogue([]))),
          },
        };
      }
    }
  } catch (error) {
    return {
      kind: 'cannot',
      revision,
      what: kind,
      why:
        error instanceof Cannot
          ? error.message
          : error instanceof SyntaxError
            ? 'The text is not valid JSON yet.'
            : `The analysis failed: ${error instanceof Error ? error.message.slice(0, 200) : 'unknown cause'}.`,
    };
  }
};
