import type { Time } from '@interlock/platform';

type ChangedByDto = {
  /** A user of the device; null if the device itself made the change. */
  readonly username: string | null;
  readonly session_id: string | null;
  readonly source_host: string | null;
  readonly at: string;
};

type DriftLeafDto = {
  readonly path: string;
  readonly binding: string;
  /** null: the leaf is absent. */
  readonly expected: string | null;
  readonly actual: string | null;
  /** The action that left the expected value. */
  readonly action_id: string;
  /** Who changed it; null if the device has not said so. */
  readonly changed_by: ChangedByDto | null;
};

/** How a device compares with the values that Interlock left on it. */
export type DeviceDriftDto = {
  /**
   * `drifted`: as last found, until a check or a person ends it. `not_checked`: nothing is known.
   */
  readonly state: 'in_sync' | 'drifted' | 'not_checked';
  /** When this instance last compared the device; null if it never did. */
  readonly checked_at: Time | null;
  /** Why the last check did not compare it; null if it did. */
  readonly why: string | null;
  readonly found_at: Time | null;
  readonly leaves: readonly DriftLeafDto[];
};

type ComparedLeafDto = {
  readonly path: string;
  readonly binding: string;
  /** null: the leaf is absent. */
  readonly expected: string | null;
  readonly actual: string | null;
};

export type CheckedDriftDto = DeviceDriftDto & {
  readonly device_id: string;
  /** Every leaf that this check read; null if it compared nothing. */
  readonly compared: readonly ComparedLeafDto[] | null;
};
