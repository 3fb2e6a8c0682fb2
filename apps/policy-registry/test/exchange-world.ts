import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect } from '@jest/globals';
import { collect } from '@interlock/kernel';
import {
  bundleHash,
  bundleIdOf,
  normalBundle,
  parseBundleKeys,
  signEnvelope,
  type BundleEnvelope,
  type BundleKey,
} from '@interlock/policy';
import { bundlesPath, failoverRule, useRegistry, type Answer } from './world.js';

export const secret = 'the secret of this very test, long enough';
export const pair = generateKeyPairSync('ed25519');
const keyFile = {
  keys: [
    { id: 'mac-1', alg: 'HMAC-SHA256', secret },
    {
      id: 'ed-1',
      alg: 'Ed25519',
      private_key: pair.privateKey.export({ format: 'pem', type: 'pkcs8' }) as string,
    },
    { id: 'old', alg: 'HMAC-SHA256', secret: `${secret} before`, state: 'retired' },
    { id: 'lost', alg: 'HMAC-SHA256', secret: `${secret} lost`, state: 'revoked' },
  ],
};
export const [mac, ed, old, lost] = parseBundleKeys(JSON.stringify(keyFile)) as [
  BundleKey,
  BundleKey,
  BundleKey,
  BundleKey,
];
export const hourMs = 3_600_000;
let versions = 0;
export const nextVersion = (): string => `7.0.${(versions += 1)}`;

/** A file exported by another installation with the same keys, some hours ago. */
export const exported = ({
  version = nextVersion(),
  rules = [failoverRule()] as readonly object[],
  ago = 0,
  hours = 24,
  by = [mac, ed],
  bundle = normalBundle({ version, rules: rules as never }) as object,
} = {}): BundleEnvelope => {
  const at = Date.now() - ago * hourMs;
  const provenance = {
    tenant: 'elsewhere',
    bundle_id: bundleIdOf('elsewhere', version),
    bundle_hash: bundleHash(bundle as never),
    exported_at: new Date(at).toISOString(),
    exported_by: 'service:cli',
  };
  return signEnvelope(
    {
      format: 'interlock-bundle/1',
      export_id: randomUUID(),
      bundle: bundle as never,
      provenance,
      expires_at: new Date(at + hours * hourMs).toISOString(),
    },
    by,
  );
};

/** A registry that signs with these keys, and the operations of its suites. */
export const useExchange = () => {
  let folder: string;
  const registry = useRegistry(() => {
    folder = mkdtempSync(join(tmpdir(), 'interlock-bundle-keys-'));
    writeFileSync(join(folder, 'keys.json'), JSON.stringify(keyFile));
    return { BUNDLE_KEYS_FILE: join(folder, 'keys.json') };
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const { call } = registry;
  const events = (stream: string) => collect(registry.parts.log.store.read(stream));
  return {
    registry,
    call,
    events,
    importing: (body: unknown, more: object = {}): Promise<Answer> =>
      call('POST', `${bundlesPath}/import`, { body, ...more }),
    exists: async (version: string): Promise<boolean> =>
      (await call('GET', `${bundlesPath}/${bundleIdOf('demo', version)}/history`)).status === 200,
    draft: async (version = nextVersion(), over: object = {}): Promise<Answer> => {
      const made = await call('POST', bundlesPath, {
        body: {
          version,
          rules: [failoverRule()],
          notes: 'Notes with ü and \u2028',
          metadata: { ticket: 'CHG-7' },
          ...over,
        },
      });
      expect(made.status).toBe(201);
      return made;
    },
    /** Checks that no secret of a key appears in a logged line or an event. */
    expectNoSecret: async (): Promise<void> => {
      const seen = JSON.stringify([
        registry.parts.lines,
        (await collect(registry.parts.log.store.readAll())).map(({ data }) => data),
      ]);
      for (const value of [secret, 'PRIVATE KEY']) expect(seen).not.toContain(value);
    },
  };
};
