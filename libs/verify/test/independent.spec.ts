import { createHash, createPublicKey, verify as verifySignature } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { nextKey, smallLog } from './sealed-log.js';

// A verifier written from docs/auditing.md, "The sealed export", with nothing of ours: what is described there is enough.
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

type Seal = {
  readonly checkpoint: string;
  readonly keys: { readonly first: string; readonly rotations: readonly string[] };
  readonly proof: readonly string[];
  readonly runs: readonly (readonly [number, number])[];
};

const isAuthentic = (file: Buffer, known: string): boolean => {
  const lines: Buffer[] = [];
  for (let at = 0; at < file.length;) {
    const end = file.indexOf(0x0a, at);
    lines.push(file.subarray(at, end));
    at = end + 1;
  }
  const events = lines.filter((line) => !line.toString().startsWith('{"seal":'));
  const { checkpoint, keys, proof, runs } = (JSON.parse(lines.at(-1)!.toString()) as { readonly seal: Seal })
    .seal;
  let key = keys.first;
  let found = key === known;
  for (const rotation of keys.rotations) {
    if (!signedBy(rotation, key)) return false;
    key = rotation.split('\n')[1]!;
    found ||= key === known;
  }
  const [origin, size, root] = checkpoint.split('\n');
  const name = key.slice(0, key.indexOf('+'));
  if (!found || !signedBy(checkpoint, key) || (origin !== name && !origin!.startsWith(`${name}/`)))
    return false;
  let event = 0;
  let next = 0;
  const tree = (start: number, end: number): Buffer => {
    if (!runs.some(([first, count]) => first < end && first + count > start))
      return Buffer.from(proof[next++] ?? '', 'base64');
    if (end - start === 1) return sha256(0, events[event++] ?? '');
    let half = 1;
    while (half * 2 < end - start) half *= 2;
    const left = tree(start, start + half);
    return sha256(1, left, tree(start + half, end));
  };
  return (
    tree(0, Number(size)).toString('base64') === root && event === events.length && next === proof.length
  );
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
        expect(isAuthentic(changed, key)).toBe(false);
      }
    }
  });
});
