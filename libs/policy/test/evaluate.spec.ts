import { describe, expect, it } from '@jest/globals';
import { isProblem } from '@interlock/kernel';
import {
  buildContext,
  bundleHash,
  evaluableBundle,
  evaluate,
  evaluateRecorded,
  noPolicies,
  normalBundle,
  type EvaluableBundle,
  type EvaluationContext,
  type EvaluationInput,
  type EvaluationRecorded,
  type PolicyV1,
  type RecordedBundle,
  type RuleIndex,
  type RuleV1,
} from '../src/index.js';
import { bundleOf, intent, policiesOf, policy, request, rule } from './samples.js';

const thresholds = { LOW: 0.7, MEDIUM: 0.85, HIGH: 0.95 } as const;
const run = (over: Partial<EvaluationInput> = {}) =>
  evaluate({
    evaluation_id: 'e1',
    trace_id: 't1',
    agent: 'ran-optimizer',
    action_type: 'cell_failover',
    context: { affected_entity_count: 3, risk_score: 47 },
    policies: noPolicies,
    bundle: null,
    confidence_thresholds: thresholds,
    versions: { auto_approval: '7' },
    position: '99',
    ...over,
  });

describe('the two layers together', () => {
  const effects = { ALLOW: 'allow', DENY: 'deny', NEEDS_APPROVAL: 'needs_approval' } as const;
  it.each([
    ['ABSTAIN', 'ABSTAIN', 'NEEDS_APPROVAL'],
    ['ALLOW', 'ABSTAIN', 'ALLOW'],
    ['CONFIRM', 'ABSTAIN', 'CONFIRM'],
    ['DENY', 'ABSTAIN', 'DENY'],
    ['ABSTAIN', 'ALLOW', 'ALLOW'],
    ['ABSTAIN', 'NEEDS_APPROVAL', 'NEEDS_APPROVAL'],
    ['ABSTAIN', 'DENY', 'DENY'],
    ['ALLOW', 'ALLOW', 'ALLOW'],
    ['CONFIRM', 'ALLOW', 'CONFIRM'],
    ['DENY', 'ALLOW', 'DENY'],
    ['ALLOW', 'NEEDS_APPROVAL', 'NEEDS_APPROVAL'],
    ['CONFIRM', 'NEEDS_APPROVAL', 'NEEDS_APPROVAL'],
    ['DENY', 'NEEDS_APPROVAL', 'DENY'],
    ['ALLOW', 'DENY', 'DENY'],
    ['CONFIRM', 'DENY', 'DENY'],
  ] as const)('policies %s, bundle %s: %s', (layer, bundle, decision) => {
    const policies = layer === 'ABSTAIN' ? noPolicies : policiesOf(policy('p', { decision: layer }));
    const rules = bundle === 'ABSTAIN' ? [] : [rule({ effect: effects[bundle] })];
    const found = run({ policies, bundle: bundleOf(...rules) });
    expect([found.policies.decision, found.bundle.decision, found.decision]).toEqual([
      layer,
      bundle,
      decision,
    ]);
    expect(found.reasons.length).toBeGreaterThan(0);
    expect(found.explanation.startsWith(`${decision}: `)).toBe(true);
  });

  it('no policy and no bundle need an approval, with the reason that nothing governs', () => {
    expect(run()).toMatchObject({
      decision: 'NEEDS_APPROVAL',
      approvals_required: 1,
      reasons: [{ code: 'nothing-matched', detail: 'no policy and no rule governs this action' }],
      bundle: { variant: 'none', bundle_id: null },
    });
  });

  it('too many entities open the window even on ALLOW, and never soften a stricter decision', () => {
    const above = policy('above', { confirm_above_entities: 2 });
    expect(run({ policies: policiesOf(above) })).toMatchObject({
      decision: 'CONFIRM',
      limits: { window_policy: 'above', confirm_above_entities: 2 },
    });
    expect(run({ policies: policiesOf(above), bundle: bundleOf(rule({ effect: 'deny' })) }).decision).toBe(
      'DENY',
    );
    expect(run({ policies: policiesOf(above), context: { affected_entity_count: 2 } }).decision).toBe(
      'ALLOW',
    );
  });
});

describe('the explanation of an evaluation', () => {
  it('names the rule, its reason and its budget; for a denial only what denies, the rule before the policy', () => {
    const found = run({
      policies: policiesOf(policy('ok'), policy('never', { decision: 'DENY' })),
      bundle: bundleOf(
        rule({ id: 'no', effect: 'deny', reason: 'not at night', budget: { cost: 25, compute: 5 } }),
      ),
    });
    expect(found.reasons.map(({ code }) => code)).toEqual(['denied-by-rule', 'denied-by-policy']);
    expect(found).toMatchObject({
      bundle: { rule_id: 'no', reason: 'not at night', bundle_version: '1.0.0' },
      matched_rules: ['no'],
      budget: { cost: 25, compute: 5 },
    });
    expect(found.explanation).toBe(
      'DENY: rule `no` of bundle 1.0.0 denies it: not at night; policy `never` denies it',
    );
    expect(found.policies.matched.map(({ policy_id, decision }) => [policy_id, decision])).toEqual([
      ['never', 'DENY'],
      ['ok', 'ALLOW'],
    ]);
  });

  it('names every reason unless it denies, the strictest first', () => {
    const found = run({
      policies: policiesOf(policy('ok')),
      bundle: bundleOf(rule({ effect: 'needs_approval', reason: 'it is new' })),
    });
    expect(found.reasons.map(({ code }) => code)).toEqual(['approval-by-rule', 'allowed-by-policy']);
  });

  it('states the retry time of a temporary denial only', () => {
    const later = rule({ id: 'later', effect: 'deny', reason: 'it is the weekend', retry_after_s: 3600 });
    const found = run({ bundle: bundleOf(later) });
    expect(found.reasons).toMatchObject([{ code: 'denied-by-rule', rule_id: 'later', retry_after_s: 3600 }]);
    expect(found.explanation).toBe(
      'DENY: rule `later` of bundle 1.0.0 denies it for now, to be tried again after 3600 s: it is the weekend',
    );
    expect(run({ bundle: bundleOf(rule({ effect: 'deny' })) }).reasons[0]).not.toHaveProperty(
      'retry_after_s',
    );
    expect(normalBundle({ version: '1.0.0', rules: [later] }).rules[0]).toEqual(later);
    const hash = (of: RuleV1): string =>
      bundleHash({ version: '1.0.0', rules: [of], notes: '', metadata: {} });
    expect(hash(later)).not.toBe(hash({ ...later, retry_after_s: 3601 }));
  });

  it('names near misses: one condition away, and by how much', () => {
    const near = rule({ id: 'near', conditions: [{ field: 'risk_score', op: '<=', value: 42 }] });
    const far = rule({
      id: 'far',
      conditions: [
        { field: 'risk_score', op: '<=', value: 42 },
        { field: 'affected_entity_count', op: '<', value: 2 },
      ],
    });
    const dark = rule({ id: 'dark', conditions: [{ field: 'posture', op: '==', value: 'GREEN' }] });
    const found = run({
      bundle: bundleOf(near, far, dark),
      policies: policiesOf(policy('p', { conditions: [{ field: 'risk_score', op: '<', value: 47 }] })),
    });
    expect(found.near_misses).toEqual([
      { rule_id: 'near', effect: 'allow', field: 'risk_score', op: '<=', value: 42, actual: 47 },
      { policy_id: 'p', decision: 'ALLOW', field: 'risk_score', op: '<', value: 47, actual: 47 },
    ]);
  });

  it('rules after the deciding one are no near misses, and there are at most eight', () => {
    const nearly = (id: string, priority: number): RuleV1 =>
      rule({ id, priority, conditions: [{ field: 'risk_score', op: '<', value: 1 }] });
    expect(run({ bundle: bundleOf(rule({ priority: 9 }), nearly('behind', 8)) }).near_misses).toEqual([]);
    expect(
      run({ bundle: bundleOf(...Array.from({ length: 20 }, (_, i) => nearly(`n${i}`, i))) }).near_misses,
    ).toHaveLength(8);
  });

  it('states the unknown fields and their effect', () => {
    const found = run({
      policies: policiesOf(
        policy('guard', { decision: 'DENY', conditions: [{ field: 'system.load_pct', op: '>', value: 80 }] }),
      ),
      bundle: bundleOf(
        rule({
          conditions: [
            { field: 'posture', op: '==', value: 'GREEN' },
            { field: 'risk_score', op: '>', value: 1 },
          ],
        }),
      ),
    });
    expect(found).toMatchObject({
      decision: 'NEEDS_APPROVAL',
      unknown_fields: ['posture', 'system.load_pct'],
    });
    expect(found.reasons.map(({ code, detail }) => `${code}: ${detail}`).sort()).toEqual([
      'unknown-field: policy `guard` looks at `system.load_pct`, which the request lacks, so it counts as needing an approval',
      'unknown-field: rule `r` of bundle 1.0.0 looks at `posture`, which the request lacks, so it does not match',
    ]);
  });

  it.each([
    [undefined, 1],
    [0, 1],
    [1, 1],
    [2, 2],
  ] as const)('a rule that asks for %s approvals is answered with %i', (approvals, wanted) => {
    const asking = rule({
      effect: 'needs_approval',
      ...(approvals === undefined ? {} : { approvals_required: approvals }),
    });
    expect(run({ bundle: bundleOf(asking) }).approvals_required).toBe(wanted);
  });

  it.each(['allow', 'deny'] as const)('%s asks for no approval, whatever the rule names', (effect) => {
    expect(run({ bundle: bundleOf(rule({ effect, approvals_required: 2 })) }).approvals_required).toBe(0);
  });

  it("confidence is the smaller of the intent's and the twin's, 0 if neither is known", () => {
    expect(
      [
        { confidence_score: 0.9, confidence: 0.8 },
        { confidence_score: 0.7, confidence: 0.8 },
        { confidence_score: 0.7 },
        {},
      ].map((context) => run({ context: context as EvaluationContext }).confidence),
    ).toEqual([0.8, 0.7, 0.7, 0]);
  });

  it('names the versions it used: every policy that could govern, not only those that matched', () => {
    const found = run({
      policies: policiesOf(
        policy('a', { conditions: [{ field: 'risk_score', op: '>', value: 99 }] }),
        policy('b', { action_types: ['other'] }),
      ),
      bundle: bundleOf(),
    });
    expect(found.versions).toMatchObject({
      auto_approval: '7',
      policies: [{ policy_id: 'a', version: 1 }],
      bundle_hash: found.bundle.bundle_hash,
    });
    expect(found.policies.matched).toEqual([]);
  });

  it('an exception inside is an error, never a skipped rule', () => {
    const broken: EvaluableBundle = {
      ...bundleOf(),
      compiled: {
        evaluate: () => {
          throw new TypeError('torn');
        },
      } as unknown as RuleIndex,
    };
    const attempt = (): unknown => {
      try {
        return run({ bundle: broken, policies: policiesOf(policy('p')) });
      } catch (error) {
        return error;
      }
    };
    expect(isProblem(attempt(), 'internal-error')).toBe(true);
  });
});

describe('a recorded evaluation', () => {
  const rules = [
    rule({ id: 'night', effect: 'needs_approval', conditions: [{ field: 'time.hour', op: '<', value: 6 }] }),
    rule({ id: 'day', conditions: [{ field: 'risk_score', op: '<=', value: 40 }] }),
  ];
  const content: RecordedBundle = { bundle_id: 'b1', version: '1.0.0', rules, notes: '', metadata: {} };
  const policies = [
    policy('p', { max_affected_entities: 5 }),
    policy('off', { decision: 'DENY' }, 'disabled'),
  ];
  const record = (): EvaluationRecorded['data'] => {
    const asked = request({ intent: intent({ parameters: { power_raise_db: 2.5 } }) });
    const context = buildContext(asked, 'Europe/London');
    const evaluation = run({
      context,
      policies: policiesOf(...policies),
      bundle: evaluableBundle({ ...content, bundle_hash: bundleHash(content) }),
    });
    const input = {
      tenant_id: 'demo',
      agent: 'ran-optimizer',
      action_type: 'cell_failover',
      context,
      at: asked.at,
      time_zone: 'Europe/London',
      action_id: null,
      request_id: null,
      dry_run: false,
    };
    return JSON.parse(JSON.stringify({ ...evaluation, input })) as EvaluationRecorded['data'];
  };

  it('is replayed without a difference from its own event', () => {
    const replay = evaluateRecorded(record(), content, [
      policy('p', { decision: 'DENY' }, 'active', 2),
      ...policies,
    ]);
    expect(replay.differences).toEqual([]);
    expect(replay.evaluation?.decision).toBe('ALLOW');
  });

  it('a changed decision, rule or context is named', () => {
    const data = record();
    expect(evaluateRecorded({ ...data, decision: 'DENY' }, content, policies).differences).toEqual([
      '`decision` was "DENY", is "ALLOW"',
    ]);
    const night = evaluateRecorded(
      { ...data, input: { ...data.input, context: { ...data.input.context, 'time.hour': 3 } } },
      content,
      policies,
    );
    expect(
      night.differences.some((text) => text.startsWith('`decision` was "ALLOW", is "NEEDS_APPROVAL"')),
    ).toBe(true);
  });

  it.each<[string, RecordedBundle | null, readonly PolicyV1[], string]>([
    ['no bundle', null, policies, 'bundle 1.0.0 is not there'],
    ['no policy', content, [], 'policy `p` version 1 is not there'],
  ])('with %s cannot be replayed, and reports that', (_, bundle, some, difference) => {
    expect(evaluateRecorded(record(), bundle, some)).toEqual({ evaluation: null, differences: [difference] });
  });

  it.each<[string, RecordedBundle, readonly PolicyV1[], string]>([
    [
      'another bundle',
      { ...content, notes: 'changed' },
      policies,
      'bundle 1.0.0 has other content than was evaluated',
    ],
    [
      'another policy',
      content,
      [policy('p', { max_affected_entities: 500 })],
      'policy `p` version 1 has other content than was evaluated',
    ],
  ])('with %s of that name differs, even if the decision is the same', (_, bundle, some, difference) => {
    const { evaluation, differences } = evaluateRecorded(record(), bundle, some);
    expect([evaluation?.decision, differences[0]]).toEqual(['ALLOW', difference]);
  });

  it('with one missing policy and an altered one, the alteration is reported', () => {
    const { differences } = evaluateRecorded(
      {
        ...record(),
        versions: {
          ...record().versions,
          policies: [
            { policy_id: 'p', version: 1, content_hash: 'x' },
            { policy_id: 'gone', version: 3, content_hash: 'y' },
          ],
        },
      },
      content,
      policies,
    );
    expect(differences.slice(0, 2)).toEqual([
      'policy `p` version 1 has other content than was evaluated',
      'policy `gone` version 3 is not there',
    ]);
  });

  it('one without a bundle needs none', () => {
    const context = { risk_score: 1 };
    const evaluation = run({ context, policies: policiesOf(...policies) });
    const data = { ...evaluation, input: { ...record().input, context } };
    expect(evaluateRecorded(data, null, policies).differences).toEqual([]);
  });
});
