import { createHmac, createPublicKey, hash, verify, type KeyObject } from 'node:crypto';
import { fastLeafHash } from '@interlock/archive';
import type { RecordedEvent } from '@interlock/kernel';
import {
  correlationOf,
  entryOf,
  entryText,
  eventLine,
  factsOf,
  type Hash,
  type InnerHash,
  type LeafEntry,
  type LedgerHashes,
  type VerifyEd25519,
} from '@interlock/tree';

const node = Buffer.alloc(65, 1);

/** What `innerHash` answers, by OpenSSL: some times as fast. */
export const innerHashOf: InnerHash = (left, right) => {
  node.set(left, 1);
  node.set(right, 33);
  return hash('sha256', node, 'buffer');
};

/** The hashes of a ledger, by OpenSSL. */
export const fastHashes: LedgerHashes = { leaf: fastLeafHash, inner: innerHashOf };

/** SHA-256 of a line of an export, in base64, as the entry of its leaf has it. */
export const hashOfLine = (line: string): string => hash('sha256', line, 'base64');

/** The hash of an entry's leaf. */
export const leafOfEntry = (entry: LeafEntry): Hash => fastLeafHash(Buffer.from(entryText(entry)));

/**
 * Makes the entries of one tenant's leaves. Events of one append share their correlation: its hash
 * is kept.
 */
export class EntryMaker {
  #last = { id: '', hash: '' };

  constructor(private readonly key: Uint8Array) {}

  entryOf(event: RecordedEvent, line: string, index: number): LeafEntry {
    const id = correlationOf(event);
    if (this.#last.hash === '' || this.#last.id !== id)
      this.#last = { id, hash: createHmac('sha256', this.key).update(id).digest('base64') };
    return entryOf(event, index, hashOfLine(line), this.#last.hash);
  }
}

/** True where an entry is that of an event, as far as can be told without the key of its tenant. */
export const isEntryOf = (entry: LeafEntry, event: RecordedEvent): boolean => {
  const { tenant, category, revision } = factsOf(event);
  return (
    entry.event_hash === hashOfLine(eventLine(event)) &&
    entry.tenant === tenant &&
    entry.category === category &&
    entry.revision === revision
  );
};

const keys = new Map<string, KeyObject>();

/**
 * What `verifyEd25519` answers, by OpenSSL: a tree that is built again verifies each checkpoint of
 * years.
 */
export const fastVerify: VerifyEd25519 = (signature, message, publicKey) => {
  const x = Buffer.from(publicKey).toString('base64url');
  const key = keys.get(x) ?? createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  keys.set(x, key);
  return verify(null, message, key, signature);
};
