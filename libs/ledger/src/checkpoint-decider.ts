import { ProblemError, type Decider } from '@interlock/kernel';
import { fromBase64, toBase64 } from './base64.js';
import { checkpointText, type Checkpoint } from './checkpoint.js';
import { noteOf, parseNote, parseSignatures, parseVerifier, verifiedBy } from './note.js';

/** A tree's head, signed (stream `checkpoint-<tenant>:log`). `root_hash` is base64, `position` that of the last leaf, `note` the signed note. */
export type CheckpointPublished = { readonly origin: string; readonly tree_size: number; readonly root_hash: string; readonly position: string; readonly note: string };
/** A witness says that the checkpoint extends all that it saw before; `signature_line` is a line of the note. `at` is the witness's time. */
export type CheckpointCosigned = { readonly origin: string; readonly tree_size: number; readonly witness: string; readonly signature_line: string; readonly at: string };
/** What was signed and what is there contradict one another. `found_by` names who saw it: `log`, `export`, or a mirror. */
export type TreeInconsistencyFound = { readonly origin: string; readonly tree_size: number; readonly found_by: string; readonly detail: string };

export type CheckpointEvent =
  | { readonly type: 'CheckpointPublished'; readonly data: CheckpointPublished }
  | { readonly type: 'CheckpointCosigned'; readonly data: CheckpointCosigned }
  | { readonly type: 'TreeInconsistencyFound'; readonly data: TreeInconsistencyFound };

/** A head as a command names it. */
export type Head = { readonly size: number; readonly root: string };
export type CheckpointCommand =
  /** `after` is the published head that this one was proven to extend, null for the first; `key` is the verifier key of the one that signed. */
  | { readonly kind: 'publish'; readonly checkpoint: { readonly origin: string } & Head; readonly position: string; readonly note: string; readonly key: string; readonly after: Head | null }
  | { readonly kind: 'cosign'; readonly origin: string; readonly size: number; readonly witness: string; readonly line: string }
  | { readonly kind: 'report'; readonly data: TreeInconsistencyFound };

type Published = Head & { readonly text: string; readonly cosigned: readonly string[] };
/** The latest heads, newest last, and what was reported since. */
export type CheckpointState = { readonly published: readonly Published[]; readonly reported: readonly string[] };

/** How many of the latest checkpoints a late cosignature is taken for; a state needs no more of the stream than this many. */
export const keptCheckpoints = 4;
const keptReports = 100;

const same = (a: Head | null, b: Head | null): boolean => a?.size === b?.size && a?.root === b?.root;
const reportKey = ({ found_by, tree_size, detail }: TreeInconsistencyFound): string => `${found_by} ${tree_size} ${detail}`;
const refusal = (detail: string): ProblemError => new ProblemError('tree-inconsistent', detail);
const textOf = ({ origin, size, root }: { readonly origin: string } & Head): string => {
  const hash = fromBase64(root);
  if (hash?.length !== 32) throw refusal('the root is no hash');
  const checkpoint: Checkpoint = { origin, size, root: hash };
  return checkpointText(checkpoint);
};

const publish = (command: Extract<CheckpointCommand, { kind: 'publish' }>, state: CheckpointState): readonly CheckpointEvent[] => {
  const { checkpoint: { origin, size, root }, note, position, key, after } = command;
  const last = state.published.at(-1) ?? null;
  if (last?.size === size) {
    if (last.root === root) return [];
    throw refusal(`a tree of ${size} was signed with another root`);
  }
  if (last !== null && size < last.size) throw new ProblemError('wrong-state', `a tree of ${last.size} was signed, ${size} is smaller`);
  // INVARIANT: a head is signed only as the extension of the one that stands last in the log.
  if (!same(after, last)) throw new ProblemError('stale-revision', `a tree of ${last?.size ?? 0} was signed meanwhile`);
  const text = textOf(command.checkpoint);
  const signed = parseNote(note);
  const signer = parseVerifier(key);
  if (signer === undefined || signed?.text !== text || verifiedBy(signed, [signer])?.length !== 1) throw refusal('the note does not sign this head');
  return [{ type: 'CheckpointPublished', data: { origin, tree_size: size, root_hash: root, position, note } }];
};

const cosign = (command: Extract<CheckpointCommand, { kind: 'cosign' }>, state: CheckpointState): readonly CheckpointEvent[] => {
  const { origin, size, line } = command;
  const witness = parseVerifier(command.witness);
  if (witness?.kind !== 'cosignature') throw new ProblemError('validation-failed', 'the witness has no key that cosigns');
  const head = state.published.find((published) => published.size === size);
  if (head === undefined) throw new ProblemError('wrong-state', `no tree of ${size} was signed lately`);
  if (head.cosigned.includes(witness.name)) return [];
  const signatures = parseSignatures(line);
  const verified = signatures === undefined ? undefined : verifiedBy({ text: head.text, signatures }, [witness]);
  if (signatures?.length !== 1 || verified?.length !== 1) throw new ProblemError('validation-failed', `the line does not cosign a tree of ${size}`);
  return [{ type: 'CheckpointCosigned', data: { origin, tree_size: size, witness: witness.name, signature_line: line, at: new Date(verified[0]!.atSeconds! * 1000).toISOString() } }];
};

/** What may be signed of a tree, in which order. */
export const checkpointDecider: Decider<CheckpointCommand, CheckpointEvent, CheckpointState> = {
  name: 'checkpoint',
  types: ['CheckpointPublished', 'CheckpointCosigned', 'TreeInconsistencyFound'],
  initial: { published: [], reported: [] },
  decide: (command, state) => {
    switch (command.kind) {
      case 'publish': return publish(command, state);
      case 'cosign': return cosign(command, state);
      case 'report': return state.reported.includes(reportKey(command.data)) ? [] : [{ type: 'TreeInconsistencyFound', data: command.data }];
    }
  },
  evolve: (state, event) => {
    switch (event.type) {
      case 'CheckpointPublished': {
        const { tree_size: size, root_hash: root, note } = event.data;
        return { ...state, published: [...state.published, { size, root, text: parseNote(note)?.text ?? '', cosigned: [] }].slice(-keptCheckpoints) };
      }
      case 'CheckpointCosigned': {
        const { tree_size, witness } = event.data;
        return { ...state, published: state.published.map((head) => (head.size === tree_size ? { ...head, cosigned: [...head.cosigned, witness] } : head)) };
      }
      case 'TreeInconsistencyFound': return { ...state, reported: [...state.reported, reportKey(event.data)].slice(-keptReports) };
    }
  },
};

/** A checkpoint as it is handed out: the log's signature and whatever witnesses added. */
export const cosignedNote = (note: string, lines: readonly string[]): string => {
  const signed = parseNote(note);
  if (signed === undefined) throw new RangeError('a checkpoint is a note');
  return noteOf(signed.text, [note.slice(signed.text.length + 1), ...lines]);
};

/** A head as commands name it. */
export const headOf = ({ size, root }: Checkpoint): Head => ({ size, root: toBase64(root) });
