import type { EarnedLevel, EndingWay, HeldLocks, QualificationState } from '@interlock/contracts';
import type { Time } from '@interlock/platform';
import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { ReasonDto } from '../devices/devices.dto.js';

export class QualifyDto extends ReasonDto {
  /** The device's confirm timer during the qualification, in seconds. */
  @IsOptional() @IsInt() @Min(1) @Max(60) confirm_timeout_s: number = 5;
}

/** The level of safety that a device has earned. */
export type DeviceQualificationDto = {
  readonly state: QualificationState;
  /** The level of the last completed run, even if it is stale; null before the first. */
  readonly level: EarnedLevel | null;
  /** The run that is under way, else the last completed one; null if there is neither. */
  readonly run_id: string | null;
  readonly qualified_at: Time | null;
  /** Why the last run has no result, or why the device must be qualified again; null otherwise. */
  readonly why: string | null;
};

type CellResult = 'pass' | 'fail' | 'not_offered';

/** The results of one way to end a change, by the locks that were held. */
type QualificationWayDto = {
  readonly way: EndingWay;
  readonly none: CellResult;
  readonly candidate: CellResult;
  readonly running: CellResult;
  readonly both: CellResult;
};

type QualificationFailureDto = {
  readonly way: EndingWay;
  readonly locks: HeldLocks;
  readonly why: string;
};

/** How a device earned its level. */
export type QualificationMatrixDto = {
  readonly ways: readonly QualificationWayDto[];
  readonly failures: readonly QualificationFailureDto[];
};

export type StartedQualificationDto = {
  readonly device_id: string;
  readonly run_id: string;
};
