import type { Time } from '@interlock/platform';

type ChangedByDto = {
  /** The device's user who made the change; null if the device itself made it. */
  readonly username: string | null;
  readonly session_id: string | null;
  readonly source_host: string | null;
  readonly at: string;
};

type DriftLeafDto = {
  readonly path: string;
  readonly binding: string;
  /** The expected value; null if the leaf should not exist. */
  readonly expected: string | null;
  readonly actual: string | null;
  /** The action that set the expected value. */
  readonly action_id: string;
  /** Who changed the leaf; null if the device has not reported it. */
  readonly changed_by: ChangedByDto | null;
};

/** A device compared with the values that Interlock last set. */
export type DeviceDriftDto = {
  /**
   * `drifted`: the last finding, which stays until a check or a person ends it. `not_checked`:
   * nothing is known.
   */
  readonly state: 'in_sync' | 'drifted' | 'not_checked';
  /** When this instance last compared the device; null if it never has. */
  readonly checked_at: Time | null;
  /** Why the last check did not compare the device; null if it did. */
  readonly why: string | null;
  readonly found_at: Time | null;
  readonly leaves: readonly DriftLeafDto[];
};

type ComparedLeafDto = {
  readonly path: string;
  readonly binding: string;
  /** The expected value; null if the leaf should not exist. */
  readonly expected: string | null;
  readonly actual: string | null;
};

export type CheckedDriftDto = DeviceDriftDto & {
  readonly device_id: string;
  /** Every leaf that this check read; null if it compared nothing. */
  readonly compared: readonly ComparedLeafDto[] | null;
};
