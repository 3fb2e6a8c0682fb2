import type { JsonObject } from '@interlock/contracts';
import type { RuleV1 } from '@interlock/policy';
import type { ConditionDto } from '../condition-answers.dto.js';
import type { LintHintDto } from './lint-answers.dto.js';
import type {
  PersonActorDto,
  ServiceActorDto,
  Time,
  StreamRevision,
  LogPosition,
  PageOf,
} from '@interlock/platform';

type RuleBudgetDto = {
  readonly cost: number;
  readonly compute: number;
};

export type RuleDto = {
  readonly id: string;
  readonly agent: string;
  readonly action: string;
  readonly effect: RuleV1['effect'];
  readonly priority: number;
  readonly enabled: boolean;
  readonly conditions: readonly ConditionDto[];
  readonly reason: string;
  readonly budget?: RuleBudgetDto;
  readonly approvals_required?: number;
  readonly retry_after_s?: number;
};

type BundleProvenanceDto = {
  readonly tenant: string;
  readonly bundle_id: string;
  readonly bundle_hash: string;
  readonly exported_at: Time;
  readonly exported_by: string;
};

export type SigningKeyDto = {
  readonly alg: 'HMAC-SHA256' | 'Ed25519';
  readonly key_id: string;
};

type BundleSignatureDto = {
  readonly alg: 'HMAC-SHA256' | 'Ed25519';
  readonly key_id: string;
  readonly value: string;
};

type SourceSignatureDto = {
  readonly format: 'interlock-bundle/1';
  readonly export_id: string;
  readonly provenance: BundleProvenanceDto;
  readonly expires_at: Time;
  readonly signed_by: readonly SigningKeyDto[];
  readonly signatures: readonly BundleSignatureDto[];
};

type BundleApprovalDto = {
  readonly approval_id: string;
  readonly bundle_hash: string;
  readonly flip_list_hash: string | null;
  readonly against_hash: string | null;
  readonly approved_by: string;
  readonly approved_at: Time;
  readonly note: string;
  readonly approved_as?: readonly string[];
};

type BundleOriginDto = {
  readonly bundle_id: string;
  readonly version: string;
  readonly bundle_hash: string;
  readonly authors?: readonly string[];
};

type BundleRollbackDto = {
  readonly at: Time;
  readonly by: string;
  readonly reason: string;
  readonly trigger: string;
  readonly was: string;
  readonly incident_id: string | null;
};

/** A bundle with its rules and its status. */
export type BundleDto = {
  readonly revision: StreamRevision;
  readonly position: LogPosition | null;
  readonly id: string;
  readonly version: string;
  readonly status: string;
  readonly active: boolean;
  readonly rules: readonly RuleDto[];
  readonly notes: string;
  readonly metadata: JsonObject;
  readonly bundle_hash: string;
  readonly created_by: string;
  readonly created_at: Time;
  readonly source: string;
  readonly source_signature: SourceSignatureDto | null;
  readonly canary_pct: number;
  readonly activated_at: Time | null;
  readonly activated_by: string | null;
  readonly approval_id: string | null;
  readonly approvals: readonly BundleApprovalDto[];
  readonly team: string | null;
  readonly cloned_from: BundleOriginDto | null;
  readonly rollback: BundleRollbackDto | null;
};

/** One event of a bundle or of its rollout. */
export type BundleEventDto = {
  readonly type: string;
  readonly at: Time;
  readonly actor: PersonActorDto | ServiceActorDto;
  readonly revision: StreamRevision;
  readonly stream: string;
  readonly position: LogPosition;
  readonly data: object;
};

export type DeletedBundleDto = {
  readonly id: string;
  readonly version: string;
  readonly deleted: boolean;
  readonly position: LogPosition | null;
};

export type BundlePageDto = PageOf<BundleDto>;

export type BundleHistoryDto = PageOf<BundleEventDto>;

/** The active bundle, and the canary that is tried beside it. */
export type DecidingBundlesDto = {
  readonly active: BundleDto | null;
  readonly canary: BundleDto | null;
};

/** A stored bundle with its lint report. */
export type WrittenBundleDto = BundleDto & {
  readonly lint: LintHintDto;
};
