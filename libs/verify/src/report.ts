/** An event as far as it can be told: what was changed or is gone may tell a part only. */
export type EventName = {
  readonly stream: string | null;
  readonly revision: string | null;
  readonly position: string | null;
  readonly id: string | null;
  readonly type: string | null;
};

export type FaultKind =
  /** Other bytes than the leaf's, on a line that stands in its place; or the same event in another spelling. */
  | 'changed'
  | 'spelling'
  /** Leaves that no line has: within the file, or at its end. */
  | 'dropped'
  | 'truncated'
  /** Lines that are no leaf of the log, that are there twice, or elsewhere than they should be. */
  | 'inserted'
  | 'duplicate'
  | 'reordered'
  /** What ends the file: missing, misspelled, not fitting the events; not signed by the key; of another key or another log. */
  | 'seal'
  | 'signature'
  | 'key'
  | 'origin'
  /** Two signed trees that are not one log; a seal older than a checkpoint that is known. */
  | 'history'
  | 'older'
  /** Fewer witnesses than asked for. */
  | 'witness'
  /** Files that are not one log in this order. */
  | 'files'
  /** An event that another service wrote than the one that its category belongs to, or that names none. */
  | 'forged'
  /** What is signed as it stands, and yet is no log as Interlock writes it. */
  | 'log';

/** What is wrong, and where: file, line (from 1), leaf of the tree (from 0), and how many of them. */
export type Fault = {
  readonly kind: FaultKind;
  readonly file: string;
  readonly line: number | null;
  readonly leaf: number | null;
  readonly count: number;
  readonly event: EventName | null;
  readonly what: string;
};

/** One file's seal, as far as it is to be believed. */
export type SealReport = {
  readonly file: string;
  readonly origin: string;
  readonly size: number;
  /** Base64. */ readonly root: string;
  readonly events: number;
  readonly runs: readonly (readonly [first: number, count: number])[];
  readonly positions: { readonly first: string; readonly last: string } | null;
  /** Verifier key of the signature; where it is not the one that was asked for, that one handed over to it. */
  readonly key: string;
  /** Names and ids of other keys that signed it; whether they did was not looked at, but for the witnesses that were asked for. */
  readonly cosigned_by: readonly string[];
};

export type Verification = {
  /** True where every leaf of the tree is in the files, all was checked that was asked for, and nothing found. */
  readonly verified: boolean;
  /** True where every leaf of the tree is in the files. Without a fault and with nothing undecided a file that is not complete is verified in part. */
  readonly complete: boolean;
  /** How many leaves of the tree are not in the files; null where the files do not say. */
  readonly missing_leaves: number | null;
  readonly files: readonly SealReport[];
  readonly faults: readonly Fault[];
  /** How many faults there are beyond those listed. */
  readonly more: number;
  /** What was asked for and cannot be told from these files. */
  readonly undecided: readonly string[];
  /** Of a log that is verified, as a whole or in part, what these files and options say nothing of. */
  readonly not_checked: readonly string[];
  /** Checkpoints known from elsewhere that the files were compared with. */
  readonly checkpoints: readonly {
    readonly name: string;
    readonly size: number;
    readonly says: 'same' | 'earlier';
  }[];
  /** Witnesses whose cosignature covers every event of the files. */
  readonly witnesses: readonly { readonly name: string; readonly size: number; readonly at: string }[];
};

/** What a report comes to. `in_part`: what is there is what was signed, and leaves are missing. */
export type Verdict = 'verified' | 'in_part' | 'undecided' | 'not_verified';

/** Sums a report up. INVARIANT: only `verified` is an answer to go by; `in_part` says nothing of what is not there. */
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
