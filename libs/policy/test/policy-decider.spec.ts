import { describe, expect, it } from '@jest/globals';
import { fold, given, isProblem } from '@interlock/kernel';
import {
  changedContent,
  checkPolicy,
  checkPolicyChange,
  policyDecider,
  type PolicyChange,
  type PolicyEvent,
} from '../src/index.js';
import { catalogue, policyContent } from './samples.js';
import { codeOf, failure } from './failures.js';

describe('a policy', () => {
  const created = given(policyDecider, []).when({
    kind: 'CreatePolicy',
    policy_id: 'p',
    content: policyContent(),
    status: 'active',
  }).events;
  const after = (...changes: readonly PolicyChange[]) =>
    changes.reduce<readonly PolicyEvent[]>(
      (history, change) => [
        ...history,
        ...given(policyDecider, history).when({ kind: 'ChangePolicy', change }).events,
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
    const again = (over: Parameters<typeof policyContent>[0]) =>
      given(policyDecider, created).when({
        kind: 'CreatePolicy',
        policy_id: 'p',
        content: policyContent(over),
        status: 'active',
      });
    expect(again({}).events).toEqual([]);
    expect(codeOf(again({ name: 'other' }).error)).toBe('already-exists');
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

  it('records content and status changes in one event, and a status alone in its own', () => {
    expect(after({ decision: 'DENY', status: 'disabled' }).at(-1)).toMatchObject({
      type: 'PolicyVersioned',
      data: { changed: ['decision', 'status'], restored_version: null },
    });
    expect(after({ status: 'disabled' }).at(-1)).toMatchObject({
      type: 'PolicyStatusChanged',
      data: { from: 'active' },
    });
  });

  it('writes nothing if nothing changes', () =>
    expect(after({ decision: 'ALLOW', status: 'active' }, {})).toHaveLength(1));

  it('a version restored is a new version with the old content and hash', () => {
    const events = after({ decision: 'DENY' }, { restore_version: 1 });
    expect(events.at(-1)).toMatchObject({
      data: { policy: { version: 3, decision: 'ALLOW' }, restored_version: 1 },
    });
    const { versions } = fold(policyDecider, events);
    expect(versions[2]!.content_hash).toBe(versions[0]!.content_hash);
  });

  it('has a hash of its id and content, without status and version', () => {
    const other = given(policyDecider, []).when({
      kind: 'CreatePolicy',
      policy_id: 'q',
      content: policyContent(),
      status: 'active',
    }).state;
    const { versions } = fold(policyDecider, after({ status: 'disabled' }));
    expect(versions[1]!.content_hash).toBe(versions[0]!.content_hash);
    expect(other.versions[0]!.content_hash).not.toBe(versions[0]!.content_hash);
  });

  it('refuses a missing policy, an unknown version, and changes after retirement', () => {
    expect(codeOf(given(policyDecider, []).when({ kind: 'ChangePolicy', change: {} }).error)).toBe(
      'not-found',
    );
    expect(codeOf(failure(() => changedContent(fold(policyDecider, created), { restore_version: 9 })))).toBe(
      'not-found',
    );
    expect(
      codeOf(
        given(policyDecider, after({ status: 'retired' })).when({
          kind: 'ChangePolicy',
          change: { status: 'active' },
        }).error,
      ),
    ).toBe('wrong-state');
  });

  it.each(['a\u202eb', 'a\u200bb', 'a\nb', ''])('has no name that looks like another: %j', (name) => {
    const error = failure(() => checkPolicy({ name, action_types: ['*'], decision: 'DENY' }, catalogue));
    expect(isProblem(error, 'policy-invalid') && error.violations.map(({ pointer }) => pointer)).toEqual([
      '/name',
    ]);
    expect(checkPolicy({ name: 'Zelle süd', action_types: ['*'], decision: 'DENY' }, catalogue).name).toBe(
      'Zelle süd',
    );
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

  it('reports faults of shape and of meaning together', () => {
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

  it('takes its defaults and permitted changes', () => {
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

  it('that became invalid can only be taken out of use', () => {
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
