import {
  postureLevels,
  type JsonValue,
  type PostureLevel,
  type PostureSignalName,
} from '@interlock/contracts';
import {
  signalNames,
  signalOrigins,
  type LevelTransition,
  type PostureTrend,
  type SignalOrigin,
  type SignalSlope,
} from '@interlock/posture';
import { anyJson, logPosition, nullable, pageOf, streamRevision, time } from '@interlock/platform';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  PostureAssessmentDto,
  PostureConfigDto,
  PostureInputsDto,
  PostureSignalDto,
} from './posture-answers.dto.js';

export class LevelTransitionDto implements LevelTransition {
  @ApiProperty(time) readonly at!: string;
  @ApiProperty({ enum: postureLevels }) readonly from!: PostureLevel;
  @ApiProperty({ enum: postureLevels }) readonly to!: PostureLevel;
}

/** Seconds; `unknown` before the first recorded level. */
export class TimeInLevelDto {
  @ApiProperty() readonly GREEN!: number;
  @ApiProperty() readonly YELLOW!: number;
  @ApiProperty() readonly ORANGE!: number;
  @ApiProperty() readonly RED!: number;
  @ApiProperty() readonly unknown!: number;
}

/** Where a signal goes if it goes on as it does. */
export class TowardsDto {
  @ApiProperty({ enum: postureLevels }) readonly level!: PostureLevel;
  @ApiProperty() readonly threshold!: number;
  @ApiProperty() readonly hours!: number;
}

export class SignalSlopeDto implements SignalSlope {
  @ApiProperty({ enum: signalNames }) readonly signal!: PostureSignalName;
  @ApiProperty() readonly per_hour!: number;
  @ApiProperty() readonly reports!: number;
  @ApiProperty() readonly value!: number;
  @ApiProperty(nullable({ type: TowardsDto })) readonly towards!: TowardsDto | null;
}

/** How the effective level has moved. */
export class PostureTrendDto implements PostureTrend {
  @ApiProperty() readonly tenant_id!: string;
  @ApiProperty(time) readonly from!: string;
  @ApiProperty(time) readonly to!: string;
  @ApiProperty({ type: [LevelTransitionDto] }) readonly transitions!: readonly LevelTransitionDto[];
  @ApiProperty({ type: TimeInLevelDto }) readonly time_in_level_s!: TimeInLevelDto;
  @ApiProperty() readonly reversals!: number;
  @ApiProperty() readonly flapping!: boolean;
  @ApiProperty({ type: [SignalSlopeDto] }) readonly slopes!: readonly SignalSlopeDto[];
}

/** A signal's last good report, as it came. */
export class LastReportDto {
  @ApiProperty({ enum: signalOrigins }) readonly origin!: SignalOrigin;
  @ApiProperty({ description: 'the tenant whose report it is: its own or `_system`' })
  readonly tenant_id!: string;
  @ApiProperty(anyJson) readonly value!: JsonValue;
  @ApiProperty(time) readonly at!: string;
  @ApiProperty() readonly source!: string;
}

export class SignalStateDto extends PostureSignalDto {
  @ApiProperty({ enum: signalNames }) readonly name!: PostureSignalName;
  @ApiProperty({ type: [LastReportDto] }) readonly reports!: readonly LastReportDto[];
}

export class SignalListDto {
  @ApiProperty() readonly tenant_id!: string;
  @ApiProperty({ type: [SignalStateDto] }) readonly items!: readonly SignalStateDto[];
}

/** One version of a tenant's configuration; its revision is the number of the version, from 0. */
class PostureConfigVersionDto extends PostureConfigDto {
  @ApiProperty(streamRevision) readonly revision!: string;
  @ApiProperty(logPosition) readonly position!: string;
  @ApiProperty() readonly by!: string;
}

export class PostureConfigVersionPageDto extends pageOf(PostureConfigVersionDto) {}

export class RunFailureDto {
  @ApiProperty() readonly detail!: string;
  @ApiProperty(nullable({ type: String })) readonly branch!: string | null;
}

/** One evaluation that was asked for, and whether its files could be written. */
export class EvaluatedDto {
  @ApiProperty() readonly run_id!: string;
  @ApiProperty({ type: PostureAssessmentDto }) readonly posture!: PostureAssessmentDto;
  @ApiProperty(nullable({ type: RunFailureDto })) readonly failure!: RunFailureDto | null;
}

class PostureRunDto {
  @ApiProperty(time) readonly at!: string;
  @ApiProperty(streamRevision) readonly revision!: string;
  @ApiProperty({ enum: ['PostureEvaluated', 'PostureRunFailed'] })
  readonly type!: 'PostureEvaluated' | 'PostureRunFailed';
  @ApiProperty() readonly run_id!: string;
  @ApiProperty() readonly trigger!: string;
  @ApiPropertyOptional(time) readonly due_at?: string;
  @ApiPropertyOptional({ enum: postureLevels }) readonly policy?: PostureLevel;
  @ApiPropertyOptional({ enum: postureLevels }) readonly effective?: PostureLevel;
  @ApiPropertyOptional({ type: PostureInputsDto }) readonly inputs?: PostureInputsDto;
  @ApiPropertyOptional(nullable({ type: String })) readonly branch?: string | null;
  @ApiPropertyOptional() readonly detail?: string;
}

export class PostureRunPageDto extends pageOf(PostureRunDto) {}
