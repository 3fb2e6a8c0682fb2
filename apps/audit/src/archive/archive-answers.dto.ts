import type { Integer, Time, LogPosition } from '@interlock/platform';
import type { ArchiveAnswer } from './archive-view.js';

type ArchiveFaultDto = {
  readonly code: string;
  readonly detail: string;
  readonly remedy: string | null;
};

type ArchivedSegmentDto = {
  readonly manifest: string;
  readonly manifest_sha256: string;
  readonly first: Integer;
  readonly count: Integer;
  readonly last_time: Time;
};

export type ArchiveDto = {
  /** The location of the archive. Null if no archive is configured. */
  readonly location: string | null;
  readonly state: ArchiveAnswer['state'];
  readonly fault: ArchiveFaultDto | null;
  readonly archived_position: LogPosition | null;
  readonly archived_events: Integer;
  readonly checkpoint_events: Integer;
  readonly lag_events: Integer;
  readonly last_segment: ArchivedSegmentDto | null;
};
