import type { ConditionDto } from '../condition-answers.dto.js';
import type { JsonValue, PolicyDecision } from '@interlock/contracts';
import type { LintFinding, LintSeverity } from '@interlock/policy';
import type { StreamRevision, LogPosition } from '@interlock/platform';

type LintCountsDto = {
  readonly error: number;
  readonly warning: number;
  readonly info: number;
};

type SetStepDto = {
  readonly op: 'replace' | 'add';
  readonly path: string;
  readonly value: JsonValue;
};

type RemoveStepDto = {
  readonly op: 'remove';
  readonly path: string;
};

type LintSuggestionDto = {
  readonly text: string;
  readonly patch: readonly (SetStepDto | RemoveStepDto)[];
};

type WitnessDto = {
  readonly agent: string;
  readonly action: string;
  readonly context: {
    readonly [name: string]: string | number | boolean;
  };
};

type LintFindingDto = {
  readonly line: number;
  readonly column: number;
  readonly check: LintFinding['check'];
  readonly severity: LintSeverity;
  readonly rule_ids: readonly string[];
  readonly message: string;
  readonly pointer: string;
  readonly suggestion: LintSuggestionDto;
  readonly witness: WitnessDto | null;
};

export type LintReportDto = {
  readonly passed: boolean;
  readonly counts: LintCountsDto;
  readonly findings: readonly LintFindingDto[];
};

export type LintHintDto = {
  readonly passed: boolean;
  readonly counts: LintCountsDto;
  readonly findings: readonly LintFindingDto[];
  readonly truncated: boolean;
};

type InvariantDto = {
  readonly id: string;
  readonly description: string;
  readonly never: PolicyDecision;
  readonly agent: string;
  readonly action: string;
  readonly conditions: readonly ConditionDto[];
};

type LintSeveritiesDto = {
  readonly never_matches?: 'error' | 'warning' | 'info';
  readonly more_permissive?: 'error' | 'warning' | 'info';
  readonly missing_reasons?: 'error' | 'warning' | 'info';
  readonly unreachable_rules?: 'error' | 'warning' | 'info';
  readonly budget_sanity?: 'error' | 'warning' | 'info';
  readonly disabled_rules?: 'error' | 'warning' | 'info';
  readonly overridden?: 'error' | 'warning' | 'info';
};

export type LintSettingsDto = {
  readonly invariants: readonly InvariantDto[];
  readonly severities: LintSeveritiesDto;
  readonly revision: StreamRevision;
  readonly position: LogPosition | null;
};
