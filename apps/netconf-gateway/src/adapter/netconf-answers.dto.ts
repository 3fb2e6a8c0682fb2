import type { Reason } from '@interlock/contracts';
import type { LogPosition } from '@interlock/platform';

export type ConnectionDto = {
  readonly device_id: string;
  readonly session_id: string;
  readonly base_version: '1.0' | '1.1';
  readonly capabilities: readonly string[];
  readonly profile: string;
  readonly missing: readonly string[];
};

type PlannedPayloadDto = {
  readonly device_id: string;
  readonly operation: string;
  readonly xml: string;
};

type PlannedLeafDto = {
  readonly path: string;
  readonly before: string | null;
  readonly after: string | null;
};

type PlannedRpcDto = {
  readonly operation: string;
  readonly xml: string;
};

type DeviceErrorDto = {
  readonly tag: string;
  readonly path: string | null;
  readonly message: string | null;
};

type DeviceValidationDto = {
  readonly verdict: 'valid' | 'invalid' | 'not-offered' | 'skipped';
  readonly errors: readonly DeviceErrorDto[];
};

export type DryRunDto = {
  readonly plan_hash: string;
  readonly device_id: string;
  readonly site_id: string | null;
  readonly profile: string;
  readonly payloads: readonly PlannedPayloadDto[];
  readonly diff: readonly PlannedLeafDto[];
  readonly diff_hash: string;
  readonly leaves_fingerprint: string;
  readonly reversible: boolean;
  readonly violations: readonly Reason[];
  readonly rpcs: readonly PlannedRpcDto[];
  readonly device_validation: DeviceValidationDto;
};

export type SubmittedIntentDto = {
  readonly action_id: string;
  readonly intent_id: string;
  readonly position: LogPosition;
  readonly state: string;
};
