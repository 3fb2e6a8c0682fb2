import type { Archive, FiledManifest } from '@interlock/archive';
import { parsePosition, type Position } from '@interlock/kernel';
import { manifestFile } from '@interlock/tree';
import type { ArchiveFaultSeen, ArchiveRunner, ArchiveState } from './archive-runner.js';
import type { LogTree } from './log-tree.js';

export type ArchiveAnswer = {
  /** The location of the archive; null if no archive is configured. */
  readonly location: string | null;
  readonly state: ArchiveState | 'off';
  readonly fault: ArchiveFaultSeen | null;
  readonly archived_position: string | null;
  /**
   * The number of leaves that are archived, that the latest checkpoint covers, and that are covered
   * but not archived yet.
   */
  readonly archived_events: number;
  readonly checkpoint_events: number;
  readonly lag_events: number;
  readonly last_segment: {
    readonly manifest: string;
    readonly manifest_sha256: string;
    readonly first: number;
    readonly count: number;
    readonly last_time: string;
  } | null;
};

export type ArchiveParts = {
  readonly archive: Archive;
  readonly runner: ArchiveRunner;
  readonly tree: LogTree;
};

/** The state of the archive. It is read from the store, so every instance gives the same answer. */
export class ArchiveView {
  constructor(private readonly parts: ArchiveParts | null) {}

  /**
   * Returns the last archived position; null if nothing is archived. Later events must not be
   * scavenged. Throws `archive-unavailable` or `archive-contradicted`, and then nothing may be
   * scavenged.
   */
  async archivedUpTo(): Promise<Position | null> {
    this.parts?.runner.check();
    const last = (await this.parts?.archive.last()) ?? null;
    return last === null ? null : (parsePosition(last.manifest.last_position) ?? null);
  }

  async answer(): Promise<ArchiveAnswer> {
    if (this.parts === null)
      return {
        location: null,
        state: 'off',
        fault: null,
        archived_position: null,
        archived_events: 0,
        checkpoint_events: 0,
        lag_events: 0,
        last_segment: null,
      };
    const { archive, runner, tree } = this.parts;
    const [last, checkpoint] = await Promise.all([archive.last(), tree.checkpoint()]);
    const archived = last === null ? 0 : last.manifest.first + last.manifest.count;
    const covered = checkpoint?.size ?? 0;
    return {
      location: archive.store.location,
      state: runner.state,
      fault: runner.fault,
      archived_position: runner.state === 'stopped' ? null : (last?.manifest.last_position ?? null),
      archived_events: archived,
      checkpoint_events: covered,
      lag_events: Math.max(0, covered - archived),
      last_segment: last === null ? null : segmentOf(last),
    };
  }
}

const segmentOf = ({ manifest, sha256 }: FiledManifest): NonNullable<ArchiveAnswer['last_segment']> => ({
  manifest: manifestFile(manifest),
  manifest_sha256: sha256,
  first: manifest.first,
  count: manifest.count,
  last_time: manifest.last_time,
});
