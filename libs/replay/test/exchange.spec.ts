import { describe, expect, it } from '@jest/globals';
import { encodeCommand, testMetadata, type RecordedCommand, type RecordedEvent } from '@interlock/kernel';
import {
  bundleDecider,
  bundleIdOf,
  exportsStream,
  normalBundle,
  parseBundleKeys,
  refusalsStream,
  signEnvelope,
  signingStream,
  bundleHash,
  bundleStream,
  sourceSignatureOf,
} from '@interlock/policy';
import { Replay, type ReplayReport } from '../src/index.js';

const id = bundleIdOf('demo', '1.0.0');
const content = normalBundle({ version: '1.0.0', rules: [] });
const file = signEnvelope(
  {
    format: 'interlock-bundle/1',
    export_id: '7f4f2f66-58a4-7c1e-9c51-0d2f8a6f1b10',
    bundle: content,
    expires_at: '2026-01-02T00:00:00.000Z',
    provenance: {
      tenant: 'elsewhere',
      bundle_id: id,
      bundle_hash: bundleHash(content),
      exported_at: '2026-01-01T00:00:00.000Z',
      exported_by: 'service:cli',
    },
  },
  parseBundleKeys(JSON.stringify({ keys: [{ id: 'k', alg: 'HMAC-SHA256', secret: 'x'.repeat(32) }] })),
);
const command = {
  kind: 'CreateBundle',
  bundle_id: id,
  content,
  source: 'imported',
  source_signature: sourceSignatureOf(file),
} as const;
const [created] = bundleDecider.decide(command, bundleDecider.initial);
/** The command of each event, as its metadata hold it. */
const commands: { readonly [type: string]: RecordedCommand } = {
  SigningConfigured: { kind: 'ConfigureSigning', from: ['*'] },
  BundleCreated: encodeCommand(command, created!.data, {
    now: testMetadata().occurred_at,
    actor: testMetadata().actor,
  }),
  BundleExported: { kind: 'record-export', from: ['*'] },
  BundleImportRefused: { kind: 'record-refusal', from: ['*'] },
};
const refusal = {
  code: 'bundle-expired',
  file_hash: 'ab'.repeat(32),
  export_id: file.export_id,
  bundle_id: id,
  version: '1.0.0',
  key_ids: ['k'],
};
const exported = {
  bundle_id: id,
  version: '1.0.0',
  bundle_hash: bundleHash(content),
  export_id: file.export_id,
  key_ids: ['k'],
  expires_at: file.expires_at,
};
type RecordedFact = readonly [stream: string, type: string, data: object];
const usual: readonly RecordedFact[] = [
  [signingStream('demo'), 'SigningConfigured', { demand: ['Ed25519'] }],
  [bundleStream('demo', id), 'BundleCreated', created!.data],
  [exportsStream('demo', id), 'BundleExported', exported],
  [refusalsStream('demo', '2026-01-01'), 'BundleImportRefused', refusal],
];

const replayed = (happened: readonly RecordedFact[]): ReplayReport => {
  const replay = new Replay({ whole: true });
  const next = new Map<string, bigint>();
  for (const [i, [stream, type, data]] of happened.entries()) {
    const revision = next.get(stream) ?? 0n;
    next.set(stream, revision + 1n);
    replay.take({
      id: `${i}`,
      stream,
      type,
      data,
      revision,
      position: { commit: BigInt(i + 1), prepare: BigInt(i + 1) },
      created: '2026-01-01T00:00:00.000Z',
      metadata: testMetadata({ command_id: `${i}`, command: commands[type]! }),
    } as RecordedEvent);
  }
  return replay.end();
};

describe('replay of imports and exports', () => {
  it('replays settings, imports, exports and refusals, and knows all of their types', () => {
    expect(replayed(usual)).toMatchObject({
      difference: null,
      unknown: {},
      unchecked: {},
      checked: { setting: 1, bundle: 1, export: 1, import_refused: 1 },
    });
  });

  it.each<readonly [string, RecordedFact]>([
    [
      'a demand that nobody could have made',
      [signingStream('demo'), 'SigningConfigured', { demand: ['none'] }],
    ],
    ['the same demand again', [signingStream('demo'), 'SigningConfigured', { demand: ['Ed25519'] }]],
    ["an export under another bundle's name", [exportsStream('demo', 'other'), 'BundleExported', exported]],
    ['a refusal of another day', [refusalsStream('demo', '2026-01-02'), 'BundleImportRefused', refusal]],
    [
      'a refusal that was recorded before',
      [refusalsStream('demo', '2026-01-01'), 'BundleImportRefused', refusal],
    ],
    [
      'an import of a file that was imported before',
      [bundleStream('demo', id), 'BundleCreated', created!.data],
    ],
  ])('%s differs', (_, further) => {
    expect(replayed([...usual, further]).difference).toMatchObject({ stream: further[0] });
  });
});
