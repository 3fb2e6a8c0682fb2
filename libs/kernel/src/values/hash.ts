import { sha1 } from '@noble/hashes/legacy.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import canonicalize from 'canonicalize';

/**
 * Returns the canonical JSON of RFC 8785: members sorted, and one form for each number. Throws if
 * JSON cannot hold the value.
 */
export const canonicalJson = (value: unknown): string => {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('value has no JSON form');
  return text;
};

/** Returns the SHA-256 of a text in UTF-8 as lower-case hex. */
export const sha256Hex = (text: string): string => bytesToHex(sha256(utf8ToBytes(text)));

/**
 * Returns the SHA-256 over the canonical JSON of a value as lower-case hex. Bundles, policies,
 * plans and intents are named by this hash of their content.
 */
export const contentHash = (value: unknown): string => sha256Hex(canonicalJson(value));

const namespace = hexToBytes('9b6f1f0e4c5a5d1e8f2a6d7c3b0a1e55');

/** Returns a UUIDv5 in Interlock's own namespace, over the parts joined by a line feed. */
export const uuidV5 = (...parts: readonly string[]): string => {
  const name = utf8ToBytes(parts.join('\n'));
  const input = new Uint8Array(namespace.length + name.length);
  input.set(namespace);
  input.set(name, namespace.length);
  const digest = sha1(input).slice(0, 16);
  digest[6] = (digest[6]! & 0x0f) | 0x50;
  digest[8] = (digest[8]! & 0x3f) | 0x80;
  const hex = bytesToHex(digest);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
};

/** Returns the id of the action for an intent: UUIDv5(tenant, intent id). */
export const actionIdOf = (tenantId: string, intentId: string): string => uuidV5(tenantId, intentId);
