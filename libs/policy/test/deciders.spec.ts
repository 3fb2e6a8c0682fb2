import { describe, expect, it } from '@jest/globals';
import type { Actor } from '@interlock/contracts';
import { fold, given, isProblem } from '@interlock/kernel';
import {
  actionTypeDecider,
  bundleDecider,
  bundleHash,
  bundleIdOf,
  changedContent,
  checkPolicy,
  checkPolicyChange,
  normalBundle,
  policyDecider,
  type BundleCommand,
  type BundleEvent,
  type BundleState,
  type PolicyChange,
  type PolicyEvent,
} from '../src/index.js';
import { actionTypes, catalogue, policyContent, rule } from './samples.js';

const person = (id: string): Actor => ({ kind: 'person', person_id: id });
const failure = (attempt: () => unknown): unknown => {
  try {
    return attempt();
  } catch (error) {
    return error;
  }
};
const codeOf = (error: unknown): string => (isProblem(error) ? error.code : String(error));

describe('a policy', () => {
  const created = given(policyDecider, []).when({
    type: 'CreatePolicy',
    policy_id: 'p',
    content: policyContent(),
    status: 'active',
  }).events;
  const after = (...changes: readonly PolicyChange[]) =>
    changes.reduce<readonly PolicyEvent[]>(
      (history, change) => [
        ...history,
        ...given(policyDecider, history).when({ type: 'ChangePolicy', change }).events,
      ],
      created,
    );

  it('is created as version 1 with its hash, once', () => {
    expect(created).toMatchObject([
      {
        type: 'PolicyCreated',
        data: {
          policy: {
            policy_id: 'p',
            version: 1,
            status: 'active',
            content_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
          },
        },
      },
    ]);
    expect(
      codeOf(
        given(policyDecider, created).when({
          type: 'CreatePolicy',
          policy_id: 'p',
          content: policyContent(),
          status: 'active',
        }).error,
      ),
    ).toBe('already-exists');
  });

  it('gets a version by each change, and keeps every one', () => {
    const { versions } = fold(
      policyDecider,
      after({ decision: 'DENY' }, { status: 'disabled' }, { min_confidence: 0.9, status: 'active' }),
    );
    expect(
      versions.map(({ version, decision, status, min_confidence }) => [
        version,
        decision,
        status,
        min_confidence,
      ]),
    ).toEqual([
      [1, 'ALLOW', 'active', null],
      [2, 'DENY', 'active', null],
      [3, 'DENY', 'disabled', null],
      [4, 'DENY', 'active', 0.9],
    ]);
  });

  it('says what changed: content and status beside it in one event, a status alone in its own', () => {
    expect(after({ decision: 'DENY', status: 'disabled' }).at(-1)).toMatchObject({
      type: 'PolicyVersioned',
      data: { changed: ['decision', 'status'], restored_version: null },
    });
    expect(after({ status: 'disabled' }).at(-1)).toMatchObject({
      type: 'PolicyStatusChanged',
      data: { from: 'active' },
    });
  });

  it('stays as it is where nothing changes', () => {
    expect(after({ decision: 'ALLOW', status: 'active' }, {})).toHaveLength(1);
  });

  it('a version restored is a new version with the old content and hash', () => {
    const events = after({ decision: 'DENY' }, { restore_version: 1 });
    expect(events.at(-1)).toMatchObject({
      data: { policy: { version: 3, decision: 'ALLOW' }, restored_version: 1 },
    });
    const { versions } = fold(policyDecider, events);
    expect(versions[2]!.content_hash).toBe(versions[0]!.content_hash);
  });

  it('the same content under another id has another hash; status and version have no part in it', () => {
    const other = given(policyDecider, []).when({
      type: 'CreatePolicy',
      policy_id: 'q',
      content: policyContent(),
      status: 'active',
    }).state;
    const { versions } = fold(policyDecider, after({ status: 'disabled' }));
    expect(versions[1]!.content_hash).toBe(versions[0]!.content_hash);
    expect(other.versions[0]!.content_hash).not.toBe(versions[0]!.content_hash);
  });

  it('refuses: what is not there, an unknown version, anything after retirement', () => {
    expect(codeOf(given(policyDecider, []).when({ type: 'ChangePolicy', change: {} }).error)).toBe(
      'not-found',
    );
    expect(codeOf(failure(() => changedContent(fold(policyDecider, created), { restore_version: 9 })))).toBe(
      'not-found',
    );
    expect(
      codeOf(
        given(policyDecider, after({ status: 'retired' })).when({
          type: 'ChangePolicy',
          change: { status: 'active' },
        }).error,
      ),
    ).toBe('wrong-state');
  });

  it('is checked whole: every fault at once', () => {
    const error = failure(() =>
      checkPolicy(
        {
          policy_id: 'No',
          name: '',
          action_types: [],
          decision: 'MAYBE',
          min_confidence: 1.1,
          max_affected_entities: -1,
          confirmation_window_s: 0,
          confirm_above_entities: 1.5,
          on_elapse: 'wait',
          status: 'on',
          agent: 'x',
        },
        catalogue,
      ),
    );
    expect(
      isProblem(error, 'policy-invalid') && error.violations.map(({ pointer }) => pointer).sort(),
    ).toEqual([
      '/action_types',
      '/agent',
      '/confirm_above_entities',
      '/confirmation_window_s',
      '/decision',
      '/max_affected_entities',
      '/min_confidence',
      '/name',
      '/on_elapse',
      '/policy_id',
      '/status',
    ]);
  });

  it('has registered action types and declared fields only', () => {
    const error = failure(() =>
      checkPolicy(
        {
          name: 'n',
          action_types: ['nope', 'cell_failover'],
          decision: 'DENY',
          conditions: [
            { field: 'parameters.hard', op: '==', value: true },
            { field: 'risk_score', op: '<', value: 'x' },
          ],
        },
        catalogue,
      ),
    );
    expect(
      isProblem(error, 'policy-invalid') && error.violations.map(({ pointer, code }) => `${pointer} ${code}`),
    ).toEqual([
      '/action_types/0 unknown-action-type',
      '/conditions/0/field unknown-field',
      '/conditions/1/op operator',
      '/conditions/1/value type-mismatch',
    ]);
  });

  it('is told of faults of shape and of meaning together', () => {
    const error = failure(() =>
      checkPolicy(
        {
          name: '',
          action_types: ['nope', 'cell_failover'],
          decision: 'DENY',
          conditions: [{ field: 'risk_score', op: '==', value: 'x' }],
        },
        catalogue,
      ),
    );
    expect(isProblem(error, 'policy-invalid') && error.violations.map(({ pointer }) => pointer)).toEqual([
      '/name',
      '/action_types/0',
      '/conditions/0/value',
    ]);
  });

  it('takes its defaults, and a change of what may change', () => {
    expect(checkPolicy({ name: 'n', action_types: ['*'], decision: 'CONFIRM' }, catalogue)).toEqual({
      ...policyContent({ name: 'n', decision: 'CONFIRM' }),
      status: 'active',
    });
    const change = (input: unknown, present = policyContent()) =>
      checkPolicyChange(input, (changes) => ({ ...present, ...changes }), catalogue);
    expect(change({ min_confidence: null })).toEqual({ min_confidence: null });
    expect(codeOf(failure(() => change({ policy_id: 'other' })))).toBe('policy-invalid');
    expect(codeOf(failure(() => change([])))).toBe('policy-invalid');
    const error = failure(() =>
      change({
        decision: 'PERHAPS',
        action_types: ['nope'],
        conditions: [{ field: 'risk_score', op: '==', value: 'x' }],
      }),
    );
    expect(isProblem(error, 'policy-invalid') && error.violations.map(({ pointer }) => pointer)).toEqual([
      '/decision',
      '/action_types/0',
      '/conditions/0/value',
    ]);
  });

  it('that has come to mean nothing can be taken out of use, and not changed otherwise', () => {
    const present = policyContent({ action_types: ['gone'] });
    const change = (input: unknown) =>
      checkPolicyChange(input, (changes) => ({ ...present, ...changes }), catalogue);
    expect([change({ status: 'disabled' }), change({ status: 'retired' })]).toEqual([
      { status: 'disabled' },
      { status: 'retired' },
    ]);
    for (const other of [{ status: 'active' }, { status: 'disabled', name: 'n' }, { name: 'n' }])
      expect(codeOf(failure(() => change(other)))).toBe('policy-invalid');
    expect(change({ action_types: ['*'] })).toEqual({ action_types: ['*'] });
  });

  it.each([
    ['min_confidence', [0, 1, null], [-0.01, 1.01, '1']],
    ['max_affected_entities', [0, 1_000_000_000, null], [-1, 1_000_000_001, 1.5]],
    ['confirmation_window_s', [1, 86_400, null], [0, 86_401, 1.5]],
    ['confirm_above_entities', [0, 1_000_000_000, null], [-1, 1_000_000_001]],
    ['on_elapse', ['proceed', 'expire'], ['wait', null]],
    ['status', ['active', 'disabled', 'retired'], ['off', null]],
    ['name', ['x', 'x'.repeat(128)], ['', 'x'.repeat(129), 7]],
    ['action_types', [['*'], ['cell_failover', 'planner.deploy']], [[], ['*', '*'], ['Nope'], '*']],
  ])('%s may be at its bounds and not beyond them', (member, good, bad) => {
    const whole = (value: unknown): object => ({
      name: 'n',
      action_types: ['*'],
      decision: 'ALLOW',
      [member]: value,
    });
    for (const value of good as readonly unknown[])
      expect(checkPolicy(whole(value), catalogue)).toMatchObject({ [member]: value });
    for (const value of bad as readonly unknown[])
      expect([value, codeOf(failure(() => checkPolicy(whole(value), catalogue)))]).toEqual([
        value,
        'policy-invalid',
      ]);
  });
});

describe('a bundle', () => {
  const content = normalBundle({ version: '1.0.0', rules: [rule()] });
  const changed = { ...content, notes: 'changed' };
  const create: BundleCommand = { type: 'CreateBundle', bundle_id: 'b', content, source: 'api' };
  const approve = (
    by: Actor,
    over: Partial<Extract<BundleCommand, { type: 'ApproveBundle' }>> = {},
  ): BundleCommand => ({
    type: 'ApproveBundle',
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
    expect(after(drafted, [person('ann'), { type: 'DeleteBundle' }], [person('bob'), create])).toMatchObject({
      status: 'draft',
      created_by: 'person:bob',
      authors: ['person:bob'],
      approvals: [],
    });
  });

  it('is changed as a draft, under its own version; the same again writes nothing', () => {
    expect(after(drafted, [person('bob'), { type: 'UpdateBundle', content: changed }])).toMatchObject({
      bundle_hash: bundleHash(changed),
      authors: ['person:ann', 'person:bob'],
    });
    expect(decide(after(drafted), { type: 'UpdateBundle', content })).toEqual([]);
    expect(
      codeOf(
        failure(() =>
          decide(after(drafted), { type: 'UpdateBundle', content: { ...content, version: '1.0.1' } }),
        ),
      ),
    ).toBe('bundle-invalid');
  });

  it('is approved by another person than whoever wrote any of it', () => {
    const state = after(drafted, [person('bob'), { type: 'UpdateBundle', content: changed }]);
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

  it("is approved by nobody whose name reads like an author's, whoever of them was known first", () => {
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

  it('is not released by an approval of somebody whose name reads like that of who edited it since', () => {
    const approved: readonly Step[] = [
      drafted,
      [twin('cid-2', 'cid'), approve(twin('cid-2', 'cid'), { approval_id: 'a1' })],
    ];
    const edited = after(
      ...approved,
      [person('cid'), { type: 'UpdateBundle', content: changed }],
      [person('cid'), { type: 'UpdateBundle', content }],
    );
    expect(codeOf(failure(() => decide(edited, { type: 'ReleaseBundle', approval_id: 'a1' })))).toBe(
      'same-person',
    );
    expect(codeOf(failure(() => decide(edited, { type: 'ReleaseBundle' })))).toBe('approval-required');
    expect(decide(after(...approved), { type: 'ReleaseBundle' })).toMatchObject([{ type: 'BundleReleased' }]);
  });

  it('of a service is approved by nobody until a person has adopted it, and then by another', () => {
    const service = { kind: 'service', service: 'cli' } as const;
    const state = after([service, create]);
    const hash = bundleHash(content);
    expect(codeOf(failure(() => decide(state, approve(person('ann'), { needs_author: true }))))).toBe(
      'person-required',
    );
    expect(
      codeOf(failure(() => decide(state, { type: 'AdoptBundle', actor: service, bundle_hash: hash }))),
    ).toBe('person-required');
    expect(
      codeOf(
        failure(() =>
          decide(state, { type: 'AdoptBundle', actor: person('ann'), bundle_hash: bundleHash(changed) }),
        ),
      ),
    ).toBe('approval-mismatch');
    const adopted = after(
      [service, create],
      [person('ann'), { type: 'AdoptBundle', actor: person('ann'), bundle_hash: hash }],
    );
    expect(adopted).toMatchObject({ created_by: 'service:cli', authors: ['service:cli', 'person:ann'] });
    expect(decide(adopted, { type: 'AdoptBundle', actor: person('ann'), bundle_hash: hash })).toEqual([]);
    expect(
      codeOf(
        failure(() => decide(adopted, { type: 'AdoptBundle', actor: person('bob'), bundle_hash: hash })),
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
      [service, { type: 'ReleaseBundle' }],
    );
    expect(
      codeOf(
        failure(() => decide(released, { type: 'AdoptBundle', actor: person('ann'), bundle_hash: hash })),
      ),
    ).toBe('not-a-draft');
  });

  it('that was approved before authors were asked for is approved again as it was', () => {
    expect(
      decide(after([{ kind: 'service', service: 'cli' }, create]), approve(person('ann'))),
    ).toMatchObject([{ type: 'BundleApproved' }]);
  });

  it('an approval is of what was looked at, and one person gives it once', () => {
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
      { type: 'ApproveBundle' }
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
    expect(codeOf(failure(() => decide(after(drafted), { type: 'ReleaseBundle' })))).toBe(
      'approval-required',
    );
    const approved: readonly Step[] = [
      drafted,
      [person('cid'), approve(person('cid'), { approval_id: 'a1' })],
    ];
    expect(
      codeOf(failure(() => decide(after(...approved), { type: 'ReleaseBundle', approval_id: 'a2' }))),
    ).toBe('approval-required');
    const released = after(...approved, [person('ann'), { type: 'ReleaseBundle', approval_id: 'a1' }]);
    expect(released).toMatchObject({ status: 'released' });
    expect(decide(released, { type: 'ReleaseBundle', approval_id: 'a1' })).toEqual([]);
    for (const command of [{ type: 'UpdateBundle', content: changed }, { type: 'DeleteBundle' }] as const)
      expect(codeOf(failure(() => decide(released, command)))).toBe('not-a-draft');
  });

  it('an approval does not survive a change, and is not revived by changing back to other content', () => {
    const steps: readonly Step[] = [
      drafted,
      [person('cid'), approve(person('cid'), { approval_id: 'a1' })],
      [person('ann'), { type: 'UpdateBundle', content: changed }],
    ];
    expect(codeOf(failure(() => decide(after(...steps), { type: 'ReleaseBundle', approval_id: 'a1' })))).toBe(
      'approval-mismatch',
    );
    expect(codeOf(failure(() => decide(after(...steps), { type: 'ReleaseBundle' })))).toBe(
      'approval-required',
    );
  });

  it('an approver who edits afterwards is an author: the own approval does not count, also for content that is as it was', () => {
    const state = after(
      drafted,
      [person('cid'), approve(person('cid'), { approval_id: 'a1' })],
      [person('cid'), { type: 'UpdateBundle', content: changed }],
      [person('cid'), { type: 'UpdateBundle', content }],
    );
    expect(codeOf(failure(() => decide(state, { type: 'ReleaseBundle', approval_id: 'a1' })))).toBe(
      'same-person',
    );
  });

  it('of several approvals one that counts is taken', () => {
    const own: readonly Step[] = [
      drafted,
      [person('cid'), approve(person('cid'), { approval_id: 'a1' })],
      [person('cid'), { type: 'UpdateBundle', content: changed }],
      [person('cid'), { type: 'UpdateBundle', content }],
    ];
    const state = after(...own, [person('dan'), approve(person('dan'), { approval_id: 'a2' })]);
    expect(decide(state, { type: 'ReleaseBundle' })).toMatchObject([
      { type: 'BundleReleased', data: { approval_id: 'a2' } },
    ]);
  });

  it('what is not there is not found', () => {
    for (const command of [
      { type: 'UpdateBundle', content },
      { type: 'DeleteBundle' },
      { type: 'ReleaseBundle' },
      approve(person('x')),
    ] as const)
      expect(codeOf(failure(() => decide({ status: 'none' }, command)))).toBe('not-found');
    expect(
      decide(after(drafted, [person('ann'), { type: 'DeleteBundle' }]), { type: 'DeleteBundle' }),
    ).toEqual([]);
  });
});

describe('an action type', () => {
  const [entry] = actionTypes;
  const registered = given(actionTypeDecider, []).when({ type: 'RegisterActionType', entry: entry! }).events;

  it('is registered once; the same again writes nothing, another edition does', () => {
    expect(registered).toHaveLength(1);
    expect(
      given(actionTypeDecider, registered).when({
        type: 'RegisterActionType',
        entry: structuredClone(entry!),
      }).events,
    ).toEqual([]);
    expect(
      given(actionTypeDecider, registered).when({
        type: 'RegisterActionType',
        entry: { ...entry!, min_confidence: 0.9 },
      }).state.entry?.min_confidence,
    ).toBe(0.9);
  });

  it('a stream is that of one name', () => {
    expect(
      codeOf(
        given(actionTypeDecider, registered).when({ type: 'RegisterActionType', entry: actionTypes[1]! })
          .error,
      ),
    ).toBe('wrong-state');
  });
});
