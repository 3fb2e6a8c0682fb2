import type { JsonValue, PolicyDecision } from '@interlock/contracts';
import type { Time, WholeListOf, LogPosition, PageOf } from '@interlock/platform';
import { type ComparisonReport, type SimulatedCase, type SimulationReport } from '@interlock/policy';
import type { RunStatus } from './runs.js';

export type SimulationRunDto = {
  readonly status: RunStatus;
  readonly done: number;
  readonly total: number | null;
  readonly problem: object | null;
  readonly run_id: string;
  readonly started_at: Time;
  readonly finished_at: Time | null;
  readonly expires_at: Time | null;
};

type RecordedDecisionDto = {
  readonly decision: PolicyDecision;
  readonly rule_id: string | null;
  readonly bundle_version: string | null;
};

type SimulationCaseDto = {
  readonly id: string;
  readonly agent: string;
  readonly action: string;
  readonly context: {
    readonly [name: string]: string | number | boolean;
  };
  readonly name?: string;
  readonly group?: string;
  readonly recorded?: RecordedDecisionDto;
};

export type FixturesDto = WholeListOf<SimulationCaseDto> & {
  readonly count: number;
  readonly groups: { readonly [name: string]: number };
};

type TriedBundleDto = {
  readonly bundle_id: string | null;
  readonly version: string;
  readonly bundle_hash: string;
};

type RuleTallyDto = {
  readonly rule_id: string;
  readonly effect: SimulationReport['rules'][number]['effect'];
  readonly hits: number;
  readonly cost: number;
  readonly compute: number;
};

type SpendingDto = {
  readonly cost: number;
  readonly compute: number;
};

/** The result of one bundle over the cases of a dataset. */
type SimulationReportDto = {
  readonly bundle: TriedBundleDto;
  readonly total: number;
  readonly counts: SimulationReport['counts'];
  readonly decisions?: NonNullable<SimulationReport['decisions']>;
  readonly changes?: NonNullable<SimulationReport['changes']>;
  readonly unknown: number;
  readonly rules: readonly RuleTallyDto[];
  readonly total_cost: number;
  readonly total_compute: number;
  readonly limits: SpendingDto;
  readonly cost_breach: boolean;
  readonly compute_breach: boolean;
};

/** The dataset that was read. */
type ReadDatasetDto = {
  readonly kind: string;
  readonly count?: number;
  readonly seed?: number;
  readonly from?: Time;
  readonly to?: Time;
  readonly position?: LogPosition;
  readonly max_evaluations?: number;
  readonly evaluations?: number;
  readonly capped?: boolean;
};

type CaseDto = {
  readonly id: string;
  readonly name?: string;
  readonly group?: string;
  readonly agent: string;
  readonly action: string;
  readonly recorded?: RecordedDecisionDto;
};

type SimulatedCaseDto = CaseDto & {
  readonly effect: SimulatedCase['effect'];
  readonly rule_id: string | null;
  readonly matched_rules: readonly string[];
  readonly unknown_fields: readonly string[];
  readonly explanation: string;
  readonly budget: SpendingDto;
  readonly decision?: PolicyDecision;
  readonly near_misses?: readonly JsonValue[];
};

type SimulatedCasePageDto = PageOf<SimulatedCaseDto>;

export type SimulationDto = SimulationReportDto & {
  readonly dataset: ReadDatasetDto;
  readonly cases: SimulatedCasePageDto;
};

type CaseSideDto = {
  readonly effect: SimulatedCase['effect'];
  readonly rule_id: string | null;
  readonly decision?: PolicyDecision;
};

/** A case that two bundles decide differently. */
type ChangedCaseDto = CaseDto & {
  readonly from: CaseSideDto;
  readonly to: CaseSideDto;
  readonly explanation: string;
};

type ChangedCasePageDto = PageOf<ChangedCaseDto>;

/** The figures of the second bundle minus those of the first. */
type FigureDeltasDto = {
  readonly allow: number;
  readonly deny: number;
  readonly needs_approval: number;
  readonly no_match: number;
  readonly total_cost: number;
  readonly total_compute: number;
  readonly decisions?: NonNullable<ComparisonReport['deltas']['decisions']>;
};

export type ComparisonDto = {
  readonly a: SimulationReportDto;
  readonly b: SimulationReportDto;
  readonly deltas: FigureDeltasDto;
  readonly changed: number;
  readonly dataset: ReadDatasetDto;
  readonly cases: ChangedCasePageDto;
};

/** A run, with its result once it is done. */
export type SimulationRunResultDto = SimulationRunDto & {
  readonly result?: SimulationDto | ComparisonDto;
};
