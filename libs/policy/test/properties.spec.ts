import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { policyDecisions, type Actor } from '@interlock/contracts';
import { fold, isProblem } from '@interlock/kernel';
import {
  bundleDecider,
  bundleHash,
  compilePolicies,
  evaluableBundle,
  evaluate,
  evaluatePolicies,
  evaluateRecorded,
  guardrailDecisions,
  normalBundle,
  operators,
  policyDecider,
  rolloutDecider,
  ruleEffects,
  stricter,
  type BundleCommand,
  type BundleState,
  type Condition,
  type EvaluationContext,
  type EvaluationRecorded,
  type PolicyEvent,
  type PolicyState,
  type PolicyV1,
  type RolloutState,
  type RuleV1,
} from '../src/index.js';
import { policy, policyContent, rule } from './samples.js';

const condition: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({
    field: fc.constantFrom('risk_score', 'affected_entity_count', 'system.load_pct'),
    op: fc.constantFrom(...operators),
    value: fc.integer({ min: 0, max: 5 }),
  }),
  fc.record({
    field: fc.constant('posture'),
    op: fc.constantFrom('==' as const, '!=' as const),
    value: fc.constantFrom('GREEN', 'RED'),
  }),
);
const conditions = fc.array(condition, { maxLength: 2 });
const limit = fc.option(fc.integer({ min: 0, max: 5 }), { nil: null });
const policies = fc
  .array(
    fc.record({
      decision: fc.constantFrom(...guardrailDecisions),
      conditions,
      max_affected_entities: limit,
      confirm_above_entities: limit,
      min_confidence: fc.option(fc.constantFrom(0.1, 0.5, 0.9), { nil: null }),
      confirmation_window_s: fc.option(fc.integer({ min: 1, max: 60 }), { nil: null }),
      on_elapse: fc.constantFrom('proceed' as const, 'expire' as const),
    }),
    { maxLength: 5 },
  )
  .map((all) => all.map((content, i) => policy(`p${i}`, content)));
const rules = fc
  .array(
    fc.record({
      effect: fc.constantFrom(...ruleEffects),
      priority: fc.integer({ min: 0, max: 3 }),
      conditions,
      approvals_required: fc.integer({ min: 0, max: 2 }),
    }),
    { maxLength: 6 },
  )
  .map((all) => all.map((one, i): RuleV1 => rule({ ...one, id: `r${i}` })));
const context = fc.record(
  {
    risk_score: fc.integer({ min: 0, max: 5 }),
    affected_entity_count: fc.integer({ min: 0, max: 5 }),
    'system.load_pct': fc.integer({ min: 0, max: 5 }),
    posture: fc.constantFrom('GREEN', 'RED'),
    confidence_score: fc.constantFrom(0.2, 0.8),
    confidence: fc.constantFrom(0.3, 0.9),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<EvaluationContext>;

const bundleOf = (some: readonly RuleV1[]) => ({
  bundle_id: 'b',
  version: '1.0.0',
  rules: some,
  notes: '',
  metadata: {},
});
const evaluateAll = (
  some: readonly PolicyV1[],
  own: readonly RuleV1[] | null,
  values: EvaluationContext,
  hash = own === null ? '' : bundleHash(bundleOf(own)),
) =>
  evaluate({
    evaluation_id: 'e',
    trace_id: 't',
    agent: 'a',
    action_type: 'x',
    context: values,
    policies: compilePolicies(some),
    bundle: own === null ? null : evaluableBundle({ ...bundleOf(own), bundle_hash: hash }),
    confidence_thresholds: { LOW: 0.7, MEDIUM: 0.85, HIGH: 0.95 },
    versions: {},
    position: '1',
  });

describe('every evaluation', () => {
  it('is replayed without a difference from its own record, for any rules, policies and request', () => {
    fc.assert(
      fc.property(policies, fc.option(rules), context, (some, own, values) => {
        const evaluation = evaluateAll(some, own, values);
        const input = {
          tenant_id: 'demo',
          agent: 'a',
          action_type: 'x',
          context: values,
          at: '',
          time_zone: 'UTC',
          action_id: null,
          request_id: null,
          dry_run: false,
        };
        const data = JSON.parse(JSON.stringify({ ...evaluation, input })) as EvaluationRecorded['data'];
        expect(evaluateRecorded(data, own === null ? null : bundleOf(own), some).differences).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('is the stricter of its layers, never ALLOW if neither allows, and gives a reason', () => {
    fc.assert(
      fc.property(policies, rules, context, (some, own, values) => {
        const {
          decision,
          policies: layer,
          bundle,
          reasons,
          approvals_required: approvals,
          limits,
        } = evaluateAll(some, own, values);
        const layers = stricter(layer.decision, bundle.decision);
        expect(policyDecisions.indexOf(decision)).toBeGreaterThanOrEqual(
          layers === 'ABSTAIN' ? policyDecisions.indexOf('NEEDS_APPROVAL') : policyDecisions.indexOf(layers),
        );
        if (decision === 'ALLOW') expect([layer.decision, bundle.decision]).toContain('ALLOW');
        if (decision === 'CONFIRM') expect(limits.window_policy).not.toBeNull();
        expect(reasons.length).toBeGreaterThan(0);
        expect(approvals > 0).toBe(decision === 'NEEDS_APPROVAL');
      }),
      { numRuns: 500 },
    );
  });

  it('does not depend on the order in which policies and rules are kept', () => {
    fc.assert(
      fc.property(policies, rules, context, (some, own, values) => {
        expect(evaluateAll(some.toReversed(), own.toReversed(), values, 'hash')).toEqual(
          evaluateAll(some, own, values, 'hash'),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('never becomes looser by another denying or confirming policy, or by a limit', () => {
    fc.assert(
      fc.property(
        policies,
        rules,
        context,
        conditions,
        fc.constantFrom('DENY' as const, 'CONFIRM' as const),
        limit,
        (some, own, values, when, decision, most) => {
          const extra = policy('extra', { decision, conditions: when, max_affected_entities: most });
          const [before, after] = [
            evaluateAll(some, own, values),
            evaluateAll([...some, extra], own, values),
          ];
          const governed = before.policies.decision !== 'ABSTAIN' || before.bundle.decision !== 'ABSTAIN';
          if (governed)
            expect(policyDecisions.indexOf(after.decision)).toBeGreaterThanOrEqual(
              policyDecisions.indexOf(before.decision),
            );
          const [was, is] = [before.limits.max_affected_entities, after.limits.max_affected_entities];
          if (was !== null) expect(is!).toBeLessThanOrEqual(was);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('never has a limit looser than that of a policy that matches', () => {
    fc.assert(
      fc.property(policies, context, (some, values) => {
        const { counted, limits } = evaluatePolicies(compilePolicies(some), 'x', values);
        for (const { policy: one } of counted) {
          if (one.max_affected_entities !== null)
            expect(limits.max_affected_entities!).toBeLessThanOrEqual(one.max_affected_entities);
          if (one.min_confidence !== null)
            expect(limits.min_confidence!).toBeGreaterThanOrEqual(one.min_confidence);
          if (one.confirm_above_entities !== null)
            expect(limits.confirm_above_entities!).toBeLessThanOrEqual(one.confirm_above_entities);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('any sequence of bundle commands by anybody', () => {
  const people = ['ann', 'bob', 'cid'];
  const contents = [0, 1].map((i) => normalBundle({ version: '1.0.0', rules: [rule()], notes: `${i}` }));
  const step = fc.record({
    by: fc.constantFrom(...people),
    kind: fc.constantFrom(
      'create',
      'update',
      'update',
      'delete',
      'approve',
      'approve',
      'approve',
      'release',
      'activate',
      'activate',
    ),
    content: fc.integer({ min: 0, max: 1 }),
    approval: fc.option(fc.integer({ min: 0, max: 12 }), { nil: undefined, freq: 2 }),
  });

  it('leaves an active bundle unchanged and approved by a person who wrote none of it', () => {
    let activations = 0;
    fc.assert(
      fc.property(
        fc
          .array(step, { maxLength: 14 })
          .map((more) => [{ by: 'ann', kind: 'create', content: 0, approval: undefined }, ...more]),
        (steps) => {
          let state: BundleState = bundleDecider.initial;
          let rollout: RolloutState = rolloutDecider.initial;
          let authors = new Set<string>();
          let activeHash: string | undefined;
          for (const [i, { by, kind, content, approval }] of steps.entries()) {
            const actor: Actor = { kind: 'person', person_id: by };
            const named = approval === undefined ? {} : { approval_id: `a${approval}` };
            const commands: { readonly [name: string]: BundleCommand } = {
              create: { kind: 'CreateBundle', bundle_id: 'b', content: contents[content]!, source: 'api' },
              update: { kind: 'UpdateBundle', content: contents[content]! },
              delete: { kind: 'DeleteBundle' },
              approve: {
                kind: 'ApproveBundle',
                actor,
                approval_id: `a${i}`,
                bundle_hash: state.status === 'none' ? '' : state.bundle_hash,
                note: '',
              },
              release: { kind: 'ReleaseBundle', ...named },
              activate: { kind: 'ReleaseBundle', ...named },
            };
            try {
              const events = bundleDecider.decide(commands[kind]!, state);
              state = fold(bundleDecider, events, { actor }, state);
              if (kind === 'create') authors = new Set();
              if (events.length > 0 && (kind === 'create' || kind === 'update')) authors.add(`person:${by}`);
              if (kind === 'activate' && state.status === 'released') {
                const command = {
                  kind: 'ActivateBundle',
                  bundle_id: 'b',
                  bundle_version: '1.0.0',
                  bundle_hash: state.bundle_hash,
                  approval_id: 'a',
                  canary_pct: 100,
                } as const;
                rollout = fold(rolloutDecider, rolloutDecider.decide(command, rollout), { actor }, rollout);
                activeHash ??= rollout.active?.bundle_hash;
                activations += 1;
              }
            } catch (error) {
              expect(isProblem(error)).toBe(true);
            }
            if (rollout.active === null) continue;
            expect(state).toMatchObject({ status: 'released', bundle_hash: activeHash });
            if (state.status === 'none') throw new Error('the active bundle is gone');
            expect(bundleHash(state.content)).toBe(activeHash);
            expect(
              state.approvals.some((one) => one.bundle_hash === activeHash && !authors.has(one.approved_by)),
            ).toBe(true);
          }
        },
      ),
      { numRuns: 1500 },
    );
    expect(activations).toBeGreaterThan(100);
  });
});

describe('any sequence of policy changes', () => {
  const change = fc.record(
    {
      decision: fc.constantFrom(...guardrailDecisions),
      min_confidence: fc.constantFrom(null, 0.5),
      status: fc.constantFrom('active' as const, 'disabled' as const, 'retired' as const),
      restore_version: fc.integer({ min: 1, max: 4 }),
    },
    { requiredKeys: [] },
  );

  it('counts versions up by one, loses none, and ends with retirement', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 10 }), (changes) => {
        let events: readonly PolicyEvent[] = policyDecider.decide(
          { kind: 'CreatePolicy', policy_id: 'p', content: policyContent(), status: 'active' },
          policyDecider.initial,
        );
        for (const one of changes) {
          try {
            events = [
              ...events,
              ...policyDecider.decide({ kind: 'ChangePolicy', change: one }, fold(policyDecider, events)),
            ];
          } catch (error) {
            expect(isProblem(error)).toBe(true);
          }
        }
        const { versions }: PolicyState = fold(policyDecider, events);
        expect(versions.map(({ version }) => version)).toEqual(events.map((_, i) => i + 1));
        const retired = versions.findIndex(({ status }) => status === 'retired');
        if (retired >= 0) expect(retired).toBe(versions.length - 1);
        for (const [i, { content_hash: hash, status }] of versions.slice(1).entries())
          expect([hash, status]).not.toEqual([versions[i]!.content_hash, versions[i]!.status]);
      }),
      { numRuns: 400 },
    );
  });
});
