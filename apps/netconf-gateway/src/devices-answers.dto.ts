import { txStates, type Reason, type TxState } from '@interlock/contracts';
import type { CellNeighbour, Coverage, Device, DeviceCell } from '@interlock/network';
import {
  listOf,
  logPosition,
  nullable,
  pageOf,
  reason,
  streamRevision,
  time,
  KpiObservationDto,
  WrittenDto,
} from '@interlock/platform';
import { ApiProperty, IntersectionType, OmitType } from '@nestjs/swagger';

export class KnownNeighbourDto implements CellNeighbour {
  @ApiProperty() readonly cell_id!: string;
  @ApiProperty({ enum: ['FULL', 'PARTIAL', 'NO'] }) readonly coverage!: Coverage;
}

export class KnownCellDto implements DeviceCell {
  @ApiProperty() readonly cell_id!: string;
  @ApiProperty({ type: [KnownNeighbourDto] }) readonly neighbours!: readonly KnownNeighbourDto[];
}

export class DeviceEntryDto implements Device {
  @ApiProperty(nullable({ type: String })) readonly quarantined!: string | null;
  @ApiProperty(streamRevision) readonly revision!: string;
  @ApiProperty(time) readonly updated_at!: string;
  @ApiProperty() readonly device_id!: string;
  @ApiProperty() readonly host!: string;
  @ApiProperty() readonly port!: number;
  @ApiProperty() readonly username!: string;
  @ApiProperty() readonly credentials_ref!: string;
  @ApiProperty() readonly host_key_fingerprint!: string;
  @ApiProperty() readonly profile!: string;
  @ApiProperty() readonly site_id!: string;
  @ApiProperty({ type: [KnownCellDto] }) readonly cells!: readonly KnownCellDto[];
}

class TransactionDto {
  @ApiProperty(time) readonly accepted_at!: string;
  @ApiProperty(time) readonly updated_at!: string;
  @ApiProperty() readonly tenant_id!: string;
  @ApiProperty() readonly tx_id!: string;
  @ApiProperty() readonly device_id!: string;
  @ApiProperty() readonly entity_id!: string;
  @ApiProperty() readonly action_type!: string;
  @ApiProperty({ enum: txStates }) readonly state!: TxState;
  @ApiProperty(listOf(reason)) readonly reasons!: readonly Reason[];
  @ApiProperty(nullable({ type: KpiObservationDto })) readonly observation!: KpiObservationDto | null;
  @ApiProperty(logPosition) readonly position!: string;
}

class KpiSampleDto {
  @ApiProperty(time) readonly at!: string;
  @ApiProperty() readonly entity_id!: string;
  @ApiProperty({ enum: ['before', 'soak'] }) readonly moment!: 'before' | 'soak';
  @ApiProperty() readonly kpi!: string;
  @ApiProperty() readonly value!: number;
  @ApiProperty() readonly action_id!: string;
}

export class DevicePageDto extends pageOf(DeviceEntryDto) {}

export class ShownDeviceDto extends DeviceEntryDto {
  @ApiProperty({ type: [String] }) readonly open_transactions!: readonly string[];
}

export class TransactionPageDto extends pageOf(TransactionDto) {}

export class KpiSamplePageDto extends pageOf(KpiSampleDto) {}

class WriteDto extends WrittenDto {
  @ApiProperty(nullable({ type: String })) readonly quarantined!: string | null;
}

/** A device as it was written. */
export class WrittenDeviceDto extends IntersectionType(
  OmitType(DeviceEntryDto, ['revision', 'updated_at', 'quarantined']),
  WriteDto,
) {}

/** A device that is no longer in the inventory. */
export class RemovedDeviceDto extends WriteDto {
  @ApiProperty() readonly device_id!: string;
  @ApiProperty() readonly removed!: boolean;
}
