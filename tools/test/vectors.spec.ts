import { createHash, createHmac, createPublicKey, verify as verifySignature } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from '@jest/globals';
import { parseVerifier } from '@interlock/tree';
import { verifyLog } from '@interlock/verify';

import { vectors } from '../vectors.mjs';

const folder = fileURLToPath(new URL('../../fixtures/vectors', import.meta.url));
const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
const json = <T>(name: string): T => JSON.parse(read(name)) as T;
const sha256 = (...parts: readonly (string | Uint8Array)[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};
const bytes = (text: string): Buffer => Buffer.from(text, 'base64');

type Entry = {
  readonly [name in 'line' | 'event_hash' | 'tenant_key' | 'correlation' | 'entry' | 'leaf']: string;
};
type Notes = {
  readonly keys: readonly { readonly name: string; readonly id: string; readonly key: string }[];
  readonly rotations: readonly string[];
  readonly checkpoint: string;
};
type Digests = {
  readonly derived_states: {
    readonly states: readonly { readonly stream: string; readonly hash: string }[];
    readonly digest: string;
  };
  readonly action_type: { readonly canonical: string; readonly hash: string };
  readonly manifest: { readonly text: string; readonly sha256: string };
};

describe('fixtures/vectors', () => {
  it('are what `node tools/vectors.mjs` writes', async () => {
    const written = await vectors();
    const files = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name !== 'README.md')
      .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1));
    expect(files.sort()).toEqual([...written.keys()].sort());
    for (const [name, text] of written) expect([name, read(name)]).toEqual([name, text]);
  });

  it('have the hashes that the document describes, by other code', () => {
    for (const { line, event_hash, tenant_key, correlation, entry, leaf } of json<readonly Entry[]>(
      'entries.json',
    )) {
      expect(sha256(line).toString('base64')).toBe(event_hash);
      expect(sha256(Uint8Array.of(0), entry).toString('base64')).toBe(leaf);
      const said = JSON.parse(entry) as { readonly index: number; readonly correlation: string };
      expect(createHmac('sha256', bytes(tenant_key)).update(correlation).digest('base64')).toBe(
        said.correlation,
      );
      if (said.index === 0)
        expect(sha256('interlock tenant key/v1\n', line).toString('base64')).toBe(tenant_key);
    }
    const { derived_states: derived, action_type: kind, manifest } = json<Digests>('digests.json');
    const lines = derived.states.map(({ stream, hash }) => `${stream} ${hash}\n`).sort();
    expect(sha256(lines.join('')).toString('hex')).toBe(derived.digest);
    expect(sha256(kind.canonical).toString('hex')).toBe(kind.hash);
    expect(sha256(manifest.text).toString('hex')).toBe(manifest.sha256);
  });

  it('have notes that the keys signed, by other code', () => {
    const { keys, rotations, checkpoint } = json<Notes>('notes.json');
    const isSigned = (note: string, { name, id, key }: Notes['keys'][number]): boolean => {
      const [text = '', lines = ''] = note.split('\n\n');
      const signature = lines
        .split('\n')
        .filter((line) => line.startsWith(`— ${name} `))
        .map((line) => bytes(line.split(' ')[2]!))
        .find((one) => one.subarray(0, 4).toString('hex') === id);
      const x = bytes(key.split('+').slice(2).join('+')).subarray(1).toString('base64url');
      const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
      return (
        signature !== undefined &&
        verifySignature(null, Buffer.from(`${text}\n`), publicKey, signature.subarray(4))
      );
    };
    const [first, next] = keys;
    expect([
      isSigned(rotations[0]!, first!),
      isSigned(checkpoint, next!),
      isSigned(checkpoint, first!),
    ]).toEqual([true, true, false]);
  });

  it('have exports that are verified, and complete for their filters', async () => {
    const { keys } = json<Notes>('notes.json');
    for (const name of readdirSync(join(folder, 'exports'))) {
      const source = {
        name,
        async *open() {
          yield await Promise.resolve(Buffer.from(read(`exports/${name}`)));
        },
      };
      const found = await verifyLog([source], { key: parseVerifier(keys[0]!.key)!, complete: true });
      expect([name, found.verified, found.faults]).toEqual([name, true, []]);
    }
  });
});
