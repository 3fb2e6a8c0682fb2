import type { LeafChange, Reason } from '@interlock/contracts';
import type { ConnectAnswer, ValidateAnswer } from './dry-run.js';
import { listOf, logPosition, nullable, reason } from '@interlock/platform';
import { ApiProperty } from '@nestjs/swagger';

export class ConnectionDto implements ConnectAnswer {
  @ApiProperty() readonly device_id!: string;
  @ApiProperty() readonly session_id!: string;
  @ApiProperty({ enum: ['1.0', '1.1'] }) readonly base_version!: '1.0' | '1.1';
  @ApiProperty({ type: [String] }) readonly capabilities!: readonly string[];
  @ApiProperty() readonly profile!: string;
  @ApiProperty({ type: [String] }) readonly missing!: readonly string[];
}

export class PlannedPayloadDto {
  @ApiProperty() readonly device_id!: string;
  @ApiProperty() readonly operation!: string;
  @ApiProperty() readonly xml!: string;
}

export class PlannedLeafDto implements LeafChange {
  @ApiProperty() readonly path!: string;
  @ApiProperty(nullable({ type: String })) readonly before!: string | null;
  @ApiProperty(nullable({ type: String })) readonly after!: string | null;
}

export class PlannedRpcDto {
  @ApiProperty() readonly operation!: string;
  @ApiProperty() readonly xml!: string;
}

export class DeviceErrorDto {
  @ApiProperty() readonly tag!: string;
  @ApiProperty(nullable({ type: String })) readonly path!: string | null;
  @ApiProperty(nullable({ type: String })) readonly message!: string | null;
}

export class DeviceValidationDto {
  @ApiProperty({ enum: ['valid', 'invalid', 'not-offered', 'skipped'] }) readonly verdict!:
    'valid' | 'invalid' | 'not-offered' | 'skipped';
  @ApiProperty({ type: [DeviceErrorDto] }) readonly errors!: readonly DeviceErrorDto[];
}

export class DryRunDto implements ValidateAnswer {
  @ApiProperty() readonly plan_hash!: string;
  @ApiProperty() readonly device_id!: string;
  @ApiProperty(nullable({ type: String })) readonly site_id!: string | null;
  @ApiProperty() readonly profile!: string;
  @ApiProperty({ type: [PlannedPayloadDto] }) readonly payloads!: readonly PlannedPayloadDto[];
  @ApiProperty({ type: [PlannedLeafDto] }) readonly diff!: readonly PlannedLeafDto[];
  @ApiProperty() readonly diff_hash!: string;
  @ApiProperty() readonly leaves_fingerprint!: string;
  @ApiProperty() readonly reversible!: boolean;
  @ApiProperty(listOf(reason)) readonly violations!: readonly Reason[];
  @ApiProperty({ type: [PlannedRpcDto] }) readonly rpcs!: readonly PlannedRpcDto[];
  @ApiProperty({ type: DeviceValidationDto }) readonly device_validation!: DeviceValidationDto;
}

export class SubmittedIntentDto {
  @ApiProperty() readonly action_id!: string;
  @ApiProperty() readonly intent_id!: string;
  @ApiProperty(logPosition) readonly position!: string;
  @ApiProperty() readonly state!: string;
}
