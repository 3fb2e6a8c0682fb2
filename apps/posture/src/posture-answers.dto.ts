import type { JsonValue, PostureLevel, PostureSignalName, Reason } from '@interlock/contracts';
import type { SignalSource } from '@interlock/posture';
import type { Time, LogPosition, StreamRevision, PageOf } from '@interlock/platform';

export type PostureInputsDto = {
  readonly trust_locked: boolean;
  readonly integrity_score: number;
  readonly consensus_pct: number;
  readonly reputation_score: number;
  readonly forecast_risk: 'low' | 'medium' | 'high';
  readonly recent_responses: number;
};

type PostureThresholdsDto = {
  readonly red_integrity: number;
  readonly red_consensus: number;
  readonly red_responses: number;
  readonly yellow_integrity: number;
  readonly yellow_consensus: number;
  readonly yellow_reputation: number;
  readonly yellow_responses: number;
};

export type PostureSignalDto = {
  readonly value: JsonValue;
  readonly at: Time | null;
  readonly source: string;
  readonly status: 'fresh' | 'stale' | 'defaulted';
  readonly max_age_s: number | null;
  readonly age_s: number | null;
  /** Whether the report is only the voter's own statement about itself. */
  readonly unwitnessed?: true;
};

type GateVerdict = 'pass' | 'approval' | 'deny';

type PostureGateTableDto = {
  readonly GREEN: GateVerdict;
  readonly YELLOW: GateVerdict;
  readonly ORANGE: GateVerdict;
  readonly RED: GateVerdict;
};

/**
 * The source of each signal, set by the tenant or by the first external report. A signal without a
 * source is measured by Interlock.
 */
type SignalSourcesDto = {
  readonly trust_locked?: SignalSource;
  readonly integrity_score?: SignalSource;
  readonly consensus_pct?: SignalSource;
  readonly reputation_score?: SignalSource;
  readonly forecast_risk?: SignalSource;
  readonly recent_responses?: SignalSource;
};

type PostureSignalsDto = {
  readonly trust_locked: PostureSignalDto;
  readonly integrity_score: PostureSignalDto;
  readonly consensus_pct: PostureSignalDto;
  readonly reputation_score: PostureSignalDto;
  readonly forecast_risk: PostureSignalDto;
  readonly recent_responses: PostureSignalDto;
};

type OrangeThresholdsDto = {
  readonly orange_integrity: number;
  readonly orange_consensus: number;
  readonly orange_responses: number;
};

type CurrentLevelDto = {
  readonly policy: PostureLevel;
  readonly target: PostureLevel;
  readonly effective: PostureLevel;
  readonly since: Time;
};

type PastLevelDto = {
  readonly level: PostureLevel;
  readonly until: Time;
};

type LevelHistoryDto = {
  readonly current: CurrentLevelDto | null;
  readonly past: readonly PastLevelDto[];
};

type ReportFaultDto = {
  readonly pointer: string;
  readonly detail: string;
};

type RefusedReportDto = {
  readonly name: PostureSignalName;
  readonly tenant_id: string;
  readonly at: Time;
  readonly source: string;
  readonly violations: readonly ReportFaultDto[];
};

export type PostureAssessmentDto = {
  readonly tenant_id: string;
  readonly policy: PostureLevel;
  readonly effective: PostureLevel;
  readonly effective_reasons: readonly Reason[];
  readonly red_triggers: readonly PostureSignalName[];
  readonly yellow_triggers: readonly PostureSignalName[];
  readonly inputs: PostureInputsDto;
  readonly thresholds: PostureThresholdsDto;
  readonly signals: PostureSignalsDto;
  readonly on_missing: 'yellow' | 'seed';
  readonly clears: readonly string[];
  readonly evaluated_at: Time;
  readonly version: LogPosition;
  readonly target: PostureLevel;
  readonly floor: PostureLevel;
  readonly orange_triggers: readonly PostureSignalName[];
  readonly orange: OrangeThresholdsDto | null;
  readonly dwell_s: number;
  readonly history: LevelHistoryDto;
  readonly refused: readonly RefusedReportDto[];
  /** The tenant's own table of the posture gate; absent if the tenant has none. */
  readonly gate?: PostureGateTableDto;
};

/** The age in seconds after which a report is stale; null means never. */
type SignalAgesDto = {
  readonly trust_locked: number | null;
  readonly integrity_score: number | null;
  readonly consensus_pct: number | null;
  readonly reputation_score: number | null;
  readonly forecast_risk: number | null;
  readonly recent_responses: number | null;
};

/** The posture settings of a tenant. */
export type PostureConfigDto = {
  readonly updated_at: Time | null;
  readonly thresholds: PostureThresholdsDto;
  readonly orange: OrangeThresholdsDto | null;
  readonly on_missing: 'yellow' | 'seed';
  readonly dwell_s: number;
  readonly max_age_s: SignalAgesDto;
  readonly sources?: SignalSourcesDto;
  readonly gate?: PostureGateTableDto;
  readonly tenant_id: string;
};

export type WrittenPostureConfigDto = PostureConfigDto & {
  readonly revision: StreamRevision;
  readonly position: LogPosition | null;
};

type PreviousLevelDto = {
  readonly policy: PostureLevel;
  readonly effective: PostureLevel;
};

/** One change of the level. */
type LevelChangeDto = {
  readonly at: Time;
  readonly revision: StreamRevision;
  readonly position: LogPosition;
  readonly policy: PostureLevel;
  readonly target: PostureLevel;
  readonly effective: PostureLevel;
  readonly previous: PreviousLevelDto | null;
  readonly reasons: readonly Reason[];
  readonly red_triggers: readonly PostureSignalName[];
  readonly orange_triggers: readonly PostureSignalName[];
  readonly yellow_triggers: readonly PostureSignalName[];
  readonly inputs: PostureInputsDto;
};

export type LevelChangePageDto = PageOf<LevelChangeDto>;

/** The result of a report, and the posture after it. */
export type TakenReportDto = {
  readonly tenant_id: string;
  readonly name: PostureSignalName;
  readonly value?: JsonValue;
  readonly at?: Time;
  readonly source?: string;
  readonly accepted: boolean;
  readonly policy: PostureLevel;
  readonly effective: PostureLevel;
  readonly position: LogPosition | null;
};
