import { describe, expect, it } from '@jest/globals';
import { evolveRecorded, positionText, type RecordedEvent } from '@interlock/kernel';
import {
  bundleDecider,
  bundleHash,
  bundleIdOf,
  bundleStream,
  flipListHash,
  normalBundle,
  type BundleCommand,
  type BundleEvent,
  type BundleState,
} from '@interlock/policy';
import { foldRow, type ProjectedEvent } from '@interlock/postgres';
import { recordedStreams } from '@interlock/testing';
import { bundleFold, shownBundle, type BundlesTable } from '../src/bundles/bundle-row.js';
import { bundleView } from '../src/bundles/bundles.queries.js';
import { lived, person } from './lived.js';

const rowAfter = (events: readonly RecordedEvent[]): BundlesTable | undefined =>
  events.reduce<BundlesTable | undefined>(
    (row, event) => foldRow(bundleFold, row, event as ProjectedEvent<BundleEvent>),
    undefined,
  );
const stateAfter = (events: readonly RecordedEvent[]): BundleState =>
  events.reduce((state, event) => evolveRecorded(bundleDecider, state, event), bundleDecider.initial);

/** A draft as the API shows it by its row, and by the decider's state; null if there is none. */
const answers = (events: readonly RecordedEvent[]): readonly [byRow: unknown, byState: unknown] => {
  const [row, state] = [rowAfter(events), stateAfter(events)];
  const last = events.at(-1)!;
  const at = { revision: `${last.revision}`, position: positionText(last.position) };
  return [
    row === undefined
      ? null
      : bundleView(shownBundle({ ...row, created_at: new Date(row.created_at) }), row.status, null, {
          revision: row.revision,
          position: row.position,
        }),
    state.status === 'none' || state.status === 'deleted' ? null : bundleView(state, 'draft', null, at),
  ];
};

const content = (priority: number) =>
  normalBundle({
    version: '1.0.0',
    notes: 'an example',
    metadata: { ticket: 'Ä-1', list: [1, null] },
    rules: [
      {
        id: 'all',
        agent: '*',
        action: '*',
        effect: 'deny',
        priority,
        enabled: true,
        conditions: [],
        reason: 'r',
      },
    ],
  });
const id = bundleIdOf('demo', '1.0.0');
const created = (over: Partial<Extract<BundleCommand, { kind: 'CreateBundle' }>> = {}): BundleCommand => ({
  kind: 'CreateBundle',
  bundle_id: id,
  content: content(1),
  source: 'api',
  ...over,
});
const list = {
  bundle_id: id,
  version: '1.0.0',
  bundle_hash: bundleHash(content(2)),
  against_hash: 'active',
  from: '2026-01-01T00:00:00.000Z',
  to: '2026-01-02T00:00:00.000Z',
  position: '1',
  evaluations: 0,
  capped: false,
  counts: { 'DENY→ALLOW': 1 },
  counts_active: {},
  flips: [],
  truncated: false,
  flips_hash: 'f',
};
const approver = { kind: 'person', person_id: 'dan', namesake_id: 'dan-before' } as const;
const approval = (
  approvalId: string,
  over: Partial<Extract<BundleCommand, { kind: 'ApproveBundle' }>> = {},
): BundleCommand => ({
  kind: 'ApproveBundle',
  actor: approver,
  approval_id: approvalId,
  bundle_hash: bundleHash(content(2)),
  note: 'because',
  ...over,
});
const events = lived(bundleDecider, bundleStream('demo', id), [
  [person('ann'), created()],
  [person('ann'), { kind: 'DeleteBundle' }],
  [
    { kind: 'service', service: 'robot' },
    created({
      source: 'import',
      team: 'red',
      cloned_from: { bundle_id: 'b', version: '0.9.0', bundle_hash: 'h' },
      source_signature: {
        format: 'interlock-bundle/1',
        export_id: 'e',
        provenance: {
          tenant: 'other',
          bundle_id: 'x',
          bundle_hash: 'h',
          exported_at: '2026-01-01T00:00:00.000Z',
          exported_by: 'person:far',
        },
        expires_at: '2026-01-02T00:00:00.000Z',
        signed_by: [],
        signatures: [],
      },
    }),
  ],
  [person('bea'), { kind: 'AdoptBundle', actor: person('bea'), bundle_hash: bundleHash(content(1)) }],
  [person('cid'), { kind: 'UpdateBundle', content: content(2) }],
  [person('cid'), { kind: 'RecordFlipList', list: { ...list, flip_list_hash: flipListHash(list) } }],
  [approver, approval('a-1', { flip_list_hash: flipListHash(list) })],
  [person('eve'), approval('a-2', { actor: person('eve') })],
  [approver, { kind: 'ReleaseBundle', approval_id: 'a-1' }],
]);

describe('the row of a bundle', () => {
  it.each(recordedStreams('bundle'))("shows the decider's state after each event of %s", (_, recorded) => {
    recorded.forEach((__, i) => {
      const [byRow, byState] = answers(recorded.slice(0, i + 1));
      expect(byRow).toEqual(byState);
    });
  });

  it("shows the decider's state after each event of a life with all event types", () => {
    expect(new Set(events.map(({ type }) => type))).toEqual(new Set(bundleDecider.types));
    events.forEach((_, i) => {
      const [byRow, byState] = answers(events.slice(0, i + 1));
      expect(byRow).toEqual(byState);
    });
    expect(answers(events)[0]).toMatchObject({
      team: 'red',
      rules: [{ priority: 2 }],
      cloned_from: { version: '0.9.0' },
      approvals: [{ approved_as: expect.any(Array) as never }, { flip_list_hash: null }],
    });
  });

  it('is removed with its draft, and created anew with the next one', () => {
    const deleted = events.findIndex(({ type }) => type === 'BundleDeleted');
    expect(rowAfter(events.slice(0, deleted + 1))).toBeUndefined();
    expect(rowAfter(events.slice(0, deleted + 2))).toMatchObject({ status: 'draft', revision: '2' });
  });

  it('omits the data that only the decider needs', () => {
    const text = JSON.stringify(rowAfter(events));
    for (const own of ['imports', 'flip_list"', 'loosens', '"released"']) expect(text).not.toContain(own);
    expect(Object.keys(rowAfter(events)?.detail ?? {})).not.toContain('authors');
  });

  it("keeps the bundle's state in its rollout", () => {
    const standing = { status: 'canary', canary_pct: 10, scope: 'red', activated_by: 'person:ann' };
    const row = { ...rowAfter(events)!, ...standing };
    const next = { ...events.at(-1)!, revision: 99n } as ProjectedEvent<BundleEvent>;
    expect(foldRow(bundleFold, row, next)).toMatchObject({ ...standing, revision: '99' });
  });
});
