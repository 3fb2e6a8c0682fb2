import { describe, expect, it } from '@jest/globals';
import { objectIn } from '../src/ui/forms/object-in.js';
import {
  directionText,
  policyDocument,
  policySentence,
  stricterText,
  versionText,
  type Policy,
  type PolicyVersion,
} from '../src/policies/policy-words.js';

const policy = {
  policy_id: 'guard',
  version: 3,
  name: 'Guard',
  action_types: ['cell_failover'],
  conditions: [
    { field: 'device.level', op: '>=', value: 2 },
    { field: 'posture', op: '==', value: 'GREEN' },
  ],
  decision: 'ALLOW',
  max_affected_entities: 10,
  min_confidence: 0.8,
  confirm_above_entities: 8,
  confirmation_window_s: 30,
  on_elapse: 'expire',
} as unknown as Policy;
const version = {
  ...policy,
  changed: ['max_affected_entities'],
  restored_version: null,
} as unknown as PolicyVersion;

describe('a policy in words', () => {
  it('says what it allows, up to where, and when it opens a window', () => {
    expect(policySentence(policy)).toBe(
      'Allows cell_failover where device.level >= 2 and posture == GREEN, for at most 10 entities with confidence from 0.8. Above 8 entities it opens a window of 30 s. An action that nobody confirms expires.',
    );
  });

  it('says of a denial nothing about windows, and of a confirmation how it ends', () => {
    const bare = { ...policy, conditions: [], max_affected_entities: null, min_confidence: null };
    expect(policySentence({ ...bare, action_types: ['*'], decision: 'DENY' })).toBe(
      'Denies every action type.',
    );
    expect(
      policySentence({ ...bare, decision: 'CONFIRM', confirmation_window_s: null, on_elapse: 'proceed' }),
    ).toBe(
      'Asks to confirm cell_failover. It opens a window of the default length. An action that nobody confirms proceeds.',
    );
  });

  it('tells versions apart by what changed', () => {
    expect(versionText({ ...version, version: 1 })).toBe('made');
    expect(versionText(version)).toBe('changed max affected entities');
    expect(versionText({ ...version, restored_version: 1 })).toBe('restored version 1');
    expect(versionText({ ...version, changed: [] })).toBe('changed nothing');
  });

  it('says whether a later version is looser, as far as its limits show', () => {
    expect(directionText(version, version)).toBe('As strict as before.');
    expect(directionText(version, { ...version, max_affected_entities: 20 })).toBe('More permissive.');
    expect(directionText(version, { ...version, max_affected_entities: null })).toBe('More permissive.');
    expect(directionText(version, { ...version, min_confidence: 0.9 })).toBe('Stricter.');
    expect(directionText(version, { ...version, decision: 'DENY' })).toBe('Stricter.');
    expect(directionText(version, { ...version, max_affected_entities: 6, min_confidence: 0.5 })).toBe(
      'Looser in part, stricter in part.',
    );
    expect(directionText(version, { ...version, conditions: [] })).toBe(
      'Other conditions: try requests to see which way it moved.',
    );
    expect(directionText(version, { ...version, conditions: [], min_confidence: 0.9 })).toBe(
      'Stricter by its limits; its conditions changed too.',
    );
  });

  it('names the stricter of the two layers', () => {
    expect(stricterText('ALLOW', 'NEEDS_APPROVAL')).toBe(
      'Policies say ALLOW, the bundle says NEEDS_APPROVAL: NEEDS_APPROVAL is stricter and counts.',
    );
    expect(stricterText('DENY', 'ALLOW')).toContain('DENY is stricter');
    expect(stricterText('ALLOW', 'ALLOW')).toBe('Policies and bundle both say ALLOW.');
    expect(stricterText('ABSTAIN', 'DENY')).toBe('The policies do not speak of it; the bundle says DENY.');
    expect(stricterText('CONFIRM', 'ABSTAIN')).toBe(
      'The bundle does not speak of it; the policies say CONFIRM.',
    );
  });

  it('edits the content and nothing else, as one JSON object', () => {
    const content = objectIn(policyDocument(policy));
    expect(content).toMatchObject({ name: 'Guard', on_elapse: 'expire' });
    expect(Object.keys(content ?? {})).not.toContain('version');
    for (const wrong of ['[]', 'null', '{', '3']) expect(objectIn(wrong)).toBeUndefined();
  });
});
