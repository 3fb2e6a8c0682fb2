import type { JsonValue, PolicyDecision } from '@interlock/contracts';
import type { Answer, SemanticDiff, Shown } from '@interlock/policy';
import type { RuleDto } from './bundles-answers.dto.js';

type ChangedDecisionDto = {
  readonly agent: string;
  readonly action: string;
  readonly context: {
    readonly [name: string]: string | number | boolean;
  };
  readonly from: PolicyDecision | 'ABSTAIN';
  readonly to: PolicyDecision | 'ABSTAIN';
  readonly before: string | null;
  readonly after: string | null;
};

type SemanticDiffDto = {
  readonly changed: SemanticDiff['changed'];
  readonly more_permissive: SemanticDiff['more_permissive'];
  readonly more_restrictive: SemanticDiff['more_restrictive'];
  readonly examples: readonly ChangedDecisionDto[];
  readonly truncated: boolean;
};

export type FieldChangeDto = {
  readonly field: string;
  readonly from: JsonValue;
  readonly to: JsonValue;
};

type RuleChangeDto = {
  readonly rule_id: string;
  readonly fields: readonly FieldChangeDto[];
};

export type NamedBundleDto = {
  readonly id: string;
  readonly version: string;
  readonly bundle_hash: string;
  readonly team: string | null;
};

export type BundleDiffDto = {
  readonly semantic: SemanticDiffDto;
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly modified: readonly string[];
  readonly unchanged: readonly string[];
  readonly changes: readonly RuleChangeDto[];
  readonly added_rules: readonly RuleDto[];
  readonly removed_rules: readonly RuleDto[];
  readonly fields: readonly FieldChangeDto[];
  readonly from: NamedBundleDto;
  readonly to: NamedBundleDto;
};

type OtherDecisionDto = {
  readonly decision: Shown['decision'];
  readonly rule_id: string | null;
};

type ShownRequestDto = {
  readonly agent: string;
  readonly action: string;
  readonly context: {
    readonly [name: string]: string | number | boolean;
  };
  readonly decision: Shown['decision'];
  readonly rule_id: string | null;
  readonly other?: OtherDecisionDto;
};

type QuestionAnswerDto = {
  readonly kind: Answer['kind'];
  readonly answer: 'yes' | 'no' | 'undecided';
  readonly counter_example: ShownRequestDto | null;
  readonly witness: ShownRequestDto | null;
  readonly examples?: readonly ShownRequestDto[];
};

/** The bundle that the questions were about; null members if it was sent and not stored. */
export type SubjectNameDto = {
  readonly id: string | null;
  readonly version: string | null;
};

export type AnalysisDto = {
  readonly bundle: SubjectNameDto;
  readonly other: SubjectNameDto | null;
  readonly answers: readonly QuestionAnswerDto[];
};
