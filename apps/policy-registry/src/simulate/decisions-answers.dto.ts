import type { Time, LogPosition } from '@interlock/platform';
import type { PolicyDto } from '../policies/policies-answers.dto.js';

/**
 * One field of all decisions: with `cells` places in `values` from 1 (0: lacking), else one value
 * for each (null: lacking).
 */
type FieldColumnDto = {
  readonly field: string;
  readonly values: readonly (string | number | boolean | null)[];
  readonly cells: readonly number[] | null;
};

/**
 * Recorded decisions by columns, the newest first; each list but `names`, `fields` and `policies`
 * has one entry for each decision.
 */
export type RecordedDecisionsDto = {
  readonly from: Time;
  readonly to: Time;
  readonly position: LogPosition;
  /** Whether there are more decisions: these are the newest. */
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
  /** The guardrails that hold now: the other layer of each decision. */
  readonly policies: readonly PolicyDto[];
};
