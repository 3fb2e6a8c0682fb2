import { describe, expect, it } from '@jest/globals';
import type { Actor } from '@interlock/contracts';
import { fold } from '@interlock/kernel';
import {
  bundleDecider,
  bundleHash,
  decideActivation,
  normalBundle,
  rolloutDecider,
  type ActivationFacts,
  type AskedActivation,
  type BundleCommand,
  type BundleState,
} from '../src/index.js';
import { codeOf, failure } from './failures.js';
import { step } from './rollouts.js';
import { rule } from './samples.js';

const content = normalBundle({ version: '1.0.0', rules: [rule()] });
const hash = bundleHash(content);
const person = (id: string): Actor => ({ kind: 'person', person_id: id });
const after = (...steps: readonly (readonly [Actor, BundleCommand])[]) => {
  const state = steps.reduce<BundleState>(
    (before, [actor, command]) =>
      fold(bundleDecider, bundleDecider.decide(command, before), { actor }, before),
    bundleDecider.initial,
  );
  if (state.status === 'none') throw new Error('no bundle was created');
  return state;
};
const created = [person('ann'), { kind: 'CreateBundle', bundle_id: 'b', content, source: 'api' }] as const;
const bare = after(created);
const [approval] = after(created, [
  person('bob'),
  { kind: 'ApproveBundle', actor: person('bob'), approval_id: 'yes', bundle_hash: hash, note: '' },
]).approvals;
const approved = {
  ...bare,
  approvals: [{ ...approval!, flip_list_hash: 'f', against_hash: null }],
};
const other = {
  kind: 'ActivateBundle',
  bundle_id: 'other',
  bundle_version: '0.9.0',
  bundle_hash: 'other hash',
  approval_id: 'other yes',
} as const;
const facts: ActivationFacts = {
  bundle: approved,
  rollout: rolloutDecider.initial,
  against: null,
  unmet: [],
};
const decide = (asked: AskedActivation = {}, over: Partial<ActivationFacts> = {}) =>
  decideActivation({ bundle_hash: hash, ...asked }, { ...facts, ...over });
const refusal = (asked: AskedActivation, over: Partial<ActivationFacts> = {}): unknown =>
  codeOf(failure(() => decide(asked, over)));

describe('an activation', () => {
  it('releases the bundle by its approval, then begins the rollout beside the bundle that was read', () => {
    const { release, begin } = decide();
    expect(release).toEqual({ kind: 'ReleaseBundle', approval_id: 'yes' });
    expect(begin).toEqual({
      kind: 'ActivateBundle',
      bundle_id: 'b',
      bundle_version: '1.0.0',
      bundle_hash: hash,
      approval_id: 'yes',
      against_hash: null,
    });
    expect(bundleDecider.decide(release, approved)).toHaveLength(1);
    expect(rolloutDecider.decide(begin, rolloutDecider.initial)).toHaveLength(1);
  });

  it('names the first fault: what was read, the demands, the approval, the rollout, what it was given beside', () => {
    const unmet = [{ pointer: '/rules/0', code: 'invariant', detail: 'is broken' }];
    const beside = step(rolloutDecider.initial, other);
    const canary = step(beside, { ...other, bundle_id: 'third' });
    expect(refusal({ bundle_hash: null }, { unmet })).toBe('digest-required');
    expect(refusal({ bundle_hash: 'x' }, { unmet })).toBe('approval-mismatch');
    expect(refusal({ approval_id: null }, { unmet })).toBe('bundle-invalid');
    expect(refusal({ approval_id: null }, { bundle: bare })).toBe('approval-required');
    expect(refusal({}, { bundle: bare, rollout: canary })).toBe('approval-required');
    expect(refusal({ approval_id: 'no' }, { rollout: canary })).toBe('approval-required');
    expect(refusal({ approval_id: 'yes' }, { bundle: { ...approved, authors: ['person:bob'] } })).toBe(
      'same-person',
    );
    expect(refusal({ canary_pct: 101 })).toBe('validation-failed');
    expect(refusal({}, { rollout: canary, against: 'other hash' })).toBe('canary-running');
    expect(refusal({}, { rollout: beside, against: 'other hash' })).toBe('approval-stale');
    expect(refusal({ canary_pct: 10 })).toBe('wrong-state');
  });

  it('goes on from a release after a crash, and asks for no new approval of a bundle that decides', () => {
    const released = fold(
      bundleDecider,
      bundleDecider.decide(decide().release, approved),
      { actor: person('ann') },
      approved,
    ) as ActivationFacts['bundle'];
    const { release, begin } = decide({}, { bundle: released });
    expect(bundleDecider.decide(release, released)).toEqual([]);
    const rollout = step(rolloutDecider.initial, begin);
    const again = decide({}, { bundle: released, rollout, against: hash });
    expect(rolloutDecider.decide(again.begin, rollout)).toEqual([]);
  });

  it("pins a team's rollout where the team goes by the tenant's bundle", () => {
    const bundle = {
      ...approved,
      team: 'core',
      approvals: [{ ...approved.approvals[0]!, against_hash: 'tenant' }],
    };
    expect(decide({}, { bundle, against: 'tenant' }).begin.against_hash).toBeNull();
  });
});
