import { uuidV5, type RecordedEvent } from '@interlock/kernel';
import { runsBetween, toBase64, type LogCut, type Runs } from '@interlock/tree';
import { own } from './corpus.js';
import { foreignKey, SealedEvents, signedBy, textOf, type Part } from './sealed-events.js';

const tenant = 'sim';
const cutRuns: Runs = [
  [3, 6],
  [11, 2],
];

/** A later event of the audit service, as an operator with the key signs it. */
const recorded = (last: RecordedEvent, data: unknown, metadata: object = {}): RecordedEvent => {
  const commit = last.position.commit + 1n;
  const { command: _command, release: _release, ...known } = last.metadata;
  return {
    ...last,
    stream: `checkpoint-${tenant}:cuts`,
    revision: 0n,
    position: { commit, prepare: commit },
    id: uuidV5('cut', last.id),
    type: 'LogCut',
    data: data as object,
    metadata: { ...known, writer: 'audit', ...metadata },
  };
};

/** What is wrong with a record of a cut, and the exit code of a verifier. */
const records: {
  readonly [what: string]: readonly [change: (cut: LogCut) => object, code: number];
} = {
  'that holds': [(cut) => cut, 0],
  'of other leaves': [(cut) => ({ ...cut, nodes: cut.nodes.with(0, toBase64(new Uint8Array(32))) }), 1],
  'with too few hashes': [(cut) => ({ ...cut, nodes: cut.nodes.slice(1) }), 1],
  'of the later run only': [
    (cut) => ({ ...cut, runs: [cut.runs[1]], nodes: cut.nodes.slice(-2), events: 2 }),
    2,
  ],
  'without a segment': [(cut) => ({ ...cut, segments: [] }), 1],
  'with a segment that ends before it': [
    (cut) => ({ ...cut, segments: [{ ...cut.segments[0]!, count: 1 }] }),
    1,
  ],
  'with a manifest that has no hash': [
    (cut) => ({ ...cut, segments: [{ ...cut.segments[0]!, manifest_sha256: 'x' }] }),
    1,
  ],
  'with a checkpoint that is none': [(cut) => ({ ...cut, checkpoint: 'x' }), 1],
  'with a checkpoint of another key': [
    (cut, other = new SealedEvents([]).note(signedBy(foreignKey))) => ({ ...cut, checkpoint: other }),
    1,
  ],
  'of leaves after its checkpoint': [(cut) => ({ ...cut, last_leaf: 1_000_000 }), 1],
  'of another log': [(cut) => ({ ...cut, origin: 'other.example' }), 1],
  'of another tree': [
    (cut) => ({ ...cut, tenant: { ...cut.tenant, root: toBase64(new Uint8Array(32)) } }),
    1,
  ],
  'of another tenant': [(cut) => ({ ...cut, tenant: { ...cut.tenant, tenant: 'other' } }), 1],
  "of another tenant's stream": [
    (cut) => ({ ...cut, streams: [{ ...cut.streams[0]!, stream: 'action-other:1' }] }),
    1,
  ],
  'of later events': [(cut) => ({ ...cut, last_position: '99999999' }), 1],
  'with a revision that is none': [(cut) => ({ ...cut, streams: [{ ...cut.streams[0]!, until: '0' }] }), 1],
  'with a count that is none': [(cut) => ({ ...cut, events: 7 }), 1],
  'that is none': [() => ({ cut_id: 'x' }), 1],
};

/** A file of a log after a cut, and the exit code of a verifier without and with completeness. */
export type CutCase = {
  readonly what: string;
  readonly text: string;
  readonly part: Part;
  readonly code: number;
  readonly complete: number;
};

/** Files of a tenant whose log was cut, with records of the cut that hold or not. */
export async function* cutFiles(honest: SealedEvents): AsyncGenerator<CutCase> {
  const record = await honest.cut(tenant, cutRuns, own);
  const last = honest.events.at(-1)!;
  for (const [what, [change, code]] of Object.entries(records)) {
    const log = new SealedEvents([...honest.events, recorded(last, change(record))]);
    const size = log.entries.filter((entry) => entry.tenant === tenant).length;
    const runs = runsBetween(cutRuns, size);
    const files: readonly (readonly [Part, number, number])[] = [
      // An unfiltered export has no gap but that of a cut.
      [{ tenant, filter: {}, runs }, code === 2 ? 1 : code, code === 2 ? 1 : code],
      // The entries of a stream's export say nothing about completeness.
      [{ tenant, filter: { limit: size }, runs }, code, code],
      [{ tenant, filter: {} }, code === 2 ? 0 : code, code === 2 ? 0 : code],
    ];
    for (const [part, plain, complete] of files)
      yield { what, text: textOf(await log.file(part, own)), part, code: plain, complete };
  }
}

/** Logs in which a rightly signed line is no event. */
export async function* noEvents(honest: SealedEvents): AsyncGenerator<CutCase> {
  const last = honest.events.at(-1)!;
  for (const data of [[1], 'text', 7, true, null])
    for (const part of [{ tenant: null, filter: {} } as const, { tenant, filter: {} } as const]) {
      const log = new SealedEvents([...honest.events, recorded(last, data)]);
      const text = textOf(await log.file(part, own));
      yield { what: `data ${JSON.stringify(data)}`, text, part, code: 1, complete: 1 };
    }
}
