import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { given, isProblem } from '@interlock/kernel';
import {
  bundleDecider,
  bundleViolations,
  diffBundles,
  evaluate,
  holds,
  noPolicies,
  normalBundle,
  rolloutDecider,
  RuleIndex,
  type BundleEvent,
  type EvaluationContext,
  type Operator,
  type RolloutCommand,
  type RuleV1,
} from '../src/index.js';
import { promoted, step } from './rollouts.js';
import { bundleOf, catalogue } from './samples.js';

type Case = {
  readonly id: string;
  readonly input: Record<string, unknown>;
  readonly expect: Record<string, unknown> | null;
  readonly settled?: Record<string, unknown>;
  readonly settled_by?: string;
};
const cases = (suite: string, prefix: string): Case[] => {
  const file = new URL(`../../../fixtures/acceptance/${suite}.json`, import.meta.url);
  const found = (JSON.parse(readFileSync(file, 'utf8')) as { cases: Case[] }).cases.filter(({ id }) =>
    id.startsWith(prefix),
  );
  if (found.length === 0) throw new Error(`no case ${prefix} in ${suite}`);
  return found;
};
const expected = (one: Case): Record<string, unknown> => one.expect ?? one.settled ?? {};

describe('acceptance: rule evaluation', () => {
  it.each(cases('rule_evaluation', 'op.'))('$id', ({ input, expect: wanted }) => {
    expect(holds(input['value'] as number, input['op'] as Operator, input['against'] as number)).toBe(
      wanted?.['holds'],
    );
  });

  it.each([...cases('rule_evaluation', 'prio.'), ...cases('rule_evaluation', 'match.')])('$id', (one) => {
    const {
      rules,
      context = {},
      request_agent: agent = 'inbox_triage',
    } = one.input as { rules: RuleV1[]; context?: EvaluationContext; request_agent?: string };
    const outcome = new RuleIndex(rules).evaluate(agent, 'inbox.quarantine', context);
    const wanted = expected(one);
    expect(outcome.rule?.effect ?? null).toBe(wanted['effect']);
    if (wanted['rule'] !== undefined) expect(outcome.rule?.id).toBe(wanted['rule']);
  });

  it.each(cases('rule_evaluation', 'no_match.'))('$id', (one) => {
    const { decision } = evaluate({
      evaluation_id: 'e',
      trace_id: 't',
      agent: 'inbox_triage',
      action_type: 'inbox.quarantine',
      context: {},
      policies: noPolicies,
      bundle: bundleOf(...(one.input['rules'] as RuleV1[])),
      confidence_thresholds: { LOW: 0.7, MEDIUM: 0.85, HIGH: 0.95 },
      versions: {},
      position: '0',
    });
    expect(decision).toBe(expected(one)['decision']);
  });
});

describe('acceptance: bundles', () => {
  it.each(cases('bundles', 'bundle.version.'))('$id', (one) => {
    const accepted = bundleViolations({ version: one.input['version'], rules: [] }, catalogue).length === 0;
    expect(accepted).toBe(expected(one)['accepted']);
  });

  it.each(cases('bundles', 'bundle.create.'))('$id', (one) => {
    const violations = bundleViolations({ version: '1.0.0', rules: one.input['rules'] }, catalogue);
    expect(violations.length === 0).toBe(expected(one)['created']);
    expect(violations).toHaveLength(1);
  });

  it.each([...cases('bundles', 'bundle.delete.'), ...cases('bundles', 'bundle.update.')])('$id', (one) => {
    const content = normalBundle({ version: '1.0.0', rules: [] });
    const created: BundleEvent = {
      type: 'BundleCreated',
      data: { bundle_id: 'b', ...content, bundle_hash: 'h', source: 'api' },
    };
    // A bundle that is or was a canary or active is released on its own stream; the rollout stream
    // tells which.
    const released: BundleEvent = {
      type: 'BundleReleased',
      data: { bundle_id: 'b', version: '1.0.0', bundle_hash: 'h', approval_id: 'a' },
    };
    const history = one.input['status'] === 'draft' ? [created] : [created, released];
    const { error } = given(bundleDecider, history).when(
      one.input['operation'] === 'delete'
        ? { kind: 'DeleteBundle' }
        : { kind: 'UpdateBundle', content: { ...content, notes: 'new' } },
    );
    expect(error === undefined).toBe(expected(one)['allowed']);
    if (error !== undefined) expect(isProblem(error, 'not-a-draft')).toBe(true);
  });

  it.each(cases('bundles', 'bundle.canary_pct.'))('$id', (one) => {
    const command: RolloutCommand = {
      kind: 'ActivateBundle',
      bundle_id: 'b',
      bundle_version: '1.0.0',
      bundle_hash: 'h',
      approval_id: 'a',
      canary_pct: one.input['canary_pct'] as number,
    };
    const { error } = given(rolloutDecider, []).when(command);
    expect(!isProblem(error, 'validation-failed')).toBe(expected(one)['valid']);
  });

  it.each(cases('bundles', 'bundle.one_active'))('$id', (one) => {
    const versions = one.input['activate_to_100'] as string[];
    const state = versions.reduce((before, version) => {
      const begun = step(before, {
        kind: 'ActivateBundle',
        bundle_id: `b-${version}`,
        bundle_version: version,
        bundle_hash: 'h',
        approval_id: 'a',
      });
      return begun.canary === null ? begun : promoted(begun);
    }, rolloutDecider.initial);
    expect(state.active?.bundle_version).toBe(expected(one)['active']);
    expect(state.superseded.map(({ bundle_id }) => bundle_id)).toEqual(['b-1.0.0']);
    expect(state.canary).toBeNull();
  });
});

describe('acceptance: comparing bundles', () => {
  it.each(cases('bundles', 'bundle.diff'))('$id', (one) => {
    const [a, b] = ['a', 'b'].map((side) =>
      normalBundle({ version: '1.0.0', rules: one.input[side] as RuleV1[] }),
    );
    expect(diffBundles(a!, b!)).toMatchObject(expected(one));
  });
});

describe('the cases taken from the seeds', () => {
  const here =
    /^(op|prio|match|no_match|bundle\.(version|create|delete|update|canary_pct|one_active|diff))(\.|$)/;
  const inTheRegistry = [
    'bundle.list.active_only',
    'policy.evaluate_appends',
    'policy.tenant',
    'policy.list_status',
    'policy.scope.POST create',
    'policy.scope.PATCH',
  ];

  it('are all run, here or against the registry, and the open ones are settled', () => {
    const all = ['rule_evaluation', 'bundles', 'policies_v2'].flatMap((suite) => cases(suite, ''));
    expect(
      all
        .map(({ id }) => id)
        .filter((id) => !here.test(id))
        .sort(),
    ).toEqual([...inTheRegistry].sort());
    expect(
      all.filter((one) => one.expect === null && (one.settled === undefined || one.settled_by === undefined)),
    ).toEqual([]);
  });
});
