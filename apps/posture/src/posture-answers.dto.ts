import {
  postureLevels,
  type JsonValue,
  type PostureGateTable,
  type PostureInputs,
  type PostureLevel,
  type PostureSignalName,
  type PostureSignalView,
  type PostureThresholds,
  type Reason,
} from '@interlock/contracts';
import {
  forecastRisks,
  signalNames,
  signalSources,
  type SignalSource,
  type SignalSources,
  type LevelHistory,
  type OrangeThresholds,
  type PostureAssessment,
  type PostureChanged,
  type PostureConfig,
} from '@interlock/posture';
import {
  anyJson,
  listOf,
  logPosition,
  nullable,
  pageOf,
  streamRevision,
  time,
  reason,
} from '@interlock/platform';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

type Change = PostureChanged['data'];

export class PostureInputsDto implements PostureInputs {
  @ApiProperty() readonly trust_locked!: boolean;
  @ApiProperty() readonly integrity_score!: number;
  @ApiProperty() readonly consensus_pct!: number;
  @ApiProperty() readonly reputation_score!: number;
  @ApiProperty({ enum: forecastRisks }) readonly forecast_risk!: 'low' | 'medium' | 'high';
  @ApiProperty() readonly recent_responses!: number;
}

export class PostureThresholdsDto implements PostureThresholds {
  @ApiProperty() readonly red_integrity!: number;
  @ApiProperty() readonly red_consensus!: number;
  @ApiProperty() readonly red_responses!: number;
  @ApiProperty() readonly yellow_integrity!: number;
  @ApiProperty() readonly yellow_consensus!: number;
  @ApiProperty() readonly yellow_reputation!: number;
  @ApiProperty() readonly yellow_responses!: number;
}

export class PostureSignalDto implements PostureSignalView {
  @ApiProperty(anyJson) readonly value!: JsonValue;
  @ApiProperty(nullable(time)) readonly at!: string | null;
  @ApiProperty() readonly source!: string;
  @ApiProperty({ enum: ['fresh', 'stale', 'defaulted'] }) readonly status!: 'fresh' | 'stale' | 'defaulted';
  @ApiProperty(nullable({ type: Number })) readonly max_age_s!: number | null;
  @ApiProperty(nullable({ type: Number })) readonly age_s!: number | null;
  /** It is one voter's word about itself. */
  @ApiPropertyOptional({ type: Boolean, enum: [true] }) readonly unwitnessed?: true;
}

const verdicts = ['pass', 'approval', 'deny'] as const;
type GateVerdict = (typeof verdicts)[number];

export class PostureGateTableDto implements PostureGateTable {
  @ApiProperty({ enum: verdicts }) readonly GREEN!: GateVerdict;
  @ApiProperty({ enum: verdicts }) readonly YELLOW!: GateVerdict;
  @ApiProperty({ enum: verdicts }) readonly ORANGE!: GateVerdict;
  @ApiProperty({ enum: verdicts }) readonly RED!: GateVerdict;
}

/**
 * What the tenant or the first report from outside has set; a signal that is not named is measured
 * by Interlock.
 */
export class SignalSourcesDto implements SignalSources {
  @ApiPropertyOptional({ enum: signalSources }) readonly trust_locked?: SignalSource;
  @ApiPropertyOptional({ enum: signalSources }) readonly integrity_score?: SignalSource;
  @ApiPropertyOptional({ enum: signalSources }) readonly consensus_pct?: SignalSource;
  @ApiPropertyOptional({ enum: signalSources }) readonly reputation_score?: SignalSource;
  @ApiPropertyOptional({ enum: signalSources }) readonly forecast_risk?: SignalSource;
  @ApiPropertyOptional({ enum: signalSources }) readonly recent_responses?: SignalSource;
}

export class PostureSignalsDto implements Record<PostureSignalName, PostureSignalView> {
  @ApiProperty({ type: PostureSignalDto }) readonly trust_locked!: PostureSignalDto;
  @ApiProperty({ type: PostureSignalDto }) readonly integrity_score!: PostureSignalDto;
  @ApiProperty({ type: PostureSignalDto }) readonly consensus_pct!: PostureSignalDto;
  @ApiProperty({ type: PostureSignalDto }) readonly reputation_score!: PostureSignalDto;
  @ApiProperty({ type: PostureSignalDto }) readonly forecast_risk!: PostureSignalDto;
  @ApiProperty({ type: PostureSignalDto }) readonly recent_responses!: PostureSignalDto;
}

export class OrangeThresholdsDto implements OrangeThresholds {
  @ApiProperty() readonly orange_integrity!: number;
  @ApiProperty() readonly orange_consensus!: number;
  @ApiProperty() readonly orange_responses!: number;
}

export class CurrentLevelDto {
  @ApiProperty({ enum: postureLevels }) readonly policy!: PostureLevel;
  @ApiProperty({ enum: postureLevels }) readonly target!: PostureLevel;
  @ApiProperty({ enum: postureLevels }) readonly effective!: PostureLevel;
  @ApiProperty(time) readonly since!: string;
}

export class PastLevelDto {
  @ApiProperty({ enum: postureLevels }) readonly level!: PostureLevel;
  @ApiProperty(time) readonly until!: string;
}

export class LevelHistoryDto implements LevelHistory {
  @ApiProperty(nullable({ type: CurrentLevelDto })) readonly current!: CurrentLevelDto | null;
  @ApiProperty({ type: [PastLevelDto] }) readonly past!: readonly PastLevelDto[];
}

export class ReportFaultDto {
  @ApiProperty() readonly pointer!: string;
  @ApiProperty() readonly detail!: string;
}

export class RefusedReportDto {
  @ApiProperty({ enum: signalNames }) readonly name!: PostureSignalName;
  @ApiProperty() readonly tenant_id!: string;
  @ApiProperty(time) readonly at!: string;
  @ApiProperty() readonly source!: string;
  @ApiProperty({ type: [ReportFaultDto] }) readonly violations!: readonly ReportFaultDto[];
}

export class PostureAssessmentDto implements PostureAssessment {
  @ApiProperty() readonly tenant_id!: string;
  @ApiProperty({ enum: postureLevels }) readonly policy!: PostureLevel;
  @ApiProperty({ enum: postureLevels }) readonly effective!: PostureLevel;
  @ApiProperty(listOf(reason)) readonly effective_reasons!: readonly Reason[];
  @ApiProperty({ enum: signalNames, isArray: true }) readonly red_triggers!: readonly PostureSignalName[];
  @ApiProperty({ enum: signalNames, isArray: true }) readonly yellow_triggers!: readonly PostureSignalName[];
  @ApiProperty({ type: PostureInputsDto }) readonly inputs!: PostureInputsDto;
  @ApiProperty({ type: PostureThresholdsDto }) readonly thresholds!: PostureThresholdsDto;
  @ApiProperty({ type: PostureSignalsDto }) readonly signals!: PostureSignalsDto;
  @ApiProperty({ enum: ['yellow', 'seed'] }) readonly on_missing!: 'yellow' | 'seed';
  @ApiProperty({ type: [String] }) readonly clears!: readonly string[];
  @ApiProperty(time) readonly evaluated_at!: string;
  @ApiProperty(logPosition) readonly version!: string;
  @ApiProperty({ enum: postureLevels }) readonly target!: PostureLevel;
  @ApiProperty({ enum: postureLevels }) readonly floor!: PostureLevel;
  @ApiProperty({ enum: signalNames, isArray: true }) readonly orange_triggers!: readonly PostureSignalName[];
  @ApiProperty(nullable({ type: OrangeThresholdsDto })) readonly orange!: OrangeThresholdsDto | null;
  @ApiProperty() readonly dwell_s!: number;
  @ApiProperty({ type: LevelHistoryDto }) readonly history!: LevelHistoryDto;
  @ApiProperty({ type: [RefusedReportDto] }) readonly refused!: readonly RefusedReportDto[];
  /** The tenant's own table of the posture gate; absent where it has none. */
  @ApiPropertyOptional({ type: PostureGateTableDto }) readonly gate?: PostureGateTableDto;
}

/** Seconds, or null for never. */
export class SignalAgesDto {
  @ApiProperty(nullable({ type: Number })) readonly trust_locked!: number | null;
  @ApiProperty(nullable({ type: Number })) readonly integrity_score!: number | null;
  @ApiProperty(nullable({ type: Number })) readonly consensus_pct!: number | null;
  @ApiProperty(nullable({ type: Number })) readonly reputation_score!: number | null;
  @ApiProperty(nullable({ type: Number })) readonly forecast_risk!: number | null;
  @ApiProperty(nullable({ type: Number })) readonly recent_responses!: number | null;
}

/** What a tenant has set for its posture. */
export class PostureConfigDto implements PostureConfig {
  @ApiProperty(nullable(time)) readonly updated_at!: string | null;
  @ApiProperty({ type: PostureThresholdsDto }) readonly thresholds!: PostureThresholdsDto;
  @ApiProperty(nullable({ type: OrangeThresholdsDto })) readonly orange!: OrangeThresholdsDto | null;
  @ApiProperty({ enum: ['yellow', 'seed'] }) readonly on_missing!: 'yellow' | 'seed';
  @ApiProperty() readonly dwell_s!: number;
  @ApiProperty({ type: SignalAgesDto }) readonly max_age_s!: SignalAgesDto;
  @ApiPropertyOptional({ type: SignalSourcesDto }) readonly sources?: SignalSourcesDto;
  @ApiPropertyOptional({ type: PostureGateTableDto }) readonly gate?: PostureGateTableDto;
  @ApiProperty() readonly tenant_id!: string;
}

export class WrittenPostureConfigDto extends PostureConfigDto {
  @ApiProperty(streamRevision) readonly revision!: string;
  @ApiProperty(nullable(logPosition)) readonly position!: string | null;
}

export class PreviousLevelDto {
  @ApiProperty({ enum: postureLevels }) readonly policy!: PostureLevel;
  @ApiProperty({ enum: postureLevels }) readonly effective!: PostureLevel;
}

/** One change of the level. */
class LevelChangeDto implements Change {
  @ApiProperty(time) readonly at!: string;
  @ApiProperty(streamRevision) readonly revision!: string;
  @ApiProperty(logPosition) readonly position!: string;
  @ApiProperty({ enum: postureLevels }) readonly policy!: PostureLevel;
  @ApiProperty({ enum: postureLevels }) readonly target!: PostureLevel;
  @ApiProperty({ enum: postureLevels }) readonly effective!: PostureLevel;
  @ApiProperty(nullable({ type: PreviousLevelDto })) readonly previous!: PreviousLevelDto | null;
  @ApiProperty(listOf(reason)) readonly reasons!: readonly Reason[];
  @ApiProperty({ enum: signalNames, isArray: true }) readonly red_triggers!: readonly PostureSignalName[];
  @ApiProperty({ enum: signalNames, isArray: true }) readonly orange_triggers!: readonly PostureSignalName[];
  @ApiProperty({ enum: signalNames, isArray: true }) readonly yellow_triggers!: readonly PostureSignalName[];
  @ApiProperty({ type: PostureInputsDto }) readonly inputs!: PostureInputsDto;
}

export class LevelChangePageDto extends pageOf(LevelChangeDto) {}

/** How a report was taken, and the posture after it. */
export class TakenReportDto {
  @ApiProperty() readonly tenant_id!: string;
  @ApiProperty({ enum: signalNames }) readonly name!: PostureSignalName;
  @ApiPropertyOptional(anyJson) readonly value?: JsonValue;
  @ApiPropertyOptional(time) readonly at?: string;
  @ApiPropertyOptional() readonly source?: string;
  @ApiProperty() readonly accepted!: boolean;
  @ApiProperty({ enum: postureLevels }) readonly policy!: PostureLevel;
  @ApiProperty({ enum: postureLevels }) readonly effective!: PostureLevel;
  @ApiProperty(nullable(logPosition)) readonly position!: string | null;
}
