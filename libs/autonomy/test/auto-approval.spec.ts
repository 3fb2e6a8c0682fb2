import { describe, expect, it } from '@jest/globals';
import { autonomyModes, riskLevels } from '@interlock/contracts';
import { fold, given } from '@interlock/kernel';
import fc from 'fast-check';
import {
  autoApprovalDecider,
  autoApprovalView,
  checkAutoApprovalInput,
  checkAutoApprovalResult,
  defaultAutoApprovalConfig,
  evaluateAutoApproval,
  type AutoApprovalConfig,
  type AutoApprovalPolicyInputV1,
} from '../src/index.js';
import { casesOf } from './acceptance.js';

const input: AutoApprovalPolicyInputV1 = {
  action_type: 'cell_failover',
  confidence_score: 0.95,
  risk_level: 'LOW',
  tenant_id: 't1',
  account_id: 'a1',
  autonomy_mode: 'AUTO_EXECUTE',
};
const config = (over: Partial<AutoApprovalConfig> = {}): AutoApprovalConfig => ({
  ...defaultAutoApprovalConfig,
  ...over,
});

describe("the auto-approval policy, as the seed's cases have it", () => {
  for (const { id, input: raw, expect: wanted } of casesOf('auto_approval')) {
    it(id, () => {
      if ('valid' in wanted) {
        expect(checkAutoApprovalResult(raw).length === 0).toBe(wanted['valid']);
      } else if ('accepted' in wanted) {
        expect(checkAutoApprovalInput(raw).length === 0).toBe(wanted['accepted']);
      } else if ('equal' in wanted) {
        const twice = raw['evaluate_twice'] as AutoApprovalPolicyInputV1;
        expect(evaluateAutoApproval(twice)).toEqual(evaluateAutoApproval(twice));
      } else {
        const answer = evaluateAutoApproval(
          raw as AutoApprovalPolicyInputV1,
          config({ kill_switch: raw['policy_kill_switch'] === true }),
        );
        if (wanted['decision'] !== undefined) expect(answer.decision).toBe(wanted['decision']);
        if (wanted['decision_is_not'] !== undefined)
          expect(answer.decision).not.toBe(wanted['decision_is_not']);
        for (const member of (wanted['has'] ?? []) as string[]) expect(answer).toHaveProperty(member);
      }
    });
  }
});

describe('the clauses of the auto-approval policy, in order', () => {
  const clauses: readonly [
    what: string,
    over: Partial<AutoApprovalPolicyInputV1>,
    set: Partial<AutoApprovalConfig>,
    decision: string,
    reason: string,
    clause: string,
  ][] = [
    ['the kill switch', {}, { kill_switch: true }, 'REQUIRE_APPROVAL', 'TENANT_POLICY', 'kill_switch'],
    ['mode DISABLED', { autonomy_mode: 'DISABLED' }, {}, 'BLOCK', 'AUTONOMY_DISABLED', 'autonomy_mode'],
    [
      'a blocked action type',
      {},
      { blocked_action_types: ['cell_failover'] },
      'BLOCK',
      'TENANT_POLICY',
      'blocked_action_types',
    ],
    ['risk HIGH', { risk_level: 'HIGH' }, {}, 'REQUIRE_APPROVAL', 'RISK_LEVEL_HIGH', 'risk_level'],
    [
      'external contact',
      { external_contact: true },
      {},
      'REQUIRE_APPROVAL',
      'EXTERNAL_CONTACT',
      'external_contact',
    ],
    [
      'low confidence',
      { confidence_score: 0.69 },
      {},
      'REQUIRE_APPROVAL',
      'LOW_CONFIDENCE',
      'confidence_thresholds',
    ],
    [
      'a lifecycle state that is not automatic',
      { lifecycle_state: 'DRAFT' },
      {},
      'REQUIRE_APPROVAL',
      'LIFECYCLE_STATE',
      'automatic_lifecycle_states',
    ],
  ];

  it.each(clauses)(
    '%s decides where it alone applies',
    (_what, over, set, decision, reason, policy_clause) => {
      expect(evaluateAutoApproval({ ...input, ...over }, config(set))).toMatchObject({
        decision,
        reason,
        policy_clause,
        policy_version: 'AutoApprovalPolicyV1',
      });
    },
  );

  it.each(clauses.map((clause, i) => [clause[0], i] as const))(
    '%s decides before every clause after it',
    (_what, i) => {
      const together = clauses.slice(i);
      const over = Object.assign(
        {},
        ...together.toReversed().map((c) => c[1]),
      ) as Partial<AutoApprovalPolicyInputV1>;
      const set = Object.assign({}, ...together.map((c) => c[2])) as Partial<AutoApprovalConfig>;
      expect(evaluateAutoApproval({ ...input, ...over }, config(set)).policy_clause).toBe(clauses[i]![5]);
    },
  );

  it.each([
    ['PROPOSE_ONLY', 'PROPOSE_ONLY'],
    ['APPROVAL_REQUIRED', 'MODE_REQUIRES_APPROVAL'],
  ] as const)('mode %s asks for an approval', (autonomy_mode, reason) => {
    expect(evaluateAutoApproval({ ...input, autonomy_mode })).toMatchObject({
      decision: 'REQUIRE_APPROVAL',
      reason,
    });
  });

  it.each([
    ['LOW', 0.7, 'AUTO_EXECUTE'],
    ['LOW', 0.6999, 'REQUIRE_APPROVAL'],
    ['MEDIUM', 0.85, 'AUTO_EXECUTE'],
    ['MEDIUM', 0.8499, 'REQUIRE_APPROVAL'],
  ] as const)('risk %s with confidence %d gives %s', (risk_level, confidence_score, decision) =>
    expect(evaluateAutoApproval({ ...input, risk_level, confidence_score }).decision).toBe(decision),
  );

  it('gives AUTO_EXECUTE if no clause applies, in an automatic lifecycle state', () => {
    expect(evaluateAutoApproval({ ...input, lifecycle_state: 'ACTIVE', external_contact: false })).toEqual({
      decision: 'AUTO_EXECUTE',
      explanation: 'risk LOW, confidence 0.95 of at least 0.7: no clause asks for a person',
      policy_version: 'AutoApprovalPolicyV1',
    });
  });

  it('gives a valid result for any input, with reason and clause unless it is AUTO_EXECUTE', () => {
    fc.assert(
      fc.property(
        fc.record({
          action_type: fc.constantFrom('cell_failover', 'qos_tune'),
          confidence_score: fc.double({ min: 0, max: 1, noNaN: true }),
          risk_level: fc.constantFrom(...riskLevels),
          autonomy_mode: fc.constantFrom(...autonomyModes),
          lifecycle_state: fc.constantFrom('ACTIVE', 'DRAFT'),
          external_contact: fc.boolean(),
        }),
        fc.record({
          kill_switch: fc.boolean(),
          blocked_action_types: fc.subarray(['cell_failover', 'qos_tune']),
        }),
        (over, set) => {
          const answer = evaluateAutoApproval({ ...input, ...over }, config(set));
          expect(checkAutoApprovalResult(answer)).toEqual([]);
          if (answer.decision === 'AUTO_EXECUTE')
            expect([
              over.autonomy_mode,
              over.risk_level === 'HIGH',
              over.external_contact,
              set.kill_switch,
            ]).toEqual(['AUTO_EXECUTE', false, false, false]);
          else expect([typeof answer.reason, typeof answer.policy_clause]).toEqual(['string', 'string']);
        },
      ),
    );
  });
});

describe('the checks of input and result', () => {
  it('name every fault of an input at once', () => {
    const faults = checkAutoApprovalInput({
      action_type: 'Cell Failover',
      confidence_score: Number.NaN,
      risk_level: 'high',
      tenant_id: 't.1',
      autonomy_mode: 'AUTO',
      external_contact: 'yes',
      lifecycle_state: '',
    });
    expect(faults.map(({ pointer }) => pointer)).toEqual([
      '/action_type',
      '/confidence_score',
      '/risk_level',
      '/lifecycle_state',
      '/tenant_id',
      '/account_id',
      '/autonomy_mode',
      '/external_contact',
    ]);
  });

  it.each([[null], [[]], ['text'], [undefined]])('refuse %p as an object', (value) => {
    expect(checkAutoApprovalInput(value)).toEqual([{ pointer: '', detail: 'must be an object' }]);
    expect(checkAutoApprovalResult(value)).toHaveLength(1);
  });

  it('take `_system` as a tenant', () =>
    expect(checkAutoApprovalInput({ ...input, tenant_id: '_system' })).toEqual([]));

  it('refuse a result with an unknown reason, an empty explanation or another version', () => {
    expect(
      checkAutoApprovalResult({
        decision: 'MAYBE',
        reason: 'MOOD',
        explanation: ' ',
        policy_version: 'V0',
        policy_clause: '',
      }).map(({ pointer }) => pointer),
    ).toEqual(['/decision', '/reason', '/explanation', '/policy_version', '/policy_clause']);
  });
});

describe('the auto-approval configuration', () => {
  it('has its defaults before anyone sets it', () => {
    expect(autoApprovalView('t1', autoApprovalDecider.initial)).toEqual({
      tenant_id: 't1',
      kill_switch: false,
      blocked_action_types: [],
      confidence_thresholds: { LOW: 0.7, MEDIUM: 0.85, HIGH: 0.95 },
      automatic_lifecycle_states: ['ACTIVE'],
      updated_at: null,
      updated_by: null,
      policy_version: 'AutoApprovalPolicyV1',
    });
  });

  it('keeps lists sorted and without duplicates, so that equal sets are equal configurations', () => {
    const first = given(autoApprovalDecider, []).when({
      kind: 'ConfigureAutoApproval',
      config: config({ blocked_action_types: ['b', 'a', 'b'] }),
    });
    expect(first.events).toEqual([
      { type: 'AutoApprovalConfigured', data: config({ blocked_action_types: ['a', 'b'] }) },
    ]);
    expect(
      given(autoApprovalDecider, first.events).when({
        kind: 'ConfigureAutoApproval',
        config: config({ blocked_action_types: ['a', 'b'] }),
      }).events,
    ).toEqual([]);
  });

  it('keeps the members that a command does not name', () => {
    const first = given(autoApprovalDecider, []).when({
      kind: 'ConfigureAutoApproval',
      config: { blocked_action_types: ['a'] },
    });
    expect(
      given(autoApprovalDecider, first.events).when({
        kind: 'ConfigureAutoApproval',
        config: { kill_switch: true },
      }).state.config,
    ).toEqual(config({ blocked_action_types: ['a'], kill_switch: true }));
  });

  it('records the defaults once if somebody chooses them', () => {
    const chosen = given(autoApprovalDecider, []).when({ kind: 'ConfigureAutoApproval', config: config() });
    expect(chosen.events).toHaveLength(1);
    expect(fold(autoApprovalDecider, chosen.events).updated_by).toBe('test');
  });

  it.each([
    { kill_switch: true },
    { automatic_lifecycle_states: [] },
    { confidence_thresholds: { LOW: 0.7, MEDIUM: 0.85, HIGH: 0.96 } },
  ])('writes a change of %p', (over) => {
    const events = given(autoApprovalDecider, []).when({
      kind: 'ConfigureAutoApproval',
      config: config(),
    }).events;
    expect(
      given(autoApprovalDecider, events).when({ kind: 'ConfigureAutoApproval', config: config(over) }).events,
    ).toHaveLength(1);
  });
});
