#!/usr/bin/env node
// Writes `fixtures/vectors` from the built libraries: an example of every hash, path, note, tile,
// seal and digest that docs/auditing.md describes, for programs that verify exports.
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { canonicalJson, contentHash } from '@interlock/kernel';
import * as tree from '@interlock/tree';

const { toBase64: b64 } = tree;
const folder = fileURLToPath(new URL('../fixtures/vectors/', import.meta.url));
const origin = 'log.example';
const seed = (byte) => new Uint8Array(32).fill(byte);
const bytes = (text) => new TextEncoder().encode(text);
const [first, next] = [seed(1), seed(2)].map((secret) => tree.signerKey(origin, 'note', secret));
const witness = tree.signerKey('witness.example/w1', 'cosignature', seed(3));
const chain = { first: tree.verifierText(first), rotations: [tree.rotationNote(first, next)] };

/** The nodes of the tree over these leaves, and its frontier. */
function grow(leaves) {
  const nodes = new Map();
  const frontier = new tree.Frontier();
  for (const leaf of leaves)
    frontier.append(leaf, (level, index, hash) => nodes.set(`${level} ${index}`, hash));
  return { frontier, read: (level, index) => nodes.get(`${level} ${index}`) };
}

const numbered = (count) => Array.from({ length: count }, (_, i) => tree.leafHash(bytes(`leaf ${i}`)));

async function merkle() {
  const { read } = grow(numbered(11));
  const sizes = Array.from({ length: 12 }, (_, size) => size);
  const paths = [
    ...[
      [0, 1],
      [2, 5],
      [4, 5],
      [6, 11],
      [10, 11],
    ],
  ];
  const consistent = [
    [3, 7],
    [4, 8],
    [6, 11],
    [0, 5],
    [8, 8],
  ];
  const runs = [
    { size: 11, runs: [[0, 11]] },
    { size: 11, runs: [[4, 1]] },
    {
      size: 11,
      runs: [
        [1, 2],
        [8, 3],
      ],
    },
    { size: 7, runs: [] },
  ];
  return {
    leaf: 'leaf N has the bytes of the text `leaf N`',
    leaves: numbered(11).map(b64),
    roots: await Promise.all(sizes.map(async (size) => b64(await tree.rootOf(read, size)))),
    inclusion: await Promise.all(
      paths.map(async ([index, size]) => ({
        index,
        size,
        path: (await tree.inclusionProof(read, index, size)).map(b64),
      })),
    ),
    consistency: await Promise.all(
      consistent.map(async ([from, to]) => ({
        from,
        to,
        proof: (await tree.consistencyProof(read, from, to)).map(b64),
      })),
    ),
    runs: await Promise.all(
      runs.map(async (one) => ({
        ...one,
        subtrees: await tree.partsOf(one.runs, one.size),
        proof: (await tree.partsProof(read, one.runs, one.size)).map(b64),
      })),
    ),
  };
}

async function tiles() {
  const size = 600;
  const edge = await tree.TileEdge.of(0, () => new Uint8Array());
  for (const leaf of numbered(size)) edge.append(leaf);
  const changed = edge.takeChanged().map(({ level, index, hashes }) => ({
    level,
    index,
    width: tree.widthOfTile(level, index, size),
    sha256: createHash('sha256').update(hashes).digest('hex'),
    first: b64(hashes.subarray(0, 32)),
    last: b64(hashes.subarray(hashes.length - 32)),
  }));
  return { leaf: 'leaf N has the bytes of the text `leaf N`', size, tiles: changed };
}

const metadata = (writer, over = {}) => ({
  $correlationId: '0a8b1c2d-0000-5000-8000-000000000001',
  actor: { kind: 'service', service: writer },
  command_id: '0a8b1c2d-0000-5000-8000-000000000002',
  occurred_at: '2026-11-20T10:00:00.000Z',
  schema_version: 1,
  writer,
  ...over,
});
const kind = {
  action_type: 'cell_failover',
  ratio: 0.25,
  largest: 1e21,
  smallest: 1e-7,
  title: 'Zürich “a”',
};
const release = '0a8b1c2d-0000-5000-8000-0000000000aa';
const facts = [
  ['release-_system:safety-rails', 'ReleaseStarted', { version: '0.2.0' }, metadata('safety-rails'), release],
  [
    'action_type-_system:cell_failover',
    'ActionTypeRegistered',
    { action_type: kind },
    metadata('policy-registry'),
  ],
  [
    'action-demo:a',
    'IntentAccepted',
    { action_type: { action_type: 'cell_failover', hash: contentHash(kind) }, text: 'a\u2028b "c"' },
    metadata('safety-rails', { release }),
  ],
  ['lease-demo:all', 'LeaseGranted', { n: 1.5 }, metadata('safety-rails')],
  ['action-demo:a', 'ActionDenied', { gate: 'policy' }, metadata('safety-rails')],
  ['strange', 'Anything', { $base64: 'AAEC' }, {}],
  ['action-other:b', 'IntentAccepted', {}, metadata('safety-rails', { $correlationId: 'not-a-uuid' })],
  [
    'budget-demo:2026-11-20',
    'BudgetConsumed',
    { used: 3 },
    metadata('budget-ledger', { $correlationId: 'b' }),
  ],
];

/** The example log: its lines, and the entries and trees over them. */
function exampleLog() {
  const made = new tree.LogEntries();
  const revisions = new Map();
  const lines = [];
  const entries = [];
  const own = new Map();
  const take = (stream, type, data, of, id = `0a8b1c2d-0000-5000-8000-0000000001${10 + lines.length}`) => {
    const revision = revisions.get(stream) ?? 0n;
    revisions.set(stream, revision + 1n);
    const commit = BigInt(lines.length * 7 + 3);
    const event = { stream, revision, id, type, data, metadata: of };
    const placed = { ...event, position: { commit, prepare: commit }, created: '2026-11-20T10:00:00.123Z' };
    const entry = made.take(placed);
    lines.push(tree.eventLine(placed));
    entries.push(entry);
    own.set(entry.tenant, [...(own.get(entry.tenant) ?? []), entries.length - 1]);
  };
  const whole = () => grow(entries.map((entry) => tree.entryLeaf(entry)));
  const treeOf = (tenant) => grow(own.get(tenant).map((leaf) => tree.entryLeaf(entries[leaf])));
  const heads = () =>
    [...own.keys()].sort().map((tenant) => {
      const { frontier } = treeOf(tenant);
      return { tenant, size: frontier.size, root: b64(frontier.root()) };
    });
  const note = () => {
    const root = whole().frontier.root();
    const text = tree.checkpointText({
      origin,
      size: lines.length,
      root,
      tenants: tree.tenantsHead(heads()),
    });
    return tree.noteOf(text, [tree.signText(text, next), tree.signText(text, witness, 1_700_000_000)]);
  };
  for (const fact of facts) take(...fact);
  const signed = { origin, tree_size: lines.length, root_hash: b64(whole().frontier.root()), note: note() };
  take('checkpoint-_system:log', 'CheckpointPublished', signed, metadata('audit'));
  return { lines, entries, own, whole, treeOf, heads, note, keysOf: (tenants) => made.keysOf(tenants) };
}

/** The lines of an export of the example log. */
async function exportOf(log, tenant, filter) {
  const places = tenant === null ? log.lines.map((_, leaf) => leaf) : log.own.get(tenant);
  const { read } = tenant === null ? log.whole() : log.treeOf(tenant);
  const correlationIn = (leaf) => JSON.parse(log.lines[leaf]).metadata.$correlationId;
  const runs = [];
  for (const [index, leaf] of places.entries()) {
    const { category } = log.entries[leaf];
    if (filter.categories?.includes(category) === false) continue;
    if (filter.correlation !== undefined && correlationIn(leaf) !== filter.correlation) continue;
    if (runs.length > 0 && runs.at(-1)[0] + runs.at(-1)[1] === index) runs.at(-1)[1] += 1;
    else runs.push([index, 1]);
  }
  const leavesOf = (of) => of.flatMap(([from, count]) => places.slice(from, from + count));
  const [kept, left] = [runs, tree.runsBetween(runs, places.length)].map(leavesOf);
  const names = new Set(
    kept.flatMap((leaf) => tree.namedBy(eventOf(log.lines[leaf])).map(({ name }) => name)),
  );
  const named = log.lines.flatMap((event, index) =>
    names.has(tree.nameOfSystemEvent(eventOf(event))) ? [{ event, index, entry: log.entries[index] }] : [],
  );
  const all = log.whole();
  const withPaths = await Promise.all(
    (tenant === null ? [] : named).map(async (one) =>
      tree.namedLine({ ...one, path: await tree.inclusionProof(all.read, one.index, log.lines.length) }),
    ),
  );
  const entriesOf = (leaves) => leaves.map((leaf) => log.entries[leaf]);
  return [
    ...kept.map((leaf) => log.lines[leaf]),
    tree.tenantKeysLine(log.keysOf(new Set(entriesOf(kept).map((entry) => entry.tenant)))),
    tree.entriesLine(entriesOf(kept)),
    ...(left.length === 0 ? [] : [tree.leftOutLine(entriesOf(left))]),
    ...withPaths,
    tree.sealLine({
      filter,
      runs,
      proof: await tree.partsProof(read, runs, places.length),
      tenant: tenant === null ? null : await tree.tenantPath(log.heads(), tenant),
      checkpoint: log.note(),
      keys: chain,
    }),
  ];
}
const eventOf = (line) => tree.readExportedLine(line).event;

function entries(log) {
  const keys = log.keysOf([...log.own.keys()]);
  return log.lines.map((line, leaf) => ({
    line,
    event_hash: log.entries[leaf].event_hash,
    tenant_key: b64(keys[log.entries[leaf].tenant]),
    correlation: tree.correlationOf(eventOf(line)),
    entry: tree.entryText(log.entries[leaf]),
    leaf: b64(tree.entryLeaf(log.entries[leaf])),
  }));
}

async function tenants(log) {
  const heads = log.heads();
  const { size, root } = tree.tenantsHead(heads);
  return {
    heads: heads.map((head) => ({
      text: tree.tenantHeadText(head),
      leaf: b64(tree.leafHash(bytes(tree.tenantHeadText(head)))),
    })),
    size,
    root: b64(root),
    paths: await Promise.all(
      heads.map(async ({ tenant }) => {
        const { index, path } = await tree.tenantPath(heads, tenant);
        return { tenant, index, path: path.map(b64) };
      }),
    ),
  };
}

function notes(log) {
  const key = ({ seed: secret, ...of }) => ({
    name: of.name,
    seed: b64(secret),
    id: tree.keyIdOf(of),
    key: tree.verifierText(of),
  });
  return { keys: [first, next, witness].map(key), rotations: chain.rotations, checkpoint: log.note() };
}

function digests(log) {
  const states = [
    ['action-demo:b', { state: 'DENIED' }],
    ['action-demo:a', { state: 'COMPLETED', n: 1.5 }],
  ].map(([stream, state]) => ({ stream, state, hash: contentHash(state) }));
  const listed = states.map(({ stream, hash }) => `${stream} ${hash}\n`).sort();
  const file = { bytes: 3, sha256: createHash('sha256').update('abc').digest('hex') };
  const manifest = tree.manifestText({
    version: 1,
    ...{ origin, first: 0, count: log.lines.length, first_position: '3', last_position: '59' },
    ...{ first_time: '2026-11-20T10:00:00.123Z', last_time: '2026-11-20T10:00:00.123Z' },
    ...{ compressed: file, plain: file, checkpoint: log.note(), previous: null },
  });
  const { read } = grow(numbered(11));
  return {
    derived_states: { states, digest: createHash('sha256').update(listed.join('')).digest('hex') },
    action_type: { canonical: canonicalJson(kind), hash: contentHash(kind) },
    manifest: { text: manifest, sha256: createHash('sha256').update(manifest).digest('hex') },
    cut: {
      leaf: 'leaf N has the bytes of the text `leaf N`',
      runs: [[3, 6]],
      nodes: tree.subtreesOf([3, 6]).map(([start, end]) => {
        const level = Math.log2(end - start);
        return { start, end, hash: b64(read(level, start / (end - start))) };
      }),
    },
  };
}

/** The files of `fixtures/vectors` and their content. */
export async function vectors() {
  const log = exampleLog();
  const json = (value) => `${JSON.stringify(value, null, 2)}\n`;
  const exports = {
    'whole.ndjson': [null, {}],
    'tenant.ndjson': ['demo', {}],
    'category.ndjson': ['demo', { categories: ['action'] }],
    'correlation.ndjson': ['demo', { correlation: '0a8b1c2d-0000-5000-8000-000000000001' }],
    'whole-category.ndjson': [null, { categories: ['action', 'budget'] }],
  };
  const sealed = await Promise.all(
    Object.entries(exports).map(async ([name, [tenant, filter]]) => [
      `exports/${name}`,
      `${(await exportOf(log, tenant, filter)).join('\n')}\n`,
    ]),
  );
  return new Map([
    ['merkle.json', json(await merkle())],
    ['tiles.json', json(await tiles())],
    ['entries.json', json(entries(log))],
    ['tenants.json', json(await tenants(log))],
    ['notes.json', json(notes(log))],
    ['digests.json', json(digests(log))],
    ...sealed,
  ]);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  mkdirSync(`${folder}exports`, { recursive: true });
  for (const [name, text] of await vectors()) writeFileSync(folder + name, text);
}
