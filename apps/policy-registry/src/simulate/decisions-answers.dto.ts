import type { Time, LogPosition } from '@interlock/platform';
import type { PolicyDto } from '../policies/policies-answers.dto.js';

/**
 * One field of all decisions. If `cells` is present, it has one index into `values` for each
 * decision, counted from 1; 0 means that the field is absent. If `cells` is null, `values` has one
 * value for each decision; null means that the field is absent.
 */
type FieldColumnDto = {
  readonly field: string;
  readonly values: readonly (string | number | boolean | null)[];
  readonly cells: readonly number[] | null;
};

/**
 * Recorded decisions in columns, the newest first. Each list except `names`, `fields` and
 * `policies` has one entry per decision.
 */
export type RecordedDecisionsDto = {
  readonly from: Time;
  readonly to: Time;
  readonly position: LogPosition;
  /** True if there are more decisions than the ones returned, which are the newest. */
  readonly capped: boolean;
  readonly names: readonly string[];
  readonly evaluation_ids: readonly string[];
  readonly action_ids: readonly (string | null)[];
  readonly at_ms: readonly number[];
  readonly agents: readonly number[];
  readonly actions: readonly number[];
  readonly rules: readonly number[];
  readonly decisions: readonly number[];
  readonly fields: readonly FieldColumnDto[];
  /** The guardrails that are active now, which are the second layer of each decision. */
  readonly policies: readonly PolicyDto[];
};
