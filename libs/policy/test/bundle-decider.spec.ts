import { describe, expect, it } from '@jest/globals';
import type { Actor } from '@interlock/contracts';
import { fold } from '@interlock/kernel';
import {
  bundleDecider,
  bundleHash,
  bundleIdOf,
  normalBundle,
  type BundleCommand,
  type BundleEvent,
  type BundleState,
} from '../src/index.js';
import { rule } from './samples.js';
import { codeOf, failure } from './failures.js';

const person = (id: string): Actor => ({ kind: 'person', person_id: id });

describe('a bundle', () => {
  const content = normalBundle({ version: '1.0.0', rules: [rule()] });
  const changed = { ...content, notes: 'changed' };
  const create: BundleCommand = { kind: 'CreateBundle', bundle_id: 'b', content, source: 'api' };
  const approve = (
    by: Actor,
    over: Partial<Extract<BundleCommand, { kind: 'ApproveBundle' }>> = {},
  ): BundleCommand => ({
    kind: 'ApproveBundle',
    actor: by,
    approval_id: `approval-${JSON.stringify(by)}`,
    bundle_hash: bundleHash(content),
    note: '',
    ...over,
  });
  type Step = readonly [Actor, BundleCommand];
  /** Folds each step's events with its actor, as the stream would hold them. */
  const after = (...steps: readonly Step[]): BundleState =>
    steps.reduce<BundleState>(
      (state, [actor, command]) =>
        fold(bundleDecider, bundleDecider.decide(command, state), { actor }, state),
      bundleDecider.initial,
    );
  const decide = (state: BundleState, command: BundleCommand): readonly BundleEvent[] =>
    bundleDecider.decide(command, state);
  const drafted: Step = [person('ann'), create];

  it('has an id that follows from tenant and version', () => {
    expect(bundleIdOf('demo', '1.0.0')).toBe(bundleIdOf('demo', '1.0.0'));
    expect(
      new Set([bundleIdOf('demo', '1.0.0'), bundleIdOf('demo', '1.0.1'), bundleIdOf('other', '1.0.0')]).size,
    ).toBe(3);
  });

  it('is drafted once; its version is free again when the draft is deleted', () => {
    expect(after(drafted)).toMatchObject({
      status: 'draft',
      bundle_hash: bundleHash(content),
      created_by: 'person:ann',
      authors: ['person:ann'],
    });
    expect(codeOf(failure(() => decide(after(drafted), create)))).toBe('already-exists');
    expect(after(drafted, [person('ann'), { kind: 'DeleteBundle' }], [person('bob'), create])).toMatchObject({
      status: 'draft',
      created_by: 'person:bob',
      authors: ['person:bob'],
      approvals: [],
    });
  });

  it('is changed as a draft, under its own version; the same again writes nothing', () => {
    expect(after(drafted, [person('bob'), { kind: 'UpdateBundle', content: changed }])).toMatchObject({
      bundle_hash: bundleHash(changed),
      authors: ['person:ann', 'person:bob'],
    });
    expect(decide(after(drafted), { kind: 'UpdateBundle', content })).toEqual([]);
    expect(
      codeOf(
        failure(() =>
          decide(after(drafted), { kind: 'UpdateBundle', content: { ...content, version: '1.0.1' } }),
        ),
      ),
    ).toBe('bundle-invalid');
  });

  it('is approved by a person who wrote none of it', () => {
    const state = after(drafted, [person('bob'), { kind: 'UpdateBundle', content: changed }]);
    expect(
      [person('ann'), person('bob'), { kind: 'service', service: 'cli' } as const].map((by) =>
        codeOf(failure(() => decide(state, approve(by)))),
      ),
    ).toEqual(['same-person', 'same-person', 'person-required']);
    expect(decide(state, approve(person('cid'), { bundle_hash: bundleHash(changed) }))).toMatchObject([
      { type: 'BundleApproved', data: { bundle_hash: bundleHash(changed) } },
    ]);
  });

  const twin = (id: string, of: string): Actor => ({ kind: 'person', person_id: id, namesake_id: of });

  it("refuses an approver with an author's name, whoever was known first", () => {
    const second = after([twin('ann-2', 'ann'), create]);
    expect(second).toMatchObject({ created_by: 'person:ann-2', authors: ['person:ann-2', 'person:ann'] });
    for (const [state, by] of [
      [second, person('ann')],
      [second, twin('ann-3', 'ann')],
      [after(drafted), twin('ann-2', 'ann')],
    ] as const)
      expect(codeOf(failure(() => decide(state, approve(by))))).toBe('same-person');
    expect(
      codeOf(
        failure(() =>
          decide(
            after([{ kind: 'service', service: 'ann' }, create]),
            approve(person('ann'), { refused_as: ['service:ann'] }),
          ),
        ),
      ),
    ).toBe('same-person');
    expect(decide(second, approve(twin('bob-2', 'bob')))).toMatchObject([{ type: 'BundleApproved' }]);
  });

  it("refuses an approval if a later editor has the approver's name", () => {
    const approved: readonly Step[] = [
      drafted,
      [twin('cid-2', 'cid'), approve(twin('cid-2', 'cid'), { approval_id: 'a1' })],
    ];
    const edited = after(
      ...approved,
      [person('cid'), { kind: 'UpdateBundle', content: changed }],
      [person('cid'), { kind: 'UpdateBundle', content }],
    );
    expect(codeOf(failure(() => decide(edited, { kind: 'ReleaseBundle', approval_id: 'a1' })))).toBe(
      'same-person',
    );
    expect(codeOf(failure(() => decide(edited, { kind: 'ReleaseBundle' })))).toBe('approval-required');
    expect(decide(after(...approved), { kind: 'ReleaseBundle' })).toMatchObject([{ type: 'BundleReleased' }]);
  });

  it('of a service needs a person who adopts it before another approves it', () => {
    const service = { kind: 'service', service: 'cli' } as const;
    const state = after([service, create]);
    const hash = bundleHash(content);
    expect(codeOf(failure(() => decide(state, approve(person('ann'), { needs_author: true }))))).toBe(
      'person-required',
    );
    expect(
      codeOf(failure(() => decide(state, { kind: 'AdoptBundle', actor: service, bundle_hash: hash }))),
    ).toBe('person-required');
    expect(
      codeOf(
        failure(() =>
          decide(state, { kind: 'AdoptBundle', actor: person('ann'), bundle_hash: bundleHash(changed) }),
        ),
      ),
    ).toBe('approval-mismatch');
    const adopted = after(
      [service, create],
      [person('ann'), { kind: 'AdoptBundle', actor: person('ann'), bundle_hash: hash }],
    );
    expect(adopted).toMatchObject({ created_by: 'service:cli', authors: ['service:cli', 'person:ann'] });
    expect(decide(adopted, { kind: 'AdoptBundle', actor: person('ann'), bundle_hash: hash })).toEqual([]);
    expect(
      codeOf(
        failure(() => decide(adopted, { kind: 'AdoptBundle', actor: person('bob'), bundle_hash: hash })),
      ),
    ).toBe('wrong-state');
    expect(codeOf(failure(() => decide(adopted, approve(person('ann'), { needs_author: true }))))).toBe(
      'same-person',
    );
    expect(decide(adopted, approve(person('bob'), { needs_author: true }))).toMatchObject([
      { type: 'BundleApproved' },
    ]);
    const released = after(
      [service, create],
      [person('cid'), approve(person('cid'))],
      [service, { kind: 'ReleaseBundle' }],
    );
    expect(
      codeOf(
        failure(() => decide(released, { kind: 'AdoptBundle', actor: person('ann'), bundle_hash: hash })),
      ),
    ).toBe('not-a-draft');
  });

  it('replays approvals that are older than required authors', () => {
    expect(
      decide(after([{ kind: 'service', service: 'cli' }, create]), approve(person('ann'))),
    ).toMatchObject([{ type: 'BundleApproved' }]);
  });

  it('an approval covers the content that was read, and one person gives it once', () => {
    const refused = failure(() =>
      decide(after(drafted), approve(person('cid'), { bundle_hash: bundleHash(changed) })),
    );
    expect(refused).toMatchObject({
      code: 'approval-mismatch',
      members: { request: '/api/v1/policy/bundles/b' },
    });
    expect(JSON.stringify(refused)).not.toContain(bundleHash(content));
    const { bundle_hash: _hash, ...blind } = approve(person('cid')) as Extract<
      BundleCommand,
      { kind: 'ApproveBundle' }
    >;
    expect(failure(() => decide(after(drafted), blind))).toMatchObject({
      code: 'digest-required',
      members: { request: '/api/v1/policy/bundles/b' },
    });
    expect(
      decide(
        after(drafted, [person('cid'), approve(person('cid'))]),
        approve(person('cid'), { approval_id: 'again' }),
      ),
    ).toEqual([]);
  });

  it('is released by an approval of its present content, then never changes', () => {
    expect(codeOf(failure(() => decide(after(drafted), { kind: 'ReleaseBundle' })))).toBe(
      'approval-required',
    );
    const approved: readonly Step[] = [
      drafted,
      [person('cid'), approve(person('cid'), { approval_id: 'a1' })],
    ];
    expect(
      codeOf(failure(() => decide(after(...approved), { kind: 'ReleaseBundle', approval_id: 'a2' }))),
    ).toBe('approval-required');
    const released = after(...approved, [person('ann'), { kind: 'ReleaseBundle', approval_id: 'a1' }]);
    expect(released).toMatchObject({ status: 'released' });
    expect(decide(released, { kind: 'ReleaseBundle', approval_id: 'a1' })).toEqual([]);
    for (const command of [{ kind: 'UpdateBundle', content: changed }, { kind: 'DeleteBundle' }] as const)
      expect(codeOf(failure(() => decide(released, command)))).toBe('not-a-draft');
  });

  it('an approval does not survive a change, even if the content is changed back', () => {
    const steps: readonly Step[] = [
      drafted,
      [person('cid'), approve(person('cid'), { approval_id: 'a1' })],
      [person('ann'), { kind: 'UpdateBundle', content: changed }],
    ];
    expect(codeOf(failure(() => decide(after(...steps), { kind: 'ReleaseBundle', approval_id: 'a1' })))).toBe(
      'approval-mismatch',
    );
    expect(codeOf(failure(() => decide(after(...steps), { kind: 'ReleaseBundle' })))).toBe(
      'approval-required',
    );
  });

  it('an approver who edits afterwards is an author: the own approval does not count, also for content that is as it was', () => {
    const state = after(
      drafted,
      [person('cid'), approve(person('cid'), { approval_id: 'a1' })],
      [person('cid'), { kind: 'UpdateBundle', content: changed }],
      [person('cid'), { kind: 'UpdateBundle', content }],
    );
    expect(codeOf(failure(() => decide(state, { kind: 'ReleaseBundle', approval_id: 'a1' })))).toBe(
      'same-person',
    );
  });

  it('one valid approval of several is enough', () => {
    const own: readonly Step[] = [
      drafted,
      [person('cid'), approve(person('cid'), { approval_id: 'a1' })],
      [person('cid'), { kind: 'UpdateBundle', content: changed }],
      [person('cid'), { kind: 'UpdateBundle', content }],
    ];
    const state = after(...own, [person('dan'), approve(person('dan'), { approval_id: 'a2' })]);
    expect(decide(state, { kind: 'ReleaseBundle' })).toMatchObject([
      { type: 'BundleReleased', data: { approval_id: 'a2' } },
    ]);
  });

  it('a missing bundle is not found', () => {
    for (const command of [
      { kind: 'UpdateBundle', content },
      { kind: 'DeleteBundle' },
      { kind: 'ReleaseBundle' },
      approve(person('x')),
    ] as const)
      expect(codeOf(failure(() => decide({ status: 'none' }, command)))).toBe('not-found');
    expect(
      decide(after(drafted, [person('ann'), { kind: 'DeleteBundle' }]), { kind: 'DeleteBundle' }),
    ).toEqual([]);
  });
});
