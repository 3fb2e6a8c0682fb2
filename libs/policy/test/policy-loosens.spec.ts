import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { policyDecisions } from '@interlock/contracts';
import {
  compilePolicies,
  evaluatePolicies,
  policyLoosens,
  RuleIndex,
  type BesidePolicy,
  type EvaluationContext,
  type PolicyV1,
  type RuleV1,
} from '../src/index.js';
import { combined } from '../src/evaluation/evaluate.js';
import { catalogue, policy, rule } from './samples.js';

const state = (one: PolicyV1 | null) => ({ versions: one === null ? [] : [one] });
const loosens = (
  before: PolicyV1 | null,
  after: PolicyV1 | null,
  { policies = [], bundles = [[]] }: Partial<BesidePolicy> = {},
): readonly string[] => [
  ...new Set(
    policyLoosens({ policies, bundles, catalogue })(state(before), state(after)).map(
      ({ pointer }) => pointer,
    ),
  ),
];
const allowsAll = { bundles: [[rule()]] };
type Over = Partial<PolicyV1>;
const own = ({ policy_id = 'own', status = 'active', ...over }: Over = {}): PolicyV1 =>
  policy(policy_id, { name: 'own', action_types: ['cell_failover'], ...over }, status);
const risk = (value: number) => [{ field: 'risk_score', op: '<=' as const, value }];

describe('what loosens a policy', () => {
  it.each([
    ['a new ALLOW where nothing matches', null, own({ decision: 'ALLOW' }), {}, ['/decision']],
    ['a new ALLOW where the bundle allows everything', null, own({ decision: 'ALLOW' }), allowsAll, []],
    [
      'a new ALLOW that only a denial of another policy hides',
      null,
      own({ decision: 'ALLOW' }),
      { policies: [own({ policy_id: 'no', decision: 'DENY' })] },
      ['/decision'],
    ],
    [
      'a new ALLOW that only a denial of the bundle hides',
      null,
      own({ decision: 'ALLOW' }),
      { bundles: [[rule({ effect: 'deny' })]] },
      ['/decision'],
    ],
    ['a new window where a person was asked', null, own({ decision: 'CONFIRM' }), {}, ['/decision']],
    ['a new window where all ran at once', null, own({ decision: 'CONFIRM' }), allowsAll, []],
    ['a new DENY', null, own({ decision: 'DENY' }), allowsAll, []],
    ['a DENY that goes', own({ decision: 'DENY' }), null, {}, ['/decision']],
    [
      'a DENY that goes, although another one like it stays',
      own({ decision: 'DENY' }),
      null,
      { policies: [own({ policy_id: 'same', decision: 'DENY' })] },
      ['/decision'],
    ],
    [
      'a disabled DENY',
      own({ decision: 'DENY' }),
      own({ decision: 'DENY', status: 'disabled' }),
      {},
      ['/decision'],
    ],
    [
      'a DENY of fewer requests',
      own({ decision: 'DENY' }),
      own({ decision: 'DENY', conditions: risk(50) }),
      {},
      ['/conditions', '/decision'],
    ],
    [
      'a DENY that reads a field that requests may lack',
      own({ decision: 'DENY' }),
      own({ decision: 'DENY', conditions: [{ field: 'estimated_cost', op: '>=', value: 0 }] }),
      {},
      ['/conditions'],
    ],
    [
      'a window that goes where the bundle allows',
      own({ decision: 'CONFIRM' }),
      null,
      allowsAll,
      ['/decision'],
    ],
    ['a window that goes where a person is then asked', own({ decision: 'CONFIRM' }), null, {}, []],
    ['an ALLOW that goes', own({ decision: 'ALLOW' }), null, allowsAll, []],
    [
      'an ALLOW with a limit that goes where a person is then asked',
      own({ decision: 'ALLOW', max_affected_entities: 3 }),
      null,
      {},
      [],
    ],
    [
      'an ALLOW with a limit that goes where the bundle allows',
      own({ decision: 'ALLOW', max_affected_entities: 3 }),
      null,
      allowsAll,
      ['/limits'],
    ],
    [
      'an ALLOW of more requests',
      own({ decision: 'ALLOW', conditions: risk(40) }),
      own({ decision: 'ALLOW', conditions: risk(41) }),
      {},
      ['/decision'],
    ],
    [
      'an ALLOW of fewer requests',
      own({ decision: 'ALLOW', conditions: risk(40) }),
      own({ decision: 'ALLOW', conditions: risk(39) }),
      {},
      [],
    ],
    [
      'an ALLOW for a further action type',
      own({ decision: 'ALLOW' }),
      own({ decision: 'ALLOW', action_types: ['*'] }),
      {},
      ['/decision'],
    ],
    ['another name', own({ decision: 'ALLOW' }), own({ decision: 'ALLOW', name: 'other' }), {}, []],
    [
      'a higher limit',
      own({ max_affected_entities: 3 }),
      own({ max_affected_entities: 4 }),
      {},
      ['/max_affected_entities'],
    ],
    ['a lower limit', own({ max_affected_entities: 3 }), own({ max_affected_entities: 2 }), {}, []],
    [
      'a limit in place of the tenant’s',
      own(),
      own({ max_affected_entities: 2 }),
      {},
      ['/max_affected_entities'],
    ],
    [
      'a lower threshold',
      own({ min_confidence: 0.9 }),
      own({ min_confidence: 0.8 }),
      {},
      ['/min_confidence'],
    ],
    ['a first threshold', own(), own({ min_confidence: 0.8 }), {}, []],
    [
      'a window from more entities',
      own({ confirm_above_entities: 3 }),
      own({ confirm_above_entities: 9 }),
      {},
      ['/confirm_above_entities'],
    ],
    [
      'a shorter window',
      own({ decision: 'CONFIRM', confirmation_window_s: 60 }),
      own({ decision: 'CONFIRM', confirmation_window_s: 59 }),
      {},
      ['/confirmation_window_s'],
    ],
    [
      'a window that proceeds by itself',
      own({ decision: 'CONFIRM', on_elapse: 'expire' }),
      own({ decision: 'CONFIRM', on_elapse: 'proceed' }),
      {},
      ['/on_elapse'],
    ],
  ] as const)('%s: %#', (_what, before, after, beside, pointers) => {
    expect(loosens(before, after, beside)).toEqual(pointers);
  });

  it('a comparison that takes too long loosens, and a new DENY is never delayed by it', () => {
    const fields = Array.from({ length: 300 }, (_, i) => ({
      field: `parameters.f${i}`,
      op: '==' as const,
      value: i,
    }));
    const large = { bundles: [fields.map((condition, i) => rule({ id: `r${i}`, conditions: [condition] }))] };
    expect(loosens(null, own({ decision: 'ALLOW' }), large)).toEqual(['']);
    expect(loosens(null, own({ decision: 'DENY' }), large)).toEqual([]);
  });

  it('shows requests, at most twenty', () => {
    const found = policyLoosens({ policies: [], bundles: [[]], catalogue })(
      state(null),
      state(own({ decision: 'ALLOW', conditions: risk(40) })),
    );
    expect(found).toEqual([
      {
        pointer: '/decision',
        detail: expect.stringMatching(
          /^changes from NEEDS_APPROVAL to ALLOW for `cell_failover` by `other`, risk_score \d+$/,
        ),
      },
    ]);
  });
});

const conditions = fc.array(
  fc.oneof(
    fc.record({
      field: fc.constantFrom('risk_score', 'parameters.power_raise_db', 'estimated_cost'),
      op: fc.constantFrom('>=' as const, '<' as const, '==' as const),
      value: fc.constantFrom(0, 1, 40, 99),
    }),
    fc.record({
      field: fc.constant('risk_level'),
      op: fc.constantFrom('==' as const, '!=' as const),
      value: fc.constantFrom('LOW', 'HIGH'),
    }),
  ),
  { maxLength: 2 },
);
const types = fc.constantFrom(['cell_failover'], ['*'], ['inbox.quarantine', 'cell_failover']);
const policies = (id: string) =>
  fc
    .record({
      action_types: types,
      conditions,
      decision: fc.constantFrom('ALLOW' as const, 'CONFIRM' as const, 'DENY' as const),
      status: fc.constantFrom('active' as const, 'active' as const, 'disabled' as const),
    })
    .map((content) => own({ policy_id: id, ...content }));
const rules = fc
  .array(
    fc.record({
      effect: fc.constantFrom('allow' as const, 'deny' as const, 'needs_approval' as const),
      action: fc.constantFrom('*', 'cell_failover'),
      priority: fc.constantFrom(1, 2),
      conditions,
    }),
    { maxLength: 3 },
  )
  .map((all) => all.map((one, i): RuleV1 => rule({ id: `r${i}`, ...one })));
const values = {
  risk_score: fc.constantFrom(1, 39, 40, 41, 99),
  risk_level: fc.constantFrom('LOW', 'MEDIUM', 'HIGH'),
  'parameters.power_raise_db': fc.constantFrom(-1, 0, 0.5, 1, 40, 100),
  estimated_cost: fc.constantFrom(0, 0.5, 1, 50),
};

const decided = (
  own: PolicyV1 | null,
  { policies: others, bundles: [bundle = []] }: Pick<BesidePolicy, 'policies' | 'bundles'>,
  context: EvaluationContext,
): number =>
  policyDecisions.indexOf(
    combined(
      evaluatePolicies(compilePolicies(own === null ? others : [own, ...others]), 'cell_failover', context),
      new RuleIndex(bundle).decide('a', 'cell_failover', context),
    ),
  );

describe('a change that does not loosen', () => {
  const holds = (
    beside: fc.Arbitrary<Pick<BesidePolicy, 'policies' | 'bundles'>>,
    requiredKeys: readonly string[],
  ) => {
    let unchanged = 0;
    fc.assert(
      fc.property(
        fc.option(policies('own')),
        policies('own'),
        beside,
        fc.array(fc.record(values, { requiredKeys: requiredKeys as [] }), { minLength: 10, maxLength: 20 }),
        (before, after, others, requests) => {
          if (loosens(before, after, others).length > 0) return;
          unchanged += 1;
          for (const context of requests as readonly EvaluationContext[])
            expect(decided(after, others, context)).toBeGreaterThanOrEqual(decided(before, others, context));
        },
      ),
      { numRuns: 500 },
    );
    expect(unchanged).toBeGreaterThan(50);
  };

  it('decides no request with all its fields less strictly', () => {
    holds(
      fc.record({ policies: fc.array(policies('other'), { maxLength: 1 }), bundles: fc.tuple(rules) }),
      Object.keys(values),
    );
  });

  it('decides no request that lacks fields less strictly, where nothing else reads them', () => {
    holds(fc.constantFrom({ policies: [], bundles: [[]] }, { policies: [], bundles: [[rule()]] }), [
      'risk_level',
    ]);
  });
});
