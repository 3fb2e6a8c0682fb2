import { toBase64, type Checkpoint, type Hash } from '@interlock/tree';

/** A signed head on its way to a mirror. */
export type SignedHead = {
  readonly checkpoint: Checkpoint;
  /** The note as the log signed it. */
  readonly note: string;
  /** The note with the later cosignatures. */
  readonly cosigned: string;
  /** The key names of the witnesses that cosigned it. */
  readonly witnesses: readonly string[];
  /** The heads of all tenants that it signs, one per line. */
  readonly tenants: string;
  /** Returns the proof that this tree extends the tree of `size`. */
  readonly proofFrom: (size: number) => Promise<readonly Hash[]>;
  /** Returns the root over the tree's first leaves. */
  readonly rootAt: (size: number) => Promise<Hash>;
  /** Returns the number of leaves once the tree covers the whole log. */
  readonly grownTo: () => Promise<number>;
};

/** A place for checkpoints that the operator of the log alone cannot change. */
export interface Mirror {
  /** `directory`, `git` or `witness:<name>`, used in metrics, health checks and findings. */
  readonly name: string;
  /** If true, the mirror takes each size once and ignores later cosignatures of that size. */
  readonly once?: boolean;
  /**
   * Takes a head. It is durable once `settle` resolves. Throws a Contradiction or any other error.
   */
  take(head: SignedHead): Promise<void>;
  /** Ends a round of heads. */
  settle?(): Promise<void>;
  /**
   * Returns the mirror's latest note of an origin; null if it has none. Absent if the mirror cannot
   * be read.
   */
  held?(origin: string): Promise<string | null>;
  /** Drops the cached knowledge of the mirror's content. */
  forget?(): void;
  /** Aborts the work in progress. */
  cut?(): void;
}

/** Describes a checkpoint whose root differs from the tree's. */
export const anotherRoot = ({ size, root }: Checkpoint, is: Hash): string =>
  `it holds the root ${toBase64(root)} over ${size} leaves, and that is ${toBase64(is)}`;

/** A mirror holds a checkpoint that the log did not sign, or a larger tree than the log has. */
export class Contradiction extends Error {
  constructor(
    readonly size: number,
    detail: string,
  ) {
    super(detail);
    this.name = 'Contradiction';
  }
}

/**
 * A failure that is no contradiction and can be retried. `everywhere`: no other head would succeed
 * now.
 */
export class MirrorFailure extends Error {
  readonly everywhere: boolean;
  constructor(
    detail: string,
    { everywhere = false, ...options }: ErrorOptions & { readonly everywhere?: boolean } = {},
  ) {
    super(detail, options);
    this.name = 'MirrorFailure';
    this.everywhere = everywhere;
  }
}
