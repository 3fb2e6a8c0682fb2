import { toBase64, type Checkpoint, type Hash } from '@interlock/tree';

/** A signed head on its way to a mirror. */
export type SignedHead = {
  readonly checkpoint: Checkpoint;
  /** As the log signed it. */
  readonly note: string;
  /** With the cosignatures that came since. */
  readonly cosigned: string;
  /** Witnesses that cosigned it, by name of their key. */
  readonly witnesses: readonly string[];
  /** The heads of all tenants that it signs, one a line. */
  readonly tenants: string;
  /** Proof that the tree of this size extends that of `size`. */
  readonly proofFrom: (size: number) => Promise<readonly Hash[]>;
  /** Root over the tree's first leaves. */
  readonly rootAt: (size: number) => Promise<Hash>;
  /** How many leaves the tree has when all of the log is in it. */
  readonly grownTo: () => Promise<number>;
};

/** Where checkpoints are kept that the operator of the log cannot take back alone. */
export interface Mirror {
  /** `directory`, `git`, `witness:<name>`: for metrics, health and findings. */
  readonly name: string;
  /** It takes each size once; later cosignatures of that size do not matter to it. */
  readonly once?: boolean;
  /**
   * Takes a head; it is durable there when `settle` has answered. Throws Contradiction, or whatever
   * went wrong.
   */
  take(head: SignedHead): Promise<void>;
  /** Ends a round of heads. */
  settle?(): Promise<void>;
  /**
   * The note that stands there as the latest of an origin; null where there is none. Absent where
   * that cannot be asked.
   */
  held?(origin: string): Promise<string | null>;
  /** What is known here of what stands there is to be looked up anew. */
  forget?(): void;
  /** Ends what is under way. */
  cut?(): void;
}

/** What is said of a checkpoint whose root is another one than the tree's. */
export const anotherRoot = ({ size, root }: Checkpoint, is: Hash): string =>
  `it holds the root ${toBase64(root)} over ${size} leaves, and that is ${toBase64(is)}`;

/** A mirror shows what the log did not sign, or holds more than the log has. */
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
 * What went wrong and is no contradiction: to be tried again. `everywhere`: no other head would
 * fare better now.
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
