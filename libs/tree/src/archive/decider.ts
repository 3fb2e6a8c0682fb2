import { ProblemError, type Decider } from '@interlock/kernel';

/**
 * A segment of the log that an archive holds and that was read back (stream
 * `checkpoint-_system:archive`).
 */
export type LogArchived = {
  /** The tree whose leaves it holds. */
  readonly origin: string;
  readonly first: number;
  readonly count: number;
  readonly manifest_sha256: string;
  /** The archive: a directory or a bucket and prefix, without credentials. */
  readonly location: string;
};
export type ArchiveEvent = { readonly type: 'LogArchived'; readonly data: LogArchived };
export type ArchiveCommand = { readonly kind: 'record_segment'; readonly data: LogArchived };
/** The latest record of each archive: the next leaf, and the manifest of the segment before it. */
export type ArchiveState = {
  readonly archives: {
    readonly [location: string]: { readonly next: number; readonly manifest_sha256: string };
  };
};

/**
 * Records each segment once, without gaps. A repeat is already true. Another manifest for recorded
 * leaves is refused.
 */
export const archiveDecider: Decider<ArchiveCommand, ArchiveEvent, ArchiveState> = {
  name: 'archive',
  types: ['LogArchived'],
  initial: { archives: {} },
  decide: ({ data }, { archives }) => {
    const known = archives[data.location];
    const next = known?.next ?? 0;
    if (data.first === next) return [{ type: 'LogArchived', data }];
    const end = data.first + data.count;
    if (end < next || (end === next && data.manifest_sha256 === known?.manifest_sha256)) return [];
    throw new ProblemError(
      'wrong-state',
      data.first > next
        ? `the archive goes to leaf ${next}, not to ${data.first}`
        : `leaves from ${data.first} on are archived with another manifest`,
      { members: { next } },
    );
  },
  evolve: ({ archives }, { data: { location, first, count, manifest_sha256 } }) => ({
    archives: { ...archives, [location]: { next: first + count, manifest_sha256 } },
  }),
};
