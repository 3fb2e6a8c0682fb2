import { describe, expect, it } from '@jest/globals';
import { fold, given, type ProblemError } from '@interlock/kernel';
import {
  bundleDecider,
  bundleIdOf,
  exportsDecider,
  refusalsDecider,
  mostRefusals,
  signingDecider,
  sourceSignatureOf,
  type BundleEvent,
} from '../src/index.js';
import { both, content, outcome } from './signed-bundles.js';

const refuses = ({ error }: { readonly error: unknown }, code: string): void =>
  expect((error as ProblemError | undefined)?.code).toBe(code);

describe("importing into a bundle's stream", () => {
  const deleted: BundleEvent = {
    type: 'BundleDeleted',
    data: { bundle_id: bundleIdOf('demo', '1.0.0'), version: '1.0.0' },
  };
  const bundle_id = bundleIdOf('demo', '1.0.0');
  const signed = sourceSignatureOf(both);
  const importing = {
    kind: 'CreateBundle',
    bundle_id,
    content,
    source: 'imported',
    source_signature: signed,
  } as const;

  it('makes a draft that keeps the signature, which can be verified again from it', () => {
    const events = bundleDecider.decide(importing, bundleDecider.initial);
    expect(events).toMatchObject([
      { type: 'BundleCreated', data: { source: 'imported', source_signature: signed } },
    ]);
    refuses(given(bundleDecider, events).when({ kind: 'ReleaseBundle' }), 'approval-required');
    const [{ data }] = events as unknown as [
      { data: { source_signature: object; version: string; rules: object; notes: string; metadata: object } },
    ];
    const again = {
      ...data.source_signature,
      bundle: { version: data.version, rules: data.rules, notes: data.notes, metadata: data.metadata },
    };
    expect(outcome(JSON.parse(JSON.stringify(again)))).toBe('accepted');
  });

  it('accepts a file once, even after its draft was deleted and another one made', () => {
    const imported = bundleDecider.decide(importing, bundleDecider.initial);
    refuses(given(bundleDecider, imported).when(importing), 'bundle-replayed');
    refuses(given(bundleDecider, [...imported, deleted]).when(importing), 'bundle-replayed');
    refuses(
      given(bundleDecider, [
        ...imported,
        deleted,
        ...bundleDecider.decide(
          { kind: 'CreateBundle', bundle_id, content, source: 'api' },
          bundleDecider.initial,
        ),
        deleted,
      ]).when(importing),
      'bundle-replayed',
    );
  });

  it('refuses approvals by the exporter in the same tenant and by the importer', () => {
    const person = (person_id: string) => ({ kind: 'person', person_id }) as const;
    const approvedBy = (who: string, tenant_id: string): unknown => {
      const state = fold(bundleDecider, bundleDecider.decide(importing, bundleDecider.initial), {
        actor: person('bob'),
        tenant_id,
      });
      try {
        bundleDecider.decide(
          {
            kind: 'ApproveBundle',
            actor: person(who),
            approval_id: 'a',
            ...(state.status === 'none' ? {} : { bundle_hash: state.bundle_hash }),
            note: '',
          },
          state,
        );
      } catch (error) {
        return (error as ProblemError).code;
      }
      return 'approved';
    };
    const exporter = '7f4f2f66-58a4-7c1e-9c51-0d2f8a6f1b10';
    expect([approvedBy(exporter, 'demo'), approvedBy('bob', 'demo'), approvedBy('bob', 'other')]).toEqual([
      'same-person',
      'same-person',
      'same-person',
    ]);
    expect([approvedBy('cleo', 'demo'), approvedBy(exporter, 'other')]).not.toContain('same-person');
  });

  it('refuses another export of an existing version', () => {
    const imported = bundleDecider.decide(importing, bundleDecider.initial);
    refuses(
      given(bundleDecider, imported).when({
        ...importing,
        source_signature: { ...signed, export_id: '00000000-58a4-7c1e-9c51-0d2f8a6f1b10' },
      }),
      'already-exists',
    );
  });
});

describe('the record of exchanges', () => {
  it("keeps a tenant's required algorithms, each once and in order, and a repeat writes nothing", () => {
    expect(
      given(signingDecider, []).when({ kind: 'ConfigureSigning', demand: ['Ed25519', 'HMAC-SHA256'] }).events,
    ).toEqual([{ type: 'SigningConfigured', data: { demand: ['HMAC-SHA256', 'Ed25519'] } }]);
    refuses(
      given(signingDecider, []).when({ kind: 'ConfigureSigning', demand: ['Ed25519', 'Ed25519'] }),
      'validation-failed',
    );
    refuses(
      given(signingDecider, []).when({ kind: 'ConfigureSigning', demand: ['none' as never] }),
      'validation-failed',
    );
    expect(
      given(signingDecider, [{ type: 'SigningConfigured', data: { demand: ['Ed25519'] } }]).when({
        kind: 'ConfigureSigning',
        demand: ['Ed25519'],
      }).events,
    ).toEqual([]);
  });

  it('records refused imports once for each file and reason, up to a daily limit', () => {
    const refusal = (n: number) =>
      ({
        kind: 'record-refusal',
        code: 'bundle-expired',
        file_hash: `${n}`,
        export_id: 'x',
        bundle_id: null,
        version: null,
        key_ids: [],
      }) as const;
    const before = Array.from({ length: mostRefusals - 1 }, (_, n) =>
      refusalsDecider.decide(refusal(n), refusalsDecider.initial),
    ).flat();
    expect(given(refusalsDecider, before).when(refusal(0)).events).toEqual([]);
    expect(given(refusalsDecider, before).when({ ...refusal(0), code: 'bundle-replayed' }).events).toEqual([
      {
        type: 'BundleImportRefused',
        data: {
          code: 'bundle-replayed',
          file_hash: '0',
          export_id: 'x',
          bundle_id: null,
          version: null,
          key_ids: [],
        },
      },
    ]);
    expect(
      given(refusalsDecider, [
        ...before,
        ...refusalsDecider.decide(refusal(1000), refusalsDecider.initial),
      ]).when(refusal(1001)).events,
    ).toEqual([]);
  });

  it('records every export', () => {
    const exported = {
      bundle_id: 'b',
      version: '1.0.0',
      bundle_hash: 'h',
      export_id: 'x',
      key_ids: ['k'],
      expires_at: '2026-03-03T10:00:00.000Z',
    };
    expect(
      given(exportsDecider, [{ type: 'BundleExported', data: exported }]).when({
        kind: 'record-export',
        ...exported,
        export_id: 'y',
      }).events,
    ).toEqual([{ type: 'BundleExported', data: { ...exported, export_id: 'y' } }]);
  });
});
