import { generateKeyPairSync } from 'node:crypto';
import type { ProblemError } from '@interlock/kernel';
import {
  bundleHash,
  bundleIdOf,
  normalBundle,
  parseBundleKeys,
  readEnvelope,
  secretKey,
  signEnvelope,
  verifyEnvelope,
  type BundleKey,
  type UnsignedEnvelope,
  type VerifyOptions,
} from '../src/index.js';
import { rule } from './samples.js';

export const content = normalBundle({
  version: '1.0.0',
  notes: 'Ünïcode \u2028 and "quotes" \\',
  metadata: { ticket: 'CHG-1', nested: { a: [1, 2.5, -0.1, 1e21, true, null] } },
  rules: [
    rule({ id: 'a' }),
    rule({ id: 'b', effect: 'deny', priority: 7, conditions: [{ field: 'risk_score', op: '>', value: 80 }] }),
  ],
});
export const secret = 'a shared secret of thirty-two characters or more';
export const hmacKey = secretKey(secret);
export const pair = generateKeyPairSync('ed25519');
export const file = (keys: readonly object[]): readonly BundleKey[] =>
  parseBundleKeys(JSON.stringify({ keys }));
export const [edKey] = file([
  { id: 'ed-1', alg: 'Ed25519', private_key: pair.privateKey.export({ format: 'pem', type: 'pkcs8' }) },
]) as [BundleKey];
export const exportedAt = '2026-03-02T10:00:00.000Z';
export const unsigned = (over: Partial<UnsignedEnvelope> = {}): UnsignedEnvelope => ({
  format: 'interlock-bundle/1',
  export_id: '7f4f2f66-58a4-7c1e-9c51-0d2f8a6f1b10',
  bundle: content,
  expires_at: '2026-03-03T10:00:00.000Z',
  ...over,
  provenance: {
    tenant: 'demo',
    bundle_id: bundleIdOf('demo', '1.0.0'),
    bundle_hash: bundleHash(over.bundle ?? content),
    exported_at: exportedAt,
    exported_by: 'person:7f4f2f66-58a4-7c1e-9c51-0d2f8a6f1b10',
    ...over.provenance,
  },
});
const options = (over: Partial<VerifyOptions> = {}): VerifyOptions => ({
  keys: [hmacKey, edKey],
  demand: [],
  tenant: 'demo',
  now: '2026-03-02T11:00:00.000Z',
  longestH: 720,
  ...over,
});
export const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    return (error as ProblemError).code;
  }
  return 'accepted';
};
export const both = signEnvelope(unsigned(), [hmacKey, edKey]);
export const outcome = (envelope: unknown, over: Partial<VerifyOptions> = {}): string =>
  codeOf(() => verifyEnvelope(readEnvelope(envelope), options(over)));
