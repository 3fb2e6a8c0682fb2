import { ProblemError, type Decider } from '@interlock/kernel';
import { toBase64 } from '../base64.js';
import { parseCheckpoint } from './checkpoint.js';
import { isCosigner, noteOf, parseNote, parseSignatures, parseVerifier, verifiedBy } from '../note.js';
import { timestampsIn } from '../timestamp-line.js';

/**
 * The log's signed head (stream `checkpoint-_system:log`). `root_hash` is base64, `position` that
 * of the last leaf, and `note` the signed note, which also holds the root over the tenants.
 */
export type CheckpointPublished = {
  readonly origin: string;
  readonly tree_size: number;
  readonly root_hash: string;
  readonly position: string;
  readonly note: string;
};
/**
 * A witness confirms that the checkpoint extends everything it saw before, or a time-stamp
 * authority that it existed. `witness` is the name of either, `signature_line` a line of the note,
 * and `at` the time of the witness or authority.
 */
export type CheckpointCosigned = {
  readonly origin: string;
  readonly tree_size: number;
  readonly witness: string;
  readonly signature_line: string;
  readonly at: string;
};
/**
 * The signed state and the present state contradict each other. `found_by` names the finder: `log`,
 * `export`, or a mirror.
 */
export type TreeInconsistencyFound = {
  readonly origin: string;
  readonly tree_size: number;
  readonly found_by: string;
  readonly detail: string;
};

/**
 * The contradiction that `found_by` reported is over; `detail` says why. When a head is signed,
 * every earlier finding is over too.
 */
export type TreeInconsistencyResolved = {
  readonly origin: string;
  readonly found_by: string;
  readonly detail: string;
};

export type CheckpointEvent =
  | { readonly type: 'CheckpointPublished'; readonly data: CheckpointPublished }
  | { readonly type: 'CheckpointCosigned'; readonly data: CheckpointCosigned }
  | { readonly type: 'TreeInconsistencyFound'; readonly data: TreeInconsistencyFound }
  | { readonly type: 'TreeInconsistencyResolved'; readonly data: TreeInconsistencyResolved };

/** A head in a command. */
export type Head = { readonly size: number; readonly root: string };
export type CheckpointCommand =
  /**
   * `after` is the published head that this one was proven to extend, null for the first. `key` is
   * the verifier key that signed.
   */
  | {
      readonly kind: 'publish';
      readonly checkpoint: { readonly origin: string } & Head;
      readonly position: string;
      readonly note: string;
      readonly key: string;
      readonly after: Head | null;
    }
  | {
      readonly kind: 'cosign';
      readonly origin: string;
      readonly size: number;
      readonly witness: string;
      readonly line: string;
    }
  /** A time stamp that the caller verified: the line of the note, and its time. */
  | {
      readonly kind: 'timestamp';
      readonly origin: string;
      readonly size: number;
      readonly authority: string;
      readonly line: string;
      readonly at: string;
    }
  | { readonly kind: 'report'; readonly data: TreeInconsistencyFound }
  | { readonly kind: 'resolve'; readonly data: TreeInconsistencyResolved };

type Published = Head & { readonly text: string; readonly cosigned: readonly string[] };
/** The latest heads, newest last, and the latest open finding of each finder. */
export type CheckpointState = {
  readonly published: readonly Published[];
  readonly open: readonly TreeInconsistencyFound[];
};

/**
 * How many of the latest checkpoints accept a late cosignature. A state needs no more of the stream
 * than these.
 */
export const keptCheckpoints = 4;
/** The last second of the year 9999, because not every reader understands a later time. */
const lastSecond = 253_402_300_799;

const same = (a: Head | null, b: Head | null): boolean => a?.size === b?.size && a?.root === b?.root;
const isSame = (a: TreeInconsistencyFound, b: TreeInconsistencyFound): boolean =>
  a.found_by === b.found_by && a.tree_size === b.tree_size && a.detail === b.detail;
const without = (open: CheckpointState['open'], foundBy: string): CheckpointState['open'] =>
  open.filter(({ found_by }) => found_by !== foundBy);
const refusal = (detail: string): ProblemError => new ProblemError('tree-inconsistent', detail);
const publish = (
  command: Extract<CheckpointCommand, { kind: 'publish' }>,
  state: CheckpointState,
): readonly CheckpointEvent[] => {
  const {
    checkpoint: { origin, size, root },
    note,
    position,
    key,
    after,
  } = command;
  const last = state.published.at(-1) ?? null;
  if (last?.size === size) {
    if (last.root === root) return [];
    throw refusal(`a tree of ${size} was signed with another root`);
  }
  // INVARIANT: nothing is signed while the log has any open contradiction of the tree, whichever
  // instance wrote it.
  const [contradiction] = state.open;
  if (contradiction !== undefined)
    throw refusal(`it was contradicted (${contradiction.found_by}): ${contradiction.detail}`);
  if (last !== null && size < last.size)
    throw new ProblemError('wrong-state', `a tree of ${last.size} was signed, ${size} is smaller`);
  // INVARIANT: a head is signed only as the extension of the latest one in the log.
  if (!same(after, last))
    throw new ProblemError('stale-revision', `a tree of ${last?.size ?? 0} was signed meanwhile`);
  const signed = parseNote(note);
  const said = parseCheckpoint(signed?.text ?? '');
  const signer = parseVerifier(key);
  if (
    signer === undefined ||
    signed === undefined ||
    said?.origin !== origin ||
    said.size !== size ||
    toBase64(said.root) !== root ||
    verifiedBy(signed, [signer])?.length !== 1
  )
    throw refusal('the note does not sign this head');
  return [
    { type: 'CheckpointPublished', data: { origin, tree_size: size, root_hash: root, position, note } },
  ];
};

const cosign = (
  command: Extract<CheckpointCommand, { kind: 'cosign' }>,
  state: CheckpointState,
): readonly CheckpointEvent[] => {
  const { origin, size, line } = command;
  const witness = parseVerifier(command.witness);
  if (witness === undefined || !isCosigner(witness))
    throw new ProblemError('validation-failed', 'the witness has no key that cosigns');
  const head = state.published.find((published) => published.size === size);
  if (head === undefined) throw new ProblemError('wrong-state', `no tree of ${size} was signed lately`);
  if (head.cosigned.includes(witness.name)) return [];
  const signatures = parseSignatures(line);
  const verified =
    signatures === undefined ? undefined : verifiedBy({ text: head.text, signatures }, [witness]);
  if (signatures?.length !== 1 || verified?.length !== 1)
    throw new ProblemError('validation-failed', `the line does not cosign a tree of ${size}`);
  const at = verified[0]!.atSeconds ?? 0;
  if (at < 1 || at > lastSecond)
    throw new ProblemError('validation-failed', 'the witness states no time at which it could have cosigned');
  return cosignedAt(origin, size, witness.name, line, new Date(at * 1000).toISOString());
};

const timestamp = (
  { origin, size, authority, line, at }: Extract<CheckpointCommand, { kind: 'timestamp' }>,
  state: CheckpointState,
): readonly CheckpointEvent[] => {
  const head = state.published.find((published) => published.size === size);
  if (head === undefined) throw new ProblemError('wrong-state', `no tree of ${size} was signed lately`);
  if (head.cosigned.includes(authority)) return [];
  const signatures = parseSignatures(line);
  const stamps = signatures === undefined ? [] : timestampsIn({ signatures });
  if (signatures?.length !== 1 || stamps[0]?.name !== authority || Number.isNaN(Date.parse(at)))
    throw new ProblemError('validation-failed', 'the line is not a time stamp of the authority');
  return cosignedAt(origin, size, authority, line, at);
};

const cosignedAt = (
  origin: string,
  size: number,
  witness: string,
  line: string,
  at: string,
): readonly CheckpointEvent[] => [
  {
    type: 'CheckpointCosigned',
    data: { origin, tree_size: size, witness, signature_line: line, at },
  },
];

/** What may be signed about a tree, and in which order. */
export const checkpointDecider: Decider<CheckpointCommand, CheckpointEvent, CheckpointState> = {
  name: 'checkpoint',
  types: ['CheckpointPublished', 'CheckpointCosigned', 'TreeInconsistencyFound', 'TreeInconsistencyResolved'],
  initial: { published: [], open: [] },
  decide: (command, state) => {
    switch (command.kind) {
      case 'publish':
        return publish(command, state);
      case 'cosign':
        return cosign(command, state);
      case 'timestamp':
        return timestamp(command, state);
      case 'report':
        return state.open.some((known) => isSame(known, command.data))
          ? []
          : [{ type: 'TreeInconsistencyFound', data: command.data }];
      case 'resolve':
        return state.open.some(({ found_by }) => found_by === command.data.found_by)
          ? [{ type: 'TreeInconsistencyResolved', data: command.data }]
          : [];
    }
  },
  evolve: (state, event) => {
    switch (event.type) {
      case 'CheckpointPublished': {
        const { tree_size: size, root_hash: root, note } = event.data;
        return {
          open: [],
          published: [
            ...state.published,
            { size, root, text: parseNote(note)?.text ?? '', cosigned: [] },
          ].slice(-keptCheckpoints),
        };
      }
      case 'CheckpointCosigned': {
        const { tree_size, witness } = event.data;
        return {
          ...state,
          published: state.published.map((head) =>
            head.size === tree_size ? { ...head, cosigned: [...head.cosigned, witness] } : head,
          ),
        };
      }
      case 'TreeInconsistencyFound':
        return { ...state, open: [...without(state.open, event.data.found_by), event.data] };
      case 'TreeInconsistencyResolved':
        return { ...state, open: without(state.open, event.data.found_by) };
    }
  },
};

/** A checkpoint as it is handed out: the log's signature and the witnesses' cosignatures. */
export const cosignedNote = (note: string, lines: readonly string[]): string => {
  const signed = parseNote(note);
  if (signed === undefined) throw new RangeError('a checkpoint is a note');
  return noteOf(signed.text, [note.slice(signed.text.length + 1), ...lines]);
};
