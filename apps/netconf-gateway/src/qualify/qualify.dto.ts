import type { EarnedLevel, EndingWay, HeldLocks, QualificationState } from '@interlock/contracts';
import type { Time } from '@interlock/platform';
import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { ReasonDto } from '../devices.dto.js';

export class QualifyDto extends ReasonDto {
  /** Seconds of the device's confirm timer while it is qualified. */
  @IsOptional() @IsInt() @Min(1) @Max(60) confirm_timeout_s: number = 5;
}

/** The level that a device has earned. */
export type DeviceQualificationDto = {
  readonly state: QualificationState;
  /** The level of the last completed run, also while it is stale; null before the first. */
  readonly level: EarnedLevel | null;
  /** The run that is under way, else the last completed one. */
  readonly run_id: string | null;
  readonly qualified_at: Time | null;
  /** Why the last run has no result, or why the device has to be qualified again; else null. */
  readonly why: string | null;
};

type CellResult = 'pass' | 'fail' | 'not_offered';

/** What one way to end a change did, by the locks that were held. */
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
