import type { ExportFilter, LogCut } from '@interlock/tree';

/** The known members of an event. A changed or missing event may show only some of them. */
export type EventName = {
  readonly stream: string | null;
  readonly revision: string | null;
  readonly position: string | null;
  readonly id: string | null;
  readonly type: string | null;
};

export type FaultKind =
  /**
   * The bytes differ from the leaf's, on a line in the right place; or the same event is written
   * differently.
   */
  | 'changed'
  | 'spelling'
  /** Leaves without a line: within the file, or at its end. */
  | 'dropped'
  | 'truncated'
  /** Lines that are no leaf of the log, occur twice, or are in the wrong place. */
  | 'inserted'
  | 'duplicate'
  | 'reordered'
  /**
   * The end of the file: it is missing, malformed or does not match the events; it is not signed by
   * the key; or it belongs to another key or log.
   */
  | 'seal'
  | 'signature'
  | 'key'
  | 'origin'
  /** Two signed trees that are not one log; a seal older than a known checkpoint. */
  | 'history'
  | 'older'
  /** Fewer witnesses than requested. */
  | 'witness'
  /** A time stamp that does not hold, or none that covers the events. */
  | 'timestamp'
  /** Files that are not one log in this order. */
  | 'files'
  /** Another export than the requested one: its filter names other categories or events. */
  | 'filter'
  /** A post-mortem whose text is not what its sealed events say. */
  | 'document'
  /** An event from another service than the owner of its category, or without a writer. */
  | 'forged'
  /** It is signed, but Interlock writes no such log. */
  | 'log';

/**
 * A finding and its place: file, line (from 1), leaf of the tree (from 0), and the number of
 * leaves.
 */
export type Fault = {
  readonly kind: FaultKind;
  readonly file: string;
  readonly line: number | null;
  readonly leaf: number | null;
  readonly count: number;
  readonly event: EventName | null;
  readonly what: string;
};

/** The leaves from `from` up to and excluding `to`, for example `leaves 9 to 18`. */
export const rangeText = ({ from, to }: { readonly from: number; readonly to: number }): string =>
  to - from === 1 ? `leaf ${from}` : `leaves ${from} to ${to - 1}`;

/** The trusted part of one file's seal. */
export type SealReport = {
  readonly file: string;
  readonly origin: string;
  readonly size: number;
  /** Base64. */
  readonly root: string;
  readonly events: number;
  readonly runs: readonly (readonly [first: number, count: number])[];
  /** Which leaves the file should hold, according to its seal; null if that does not say it. */
  readonly filter: ExportFilter | null;
  readonly positions: { readonly first: string; readonly last: string } | null;
  /** Verifier key of the signature. If it is not the requested one, that one handed over to it. */
  readonly key: string;
  /**
   * Names and ids of other keys in the signatures. These signatures were not verified, except those
   * of requested witnesses.
   */
  readonly cosigned_by: readonly string[];
};

/**
 * Leaves that are missing from the files because the log was cut. The record of the cut, the signed
 * tree and the cut's own checkpoint agree on them; the archive holds their events.
 */
export type ScavengedPart = {
  readonly cut_id: string;
  readonly leaves: number;
  /** The first and the last of these leaves; others stand between them. */
  readonly first: number;
  readonly last: number;
  /** The archive, its segments, and the size of the log's tree that the checkpoint signs. */
  readonly location: string;
  readonly segments: readonly string[];
  readonly checkpoint_size: number;
  readonly record: LogCut;
};

export type Verification = {
  /**
   * True if the files are complete, every requested check was made, and nothing was found.
   */
  readonly verified: boolean;
  /**
   * True if every leaf of the tree is in the files or was scavenged; or, where completeness was
   * requested, every leaf that the filter in the seal names. Otherwise, a file with no fault and
   * nothing undecided is verified in part.
   */
  readonly complete: boolean;
  /**
   * How many leaves of the tree are neither in the files nor scavenged; null if the files do not
   * say.
   */
  readonly missing_leaves: number | null;
  readonly scavenged: readonly ScavengedPart[];
  readonly files: readonly SealReport[];
  readonly faults: readonly Fault[];
  /** How many faults there are beyond those listed. */
  readonly more: number;
  /** Requested checks that these files cannot answer. */
  readonly undecided: readonly string[];
  /**
   * For a log that is verified, as a whole or in part: what these files and options do not cover.
   */
  readonly not_checked: readonly string[];
  /** Checkpoints from elsewhere that the files were compared with. */
  readonly checkpoints: readonly {
    readonly name: string;
    readonly size: number;
    readonly says: 'same' | 'earlier';
  }[];
  /** Witnesses whose cosignature covers every event of the files. */
  readonly witnesses: readonly { readonly name: string; readonly size: number; readonly at: string }[];
  /** Time stamps of trusted authorities on a tree with every event of the files. */
  readonly timestamps: readonly {
    readonly name: string;
    readonly signer: string;
    readonly size: number;
    readonly at: string;
  }[];
};

/**
 * The result of a report. `in_part`: every event in the files is what was signed, and leaves are
 * missing.
 */
export type Verdict = 'verified' | 'in_part' | 'undecided' | 'not_verified';

/**
 * Sums up a report. INVARIANT: only `verified` is a full confirmation; `in_part` says nothing about
 * the missing events.
 */
export const verdictOf = ({
  verified,
  faults,
  undecided,
  complete,
}: Pick<Verification, 'verified' | 'faults' | 'undecided' | 'complete'>): Verdict => {
  if (verified) return 'verified';
  if (faults.length > 0) return 'not_verified';
  return undecided.length > 0 || complete ? 'undecided' : 'in_part';
};

const listed = 100;

/** The first hundred faults, and how many more there are. */
export class Faults {
  readonly list: Fault[] = [];
  total = 0;

  add(fault: Partial<Fault> & Pick<Fault, 'kind' | 'file' | 'what'>): void {
    this.total += 1;
    if (this.list.length < listed)
      this.list.push({ line: null, leaf: null, count: 1, event: null, ...fault });
  }

  get full(): boolean {
    return this.list.length >= listed;
  }
}

/** An event in words. */
export const eventText = ({ stream, revision, position, id, type }: EventName): string => {
  const place = stream === null ? '' : `${stream}${revision === null ? '' : ` revision ${revision}`}`;
  return (
    [place, position === null ? '' : `position ${position}`, id === null ? '' : `event ${id}`]
      .filter((part) => part !== '')
      .join(', ') + (type === null ? '' : ` (${type})`)
  );
};
