import { createHash, createHmac, createPublicKey, verify as verifySignature } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { nextKey, smallLog } from './sealed-log.js';

// A verifier written from docs/auditing.md, "The sealed export", with nothing of ours: what is
// described there is enough.
const sha256 = (...parts: readonly (string | Buffer | number)[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(typeof part === 'number' ? Buffer.from([part]) : part);
  return hash.digest();
};
const spki = Buffer.from('302a300506032b6570032100', 'hex');

/** True where a note has a signature of the verifier key, and it holds. */
const signedBy = (note: string, vkey: string): boolean => {
  const [name = '', id = ''] = vkey.split('+');
  const end = note.lastIndexOf('\n\n');
  const publicKey = createPublicKey({
    key: Buffer.concat([spki, Buffer.from(vkey.slice(name.length + id.length + 2), 'base64').subarray(1)]),
    format: 'der',
    type: 'spki',
  });
  return note
    .slice(end + 2)
    .split('\n')
    .some((line) => {
      const [dash, signer, encoded = ''] = line.split(' ');
      const bytes = Buffer.from(encoded, 'base64');
      return (
        dash === '—' &&
        signer === name &&
        bytes.subarray(0, 4).toString('hex') === id &&
        verifySignature(null, Buffer.from(note.slice(0, end + 1)), publicKey, bytes.subarray(4))
      );
    });
};

type Tenant = {
  readonly tenant: string;
  readonly size: number;
  readonly root: string;
  readonly index: number;
  readonly path: readonly string[];
};
type Seal = {
  readonly filter?: { readonly categories?: readonly string[]; readonly correlation?: string };
  readonly checkpoint: string;
  readonly keys: { readonly first: string; readonly rotations: readonly string[] };
  readonly proof: readonly string[];
  readonly runs: readonly (readonly [number, number])[];
  readonly tenant: Tenant | null;
};
type Entry = {
  readonly category: string;
  readonly correlation: string;
  readonly event_hash: string;
  readonly index: number;
  readonly revision: string;
  readonly tenant: string;
  readonly v: number;
};
type Line =
  | { readonly seal: { readonly tenant_keys: { readonly [tenant: string]: string } } }
  | { readonly seal: { readonly entries: readonly Entry[] } }
  | { readonly seal: { readonly left_out: readonly Entry[] } }
  | { readonly seal: Seal };

/** Whether an entry is that of an event's line, by the key of its tenant. */
const isEntryOf = (entry: Entry, line: Buffer, keys: { readonly [tenant: string]: string }): boolean => {
  const event = JSON.parse(line.toString()) as {
    readonly stream: string;
    readonly revision: string;
    readonly metadata: { readonly $correlationId: string };
  };
  const [category = '', tenant = ''] = event.stream.slice(0, event.stream.indexOf(':')).split('-');
  const key = Buffer.from(keys[tenant] ?? '', 'base64');
  return (
    entry.v === 1 &&
    entry.event_hash === sha256(line).toString('base64') &&
    entry.tenant === tenant &&
    entry.category === category &&
    entry.revision === event.revision &&
    entry.correlation === createHmac('sha256', key).update(event.metadata.$correlationId).digest('base64') &&
    (entry.index > 0 || sha256('interlock tenant key/v1\n', line).equals(key))
  );
};

/** The root that a leaf, its place and its siblings come to (RFC 9162, 2.1.3.2). */
const rootOfPath = (leaf: Buffer, index: number, size: number, path: readonly string[]): string => {
  let [place, last, hash] = [index, size - 1, leaf];
  for (const text of path) {
    const sibling = Buffer.from(text, 'base64');
    if (place % 2 === 1 || place === last) {
      hash = sha256(1, sibling, hash);
      while (place % 2 === 0 && place !== 0) [place, last] = [place >> 1, last >> 1];
    } else hash = sha256(1, hash, sibling);
    [place, last] = [place >> 1, last >> 1];
  }
  return last === 0 ? hash.toString('base64') : '';
};

const leafOf = ({ category, correlation, event_hash, index, revision, tenant, v }: Entry): Buffer =>
  sha256(0, JSON.stringify({ category, correlation, event_hash, index, revision, tenant, v }));
/** The largest power of two below a number of leaves. */
const halfOf = (leaves: number): number => {
  let half = 1;
  while (half * 2 < leaves) half *= 2;
  return half;
};
const rootOf = (leaves: readonly Buffer[]): Buffer => {
  const half = halfOf(leaves.length);
  return leaves.length === 1
    ? leaves[0]!
    : sha256(1, rootOf(leaves.slice(0, half)), rootOf(leaves.slice(half)));
};

/** Whether the left-out leaves are proved, and none of them belongs to the filter. */
const isComplete = (parts: readonly Line[]): boolean => {
  const { runs, proof, tenant, filter, checkpoint } = parts.at(-1)!.seal as Seal;
  const left = parts.flatMap(({ seal }) => ('left_out' in seal ? seal.left_out : []));
  const keys = parts.flatMap(({ seal }) => ('tenant_keys' in seal ? [seal.tenant_keys] : []))[0]!;
  const size = tenant?.size ?? Number(checkpoint.split('\n')[1]);
  if (filter === undefined || left.length !== size - runs.reduce((sum, [, count]) => sum + count, 0))
    return false;
  let [next, entry] = [0, 0];
  const holds = (start: number, end: number): boolean => {
    if (!runs.some(([first, count]) => first < end && first + count > start)) {
      const leaves = left.slice(entry, (entry += end - start)).map(leafOf);
      return leaves.length > 0 && rootOf(leaves).toString('base64') === proof[next++];
    }
    const half = start + halfOf(end - start);
    return end - start === 1 || (holds(start, half) && holds(half, end));
  };
  const belongs = (one: Entry): boolean =>
    filter.categories?.includes(one.category) !== false &&
    (filter.correlation === undefined ||
      createHmac('sha256', Buffer.from(keys[one.tenant]!, 'base64'))
        .update(filter.correlation)
        .digest('base64') === one.correlation);
  return holds(0, size) && !left.some(belongs);
};

const isAuthentic = (file: Buffer, known: string, complete = false): boolean => {
  const lines: Buffer[] = [];
  for (let at = 0; at < file.length;) {
    const end = file.indexOf(0x0a, at);
    lines.push(file.subarray(at, end));
    at = end + 1;
  }
  const isSeal = (line: Buffer): boolean => line.toString().startsWith('{"seal":');
  const events = lines.filter((line) => !isSeal(line));
  const parts = lines.filter(isSeal).map((line) => JSON.parse(line.toString()) as Line);
  const entries = parts.flatMap(({ seal }) => ('entries' in seal ? seal.entries : []));
  const tenantKeys = parts.flatMap(({ seal }) => ('tenant_keys' in seal ? [seal.tenant_keys] : []))[0]!;
  const { checkpoint, keys, proof, runs, tenant } = parts.at(-1)!.seal as Seal;
  let key = keys.first;
  let found = key === known;
  for (const rotation of keys.rotations) {
    if (!signedBy(rotation, key)) return false;
    key = rotation.split('\n')[1]!;
    found ||= key === known;
  }
  const [origin, logSize, logRoot, extension = ''] = checkpoint.split('\n');
  const [, tenants, tenantsRoot] = extension.split(' ');
  if (!found || !signedBy(checkpoint, key) || origin !== key.slice(0, key.indexOf('+'))) return false;
  const { size, root } = tenant ?? { size: Number(logSize), root: logRoot };
  if (tenant !== null) {
    const head = `{"root":"${tenant.root}","size":${tenant.size},"tenant":"${tenant.tenant}","v":1}`;
    if (rootOfPath(sha256(0, head), tenant.index, Number(tenants), tenant.path) !== tenantsRoot) return false;
  }
  if (entries.length !== events.length || !entries.every((one, i) => isEntryOf(one, events[i]!, tenantKeys)))
    return false;
  let entry = 0;
  let next = 0;
  const tree = (start: number, end: number): Buffer => {
    if (!runs.some(([first, count]) => first < end && first + count > start))
      return Buffer.from(proof[next++] ?? '', 'base64');
    if (end - start === 1) return leafOf(entries[entry++]!);
    const half = start + halfOf(end - start);
    const left = tree(start, half);
    return sha256(1, left, tree(half, end));
  };
  if (complete && !isComplete(parts)) return false;
  return tree(0, size).toString('base64') === root && entry === events.length && next === proof.length;
};

/** False where what is read is no JSON. */
const wellFormed = (holds: () => boolean): boolean => {
  try {
    return holds();
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
};

describe('a verifier written from the document', () => {
  it("comes to the same about whole logs, runs of them, tenants' trees and keys that were handed over", async () => {
    const log = smallLog(30);
    const tenant = smallLog(13, 'log.example/demo');
    const rotated = smallLog(9);
    const first = rotated.key;
    rotated.rotate(nextKey);
    const files: readonly (readonly [string, string])[] = [
      [await log.export(), log.key],
      [
        await log.export([
          [3, 4],
          [9, 1],
          [11, 7],
        ]),
        log.key,
      ],
      [await log.export([[0, 20]], 23), log.key],
      [await tenant.export(), tenant.key],
      [await rotated.export(), first],
      [await rotated.export(), rotated.key],
    ];
    for (const [text, key] of files) {
      const file = Buffer.from(text);
      expect(isAuthentic(file, key)).toBe(true);
      expect(isAuthentic(file, smallLog(1, 'log.example/x').key.replace('+A', '+B'))).toBe(false);
      for (const at of [10, 400]) {
        const changed = Buffer.from(file);
        changed[at]! ^= 1;
        expect(wellFormed(() => isAuthentic(changed, key))).toBe(false);
      }
    }
  });

  it('comes to the same about what an export leaves out', async () => {
    const log = smallLog(30);
    const filter = { categories: ['checkpoint'] };
    const [whole, part] = [await log.exportOf({}), await log.exportOf(filter)];
    for (const text of [whole, part]) expect(isAuthentic(Buffer.from(text), log.key, true)).toBe(true);
    const runs: readonly (readonly [number, number])[] = [
      [9, 1],
      [19, 1],
    ];
    for (const text of [
      await log.sealed([[0, 29]], {}),
      await log.sealed(runs, filter),
      await log.export([[0, 30]]),
    ])
      expect([
        isAuthentic(Buffer.from(text), log.key),
        isAuthentic(Buffer.from(text), log.key, true),
      ]).toEqual([true, false]);
  });
});
