import type { PolicyDecision } from '@interlock/contracts';
import type { StreamRevision, LogPosition, Time } from '@interlock/platform';

type FlipDto = {
  readonly evaluation_id: string;
  readonly from: PolicyDecision;
  readonly was_rule_id: string | null;
  readonly active: PolicyDecision;
  readonly to: PolicyDecision;
  readonly rule_id: string | null;
};

export type FlipListDto = {
  readonly revision: StreamRevision;
  readonly looked_to: LogPosition;
  readonly position: LogPosition | null;
  readonly bundle_id: string;
  readonly version: string;
  readonly bundle_hash: string;
  readonly against_hash: string | null;
  readonly from: Time;
  readonly to: Time;
  readonly evaluations: number;
  readonly capped: boolean;
  readonly counts: { readonly [name: string]: number };
  readonly counts_active: { readonly [name: string]: number };
  readonly flips: readonly FlipDto[];
  readonly truncated: boolean;
  readonly flips_hash: string;
  readonly flip_list_hash: string;
};

export type GivenApprovalDto = {
  readonly bundle_id: string;
  readonly version: string;
  readonly revision: StreamRevision;
  readonly position: LogPosition | null;
  readonly approval_id: string;
  readonly bundle_hash: string;
  readonly flip_list_hash: string | null;
  readonly against_hash: string | null;
  readonly approved_by: string;
  readonly approved_at: Time;
  readonly note: string;
  readonly approved_as?: readonly string[];
};
