import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import {
  actionTypeDecider,
  bundleDecider,
  evaluateRecorded,
  exportsDecider,
  lintSettingsDecider,
  policyDecider,
  refusalsDecider,
  rolloutDecider,
  signingDecider,
  teamDecider,
} from '../src/index.js';
import { exampleEvents } from './golden-examples.js';
import { goldenEvaluations, type Golden } from './golden.js';

const fixture = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`../../../fixtures/policies/${name}.json`, import.meta.url), 'utf8')) as T;
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('the events of policies', () => {
  const examples = fixture<{ readonly [type: string]: object }>('events');

  it('each have a checked-in example', () => {
    const types = [
      ...policyDecider.types,
      ...bundleDecider.types,
      ...signingDecider.types,
      ...exportsDecider.types,
      ...refusalsDecider.types,
      ...rolloutDecider.types,
      ...actionTypeDecider.types,
      ...teamDecider.types,
      ...lintSettingsDecider.types,
      'EvaluationRecorded',
    ];
    expect(Object.keys(examples).sort()).toEqual([...types].sort());
  });

  it.each(Object.keys(examples))(
    '%s is written like its example; a changed shape needs a new schema version and an upcaster',
    (type) => expect(plain(exampleEvents()[type])).toEqual(examples[type]),
  );
});

describe('evaluations of an earlier release', () => {
  const golden = fixture<readonly Golden[]>('evaluations');

  it.each(golden.map((one, i) => [i, one.data.decision, one] as const))(
    '%i (%s) has the same result now',
    (_, __, { data, bundle, policies, shadow }) =>
      expect(evaluateRecorded(data, bundle, policies, undefined, shadow).differences).toEqual([]),
  );

  it('cover every decision', () => {
    expect(golden.map(({ data }) => data.decision)).toEqual(
      goldenEvaluations().map(({ data }) => data.decision),
    );
    expect(new Set(golden.map(({ data }) => data.decision))).toEqual(
      new Set(['ALLOW', 'CONFIRM', 'NEEDS_APPROVAL', 'DENY']),
    );
  });
});
