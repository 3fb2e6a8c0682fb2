import type { Reason, TxState, Violation } from '@interlock/contracts';
import type { Coverage, DeviceTransport } from '@interlock/network';
import type {
  KpiObservationDto,
  WrittenDto,
  StreamRevision,
  Time,
  LogPosition,
  PageOf,
} from '@interlock/platform';

import type { DeviceDriftDto } from '../drift/drift.dto.js';
import type { DeviceQualificationDto, QualificationMatrixDto } from '../qualify/qualify.dto.js';

type KnownNeighbourDto = {
  readonly cell_id: string;
  readonly coverage: Coverage;
};

type KnownSliceDto = {
  /** The S-NSSAI, with or without its PLMN. */
  readonly slice_id: string;
  /** The RRM policies of the cell that share its resources to the slice. */
  readonly policies: readonly string[];
  /** The 5QIs of its flows; null if they are unknown. */
  readonly five_qis: readonly number[] | null;
};

export type CellViewDto = {
  readonly cell_id: string;
  readonly neighbours: readonly KnownNeighbourDto[];
  /** The slices that the cell serves; null if they are unknown. */
  readonly slices: readonly KnownSliceDto[] | null;
};

export type DeviceEntryDto = {
  readonly quarantined: string | null;
  readonly drift: DeviceDriftDto;
  readonly qualification: DeviceQualificationDto;
  readonly revision: StreamRevision;
  readonly updated_at: Time;
  readonly device_id: string;
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly credentials_ref: string;
  readonly host_key_fingerprint: string;
  /** The key that the device changes to; null unless a rotation is under way. */
  readonly next_host_key_fingerprint: string | null;
  /** Whether the device opens the connections (RFC 8071). */
  readonly call_home: boolean;
  /** The protocol that NETCONF runs over (RFC 6242, RFC 7589). */
  readonly transport: DeviceTransport;
  readonly profile: string;
  readonly site_id: string;
  readonly cells: readonly CellViewDto[];
};

type TransactionDto = {
  readonly accepted_at: Time;
  readonly updated_at: Time;
  readonly tenant_id: string;
  readonly tx_id: string;
  readonly device_id: string;
  readonly entity_id: string;
  readonly action_type: string;
  readonly state: TxState;
  readonly reasons: readonly Reason[];
  readonly observation: KpiObservationDto | null;
  readonly position: LogPosition;
};

type KpiSampleDto = {
  readonly at: Time;
  readonly entity_id: string;
  readonly moment: 'before' | 'soak';
  readonly kpi: string;
  readonly value: number;
  readonly action_id: string;
};

export type DevicePageDto = PageOf<DeviceEntryDto>;

export type ShownDeviceDto = DeviceEntryDto & {
  readonly open_transactions: readonly string[];
  /** How the device earned its level of qualification. */
  readonly qualification_matrix: QualificationMatrixDto;
};

export type TransactionPageDto = PageOf<TransactionDto>;

export type KpiSamplePageDto = PageOf<KpiSampleDto>;

type WriteDto = WrittenDto & {
  readonly quarantined: string | null;
};

/** A device as it was written. */
export type WrittenDeviceDto = Omit<
  DeviceEntryDto,
  'revision' | 'updated_at' | 'quarantined' | 'drift' | 'qualification'
> &
  WriteDto;

/** The effect that registering a device as described would have. */
export type ValidatedDeviceDto = {
  readonly device_id: string;
  readonly change: 'new' | 'changed' | 'same';
  /** The revision at which to change it; null for a new device. */
  readonly revision: StreamRevision | null;
  readonly violations: readonly Violation[];
};

/** A device that was removed from the inventory. */
export type RemovedDeviceDto = WriteDto & {
  readonly device_id: string;
  readonly removed: boolean;
};
