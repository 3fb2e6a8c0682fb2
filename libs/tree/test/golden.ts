import { fold, type DomainEvent } from '@interlock/kernel';
import {
  checkpointDecider,
  checkpointText,
  cutDecider,
  cutNoteDecider,
  firstKeyFiles,
  logKeyDecider,
  nextKeyFiles,
  noteOf,
  readKeyFiles,
  signerKey,
  signText,
  verifierText,
  fromBase64,
  toBase64,
  type CheckpointCommand,
  type LogCut,
  type ReadKeys,
} from '../src/index.js';

export const origin = 'interlock.local/tree';
export const seedOf = (n: number): Uint8Array => new Uint8Array(32).fill(n);
export const rootText = (n: number): string => toBase64(seedOf(16 + n));
/** What the checkpoints of the tests say of the tenants: one, of any root. */
export const tenants = { size: 1, root: seedOf(15) };
export const key = signerKey(origin, 'note', seedOf(1));
export const witness = signerKey('witness.example/w1', 'cosignature', seedOf(2));

export const published = (
  size: number,
  root: string,
  after: { size: number; root: string } | null = null,
): Extract<CheckpointCommand, { kind: 'publish' }> => {
  const text = checkpointText({ origin, size, root: fromBase64(root)!, tenants });
  return {
    kind: 'publish',
    checkpoint: { origin, size, root },
    position: `${size}`,
    note: noteOf(text, [signText(text, key)]),
    key: verifierText(key),
    after,
  };
};
export const cosignOf = (size: number, root: string): Extract<CheckpointCommand, { kind: 'cosign' }> => ({
  kind: 'cosign',
  origin,
  size,
  witness: verifierText(witness),
  line: signText(checkpointText({ origin, size, root: fromBase64(root)!, tenants }), witness, 1_795_000_000),
});
export const keysRead = (files: { readonly [name: string]: string }): ReadKeys => {
  const read = readKeyFiles(files);
  if ('fault' in read) throw new Error(read.fault);
  return read;
};
export const firstKeys = firstKeyFiles(origin, seedOf(1));
export const rotatedKeys: { readonly [name: string]: string } = {
  ...firstKeys,
  ...nextKeyFiles(keysRead(firstKeys), seedOf(3)),
};

/** A cut of two leaves of a tree of three. */
const exampleCut: LogCut = {
  cut_id: '5f0c7b1e-3a52-5d0b-9c8e-6a1f2b3c4d5e',
  origin,
  before: '2026-08-22T00:00:00.000Z',
  streams: [{ stream: 'action-demo:a-1', from: '0', until: '2' }],
  events: 2,
  bytes: 1400,
  from: '2026-05-01T10:00:00.000Z',
  to: '2026-05-01T10:00:02.000Z',
  last_position: '12',
  last_leaf: 5,
  runs: [[0, 2]],
  nodes: [rootText(2)],
  location: 's3://archive/interlock/',
  segments: [{ first: 0, count: 10_000, manifest_sha256: 'a'.repeat(64) }],
  checkpoint: published(7, rootText(0)).note,
  tenant: { tenant: 'demo', size: 3, root: rootText(1), index: 0, path: [] },
};

/** One example of each event of this context, as the deciders write it now. */
export const exampleEvents = (): { readonly [type: string]: object } => {
  const first = checkpointDecider.decide(published(7, rootText(0)), checkpointDecider.initial);
  const signed = fold(checkpointDecider, first);
  const found = checkpointDecider.decide(
    {
      kind: 'report',
      data: {
        origin,
        tree_size: 7,
        found_by: 'log',
        detail: 'the root over 7 leaves was signed as another than it is',
      },
    },
    signed,
  );
  const resolve = {
    kind: 'resolve',
    data: { origin, found_by: 'log', detail: 'the tree was built again from a log that agrees' },
  } as const;
  const events: readonly DomainEvent[] = [
    ...first,
    ...checkpointDecider.decide(cosignOf(7, rootText(0)), signed),
    ...found,
    ...checkpointDecider.decide(resolve, fold(checkpointDecider, found, {}, signed)),
    ...logKeyDecider.decide({ kind: 'adopt', chain: keysRead(rotatedKeys).chain }, logKeyDecider.initial),
    ...cutDecider.decide({ kind: 'record_cut', data: exampleCut }, cutDecider.initial),
    ...cutNoteDecider.decide(
      { kind: 'note_cut', cut: exampleCut, tenant_id: 'demo' },
      cutNoteDecider.initial,
    ),
    ...cutDecider.decide({ kind: 'record_truncated', cut_id: exampleCut.cut_id }, { open: exampleCut }),
  ];
  return Object.fromEntries(events.map(({ type, data }) => [type, data]));
};
