import type { ConditionDto } from '../condition-answers.dto.js';
import type { FieldChangeDto } from '../bundles/analysis-answers.dto.js';
import type { StreamRevision, LogPosition, Time, PageOf } from '@interlock/platform';

/** The content of a version of a policy, common to all views. */
type PolicyContentDto = {
  readonly name: string;
  readonly action_types: readonly string[];
  readonly conditions: readonly ConditionDto[];
  readonly decision: 'ALLOW' | 'CONFIRM' | 'DENY';
  readonly max_affected_entities: number | null;
  readonly min_confidence: number | null;
  readonly confirmation_window_s: number | null;
  readonly confirm_above_entities: number | null;
  readonly on_elapse: 'proceed' | 'expire';
  readonly policy_id: string;
  readonly version: number;
  readonly status: 'active' | 'disabled' | 'retired';
  readonly content_hash: string;
};

export type WrittenPolicyDto = PolicyContentDto & {
  readonly revision: StreamRevision;
  readonly position: LogPosition | null;
  readonly effective_by: Time;
};

export type PolicyDto = PolicyContentDto & {
  readonly created_at: Time;
  readonly created_by: string;
  readonly updated_at: Time;
  readonly updated_by: string;
  readonly revision: StreamRevision;
  readonly position: LogPosition;
};

export type PolicyVersionDto = PolicyContentDto & {
  readonly changed: readonly string[];
  readonly restored_version: number | null;
  readonly made_at: Time;
  readonly made_by: string;
};

export type PolicyDifferenceDto = {
  readonly from: PolicyVersionDto;
  readonly to: PolicyVersionDto;
  readonly changes: readonly FieldChangeDto[];
};

export type PolicyUseDto = {
  readonly at: Time;
  readonly matched: boolean;
  readonly policy_version: number | null;
  readonly agent: string;
  readonly action_type: string;
  readonly decision: string;
  readonly position: LogPosition;
  readonly evaluation_id: string;
  readonly action_id: string | null;
  readonly confidence: number;
  readonly explanation: string;
  readonly trace_id: string;
  readonly bundle_version: string | null;
  readonly rule_id: string | null;
  readonly dry_run: boolean;
};

export type PolicyPageDto = PageOf<PolicyDto>;

export type PolicyVersionPageDto = PageOf<PolicyVersionDto>;

export type PolicyUsePageDto = PageOf<PolicyUseDto>;
