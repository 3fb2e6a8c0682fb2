import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Actor, PolicyDecision } from '@interlock/contracts';
import { fold, ProblemError } from '@interlock/kernel';
import {
  bundleDecider,
  bundleHash,
  decideFully,
  evaluate,
  evaluableBundle,
  FlipCollector,
  flipListHash,
  loosensDenial,
  noPolicies,
  normalBundle,
  refuseStaleApproval,
  RuleIndex,
  ruleEffects,
  shownFlips,
  syntheticCases,
  type BundleCommand,
  type BundleEvent,
  type BundleState,
  type CompiledPolicies,
  type EvaluationContext,
  type EvaluationRecorded,
  type FlipList,
  type RuleV1,
} from '../src/index.js';
import { actionTypes, policiesOf, policy, rule } from './samples.js';

const recorded = (
  id: string,
  decision: PolicyDecision,
  context: EvaluationContext = {},
  was: string | null = null,
): EvaluationRecorded['data'] =>
  ({
    evaluation_id: id,
    decision,
    bundle: { rule_id: was },
    input: { agent: 'a', action_type: 'cell_failover', context },
  }) as unknown as EvaluationRecorded['data'];
const collector = (
  candidate: readonly RuleV1[],
  active: readonly RuleV1[] | null = null,
  policies: CompiledPolicies = noPolicies,
): FlipCollector =>
  new FlipCollector(new RuleIndex(candidate), active === null ? null : new RuleIndex(active), policies);
const range = {
  from: '2026-01-01T00:00:00.000Z',
  to: '2026-01-08T00:00:00.000Z',
  position: '9',
  capped: false,
};
const of = { bundle_id: 'b', version: '1.0.0', bundle_hash: 'h', against_hash: null, ...range };
const codeOf = (work: () => unknown): string => {
  try {
    work();
    return 'none';
  } catch (error) {
    return error instanceof ProblemError ? error.code : String(error);
  }
};

describe('a flip list', () => {
  it('lists and counts changed decisions only', () => {
    const flips = collector(
      [rule({ id: 'go', conditions: [{ field: 'risk_score', op: '<', value: 50 }] })],
      [rule({ id: 'no', effect: 'deny' })],
    );
    for (const [id, decision, score] of [
      ['1', 'DENY', 10],
      ['2', 'ALLOW', 10],
      ['3', 'NEEDS_APPROVAL', 90],
      ['4', 'ALLOW', 90],
    ] as const)
      flips.add(recorded(id, decision, { risk_score: score }, 'was'));
    expect(flips.list(of)).toMatchObject({
      evaluations: 4,
      counts: { 'DENY→ALLOW': 1, 'ALLOW→NEEDS_APPROVAL': 1 },
      counts_active: { 'DENY→ALLOW': 2, 'DENY→NEEDS_APPROVAL': 2 },
      truncated: false,
      flips: [
        { evaluation_id: '1', from: 'DENY', active: 'DENY', to: 'ALLOW', rule_id: 'go', was_rule_id: 'was' },
        { evaluation_id: '2', from: 'ALLOW', active: 'DENY', to: 'ALLOW', rule_id: 'go', was_rule_id: 'was' },
        {
          evaluation_id: '3',
          from: 'NEEDS_APPROVAL',
          active: 'DENY',
          to: 'NEEDS_APPROVAL',
          rule_id: null,
          was_rule_id: 'was',
        },
        {
          evaluation_id: '4',
          from: 'ALLOW',
          active: 'DENY',
          to: 'NEEDS_APPROVAL',
          rule_id: null,
          was_rule_id: 'was',
        },
      ],
    });
  });

  it('of the deciding bundle, with the deciding policies, is empty', () => {
    const rules = [
      rule({ id: 'stop', effect: 'deny', conditions: [{ field: 'risk_score', op: '>', value: 50 }] }),
      rule({ id: 'go', priority: 1 }),
    ];
    const policies = policiesOf(
      policy('cap', { decision: 'CONFIRM', conditions: [{ field: 'risk_score', op: '>', value: 20 }] }),
    );
    const flips = collector(rules, rules, policies);
    for (const score of [10, 30, 60]) {
      const { decision, rule: by } = decideFully(policies, new RuleIndex(rules), 'a', 'cell_failover', {
        risk_score: score,
      });
      flips.add(recorded(`${score}`, decision, { risk_score: score }, by?.id ?? null));
    }
    expect(flips.list(of)).toMatchObject({ evaluations: 3, counts: {}, counts_active: {}, flips: [] });
  });

  it('drops a repeated evaluation', () => {
    const flips = collector([rule()]);
    for (let i = 0; i < 3; i += 1) flips.add(recorded('same', 'DENY'));
    expect(flips.list(of)).toMatchObject({ evaluations: 1, counts: { 'DENY→ALLOW': 1 } });
  });

  it('shows the first two hundred, counts and hashes all', () => {
    const [long, other] = [collector([rule()]), collector([rule()])];
    for (let i = 0; i <= shownFlips; i += 1) {
      long.add(recorded(`${i}`, 'DENY'));
      other.add(recorded(i === shownFlips ? 'another' : `${i}`, 'DENY'));
    }
    const [list, differing] = [long.list(of), other.list(of)];
    expect([list.flips.length, list.truncated, list.counts]).toEqual([
      shownFlips,
      true,
      { 'DENY→ALLOW': shownFlips + 1 },
    ]);
    expect(differing.flips).toEqual(list.flips);
    expect(differing.flips_hash).not.toBe(list.flips_hash);
    expect(differing.flip_list_hash).not.toBe(list.flip_list_hash);
  });

  it('is named by a hash of its whole content', () => {
    const flips = collector([rule()]);
    flips.add(recorded('1', 'DENY'));
    const list = flips.list(of);
    expect(flipListHash(list)).toBe(list.flip_list_hash);
    for (const over of [
      { position: '10' },
      { against_hash: 'x' },
      { counts: {} },
      { capped: true },
      { flips: [] },
    ])
      expect(flipListHash({ ...list, ...over })).not.toBe(list.flip_list_hash);
  });

  it.each([
    [{}, {}, false],
    [{ 'ALLOW→DENY': 3 }, {}, false],
    [{ 'NEEDS_APPROVAL→ALLOW': 1 }, { 'CONFIRM→ALLOW': 1 }, false],
    [{ 'DENY→CONFIRM': 1 }, {}, true],
    [{}, { 'DENY→NEEDS_APPROVAL': 1 }, true],
  ])('of %j, and %j against the active bundle, loosens a denial: %s', (counts, counts_active, loosens) =>
    expect(loosensDenial({ counts, counts_active })).toBe(loosens),
  );

  it('decides as an evaluation does', () => {
    const rules = fc
      .array(
        fc.record({
          effect: fc.constantFrom(...ruleEffects),
          priority: fc.integer({ min: 0, max: 2 }),
          conditions: fc.array(
            fc.record({
              field: fc.constantFrom('risk_score', 'affected_entity_count'),
              op: fc.constantFrom('>=' as const, '<' as const),
              value: fc.integer({ min: 0, max: 3 }),
            }),
            { maxLength: 2 },
          ),
        }),
        { maxLength: 5 },
      )
      .map((all) => all.map((over, i) => rule({ id: `r${i}`, ...over })));
    const limits = fc.option(fc.integer({ min: 0, max: 3 })).map((above) =>
      policiesOf(
        policy('p', {
          decision: 'ALLOW',
          confirm_above_entities: above,
          conditions: [{ field: 'risk_score', op: '<', value: 2 }],
        }),
      ),
    );
    fc.assert(
      fc.property(rules, limits, fc.integer({ min: 0, max: 99 }), (all, policies, seed) => {
        const bundle = evaluableBundle({ bundle_id: 'b', version: '1.0.0', bundle_hash: 'h', rules: all });
        for (const { agent, action, context } of syntheticCases({
          rules: all,
          actionTypes,
          count: 10,
          seed,
        })) {
          const whole = evaluate({
            evaluation_id: 'e',
            trace_id: 't',
            agent,
            action_type: action,
            context,
            policies,
            bundle,
            confidence_thresholds: { LOW: 0, MEDIUM: 0, HIGH: 0 },
            versions: {},
            position: '0',
          });
          const { decision, rule: by } = decideFully(policies, bundle.compiled, agent, action, context);
          expect([decision, by?.id ?? null]).toEqual([whole.decision, whole.bundle.rule_id]);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('an approval by a flip list', () => {
  const person = (person_id: string): Actor => ({ kind: 'person', person_id });
  const content = normalBundle({ version: '1.0.0', rules: [rule()] });
  const listOf = (over: Partial<FlipList> = {}, ...was: readonly PolicyDecision[]): FlipList => {
    const flips = collector(content.rules);
    for (const [i, decision] of was.entries()) flips.add(recorded(`${i}`, decision));
    const { flip_list_hash: _, ...made } = {
      ...flips.list({ ...of, bundle_hash: bundleHash(content) }),
      ...over,
    };
    return { ...made, flip_list_hash: flipListHash(made) };
  };
  const approve = (over: Partial<Extract<BundleCommand, { kind: 'ApproveBundle' }>> = {}): BundleCommand => ({
    kind: 'ApproveBundle',
    actor: person('bob'),
    approval_id: 'a1',
    bundle_hash: bundleHash(content),
    note: '',
    ...over,
  });
  const after = (...commands: readonly BundleCommand[]): BundleState =>
    commands.reduce<BundleState>((state, command) => {
      const actor = command.kind === 'ApproveBundle' ? command.actor : person('ann');
      return fold(bundleDecider, bundleDecider.decide(command, state), { actor }, state);
    }, bundleDecider.initial);
  const create: BundleCommand = { kind: 'CreateBundle', bundle_id: 'b', content, source: 'api' };
  const record = (list: FlipList): BundleCommand => ({ kind: 'RecordFlipList', list });
  const decide = (state: BundleState, command: BundleCommand): readonly BundleEvent[] =>
    bundleDecider.decide(command, state);
  const harmless = listOf({}, 'NEEDS_APPROVAL');

  it('names the list, and the bundle it was made against', () => {
    const list = listOf({ against_hash: 'before' }, 'NEEDS_APPROVAL');
    expect(
      decide(after(create, record(list)), approve({ flip_list_hash: list.flip_list_hash })),
    ).toMatchObject([
      { type: 'BundleApproved', data: { flip_list_hash: list.flip_list_hash, against_hash: 'before' } },
    ]);
    expect(after(create, record(list), approve({ flip_list_hash: list.flip_list_hash }))).toMatchObject({
      approvals: [{ flip_list_hash: list.flip_list_hash, against_hash: 'before' }],
    });
  });

  it("is bound to the last list and to that list's content", () => {
    const second = listOf({ position: '10' }, 'NEEDS_APPROVAL');
    expect(codeOf(() => decide(after(create), approve({ flip_list_hash: harmless.flip_list_hash })))).toBe(
      'approval-mismatch',
    );
    expect(
      codeOf(() =>
        decide(
          after(create, record(harmless), record(second)),
          approve({ flip_list_hash: harmless.flip_list_hash }),
        ),
      ),
    ).toBe('approval-mismatch');
    expect(
      codeOf(() =>
        decide(
          after(create, record(harmless), { kind: 'UpdateBundle', content: { ...content, notes: 'new' } }),
          approve({
            flip_list_hash: harmless.flip_list_hash,
            bundle_hash: bundleHash({ ...content, notes: 'new' }),
          }),
        ),
      ),
    ).toBe('approval-mismatch');
    expect(
      codeOf(() =>
        decide(
          after(create, record(harmless), { kind: 'DeleteBundle' }, create),
          approve({ flip_list_hash: harmless.flip_list_hash }),
        ),
      ),
    ).toBe('approval-mismatch');
  });

  it('of a lifted denial needs a note', () => {
    const list = listOf({}, 'DENY');
    const command = { flip_list_hash: list.flip_list_hash };
    expect(codeOf(() => decide(after(create, record(list)), approve(command)))).toBe('flip-note-required');
    expect(decide(after(create, record(list)), approve({ ...command, note: 'seen' }))).toHaveLength(1);
  });

  it('given again with another list is a new approval, with the same list none', () => {
    const second = listOf({ position: '10' }, 'NEEDS_APPROVAL');
    const state = after(
      create,
      record(harmless),
      approve({ flip_list_hash: harmless.flip_list_hash }),
      record(second),
    );
    expect(decide(state, approve({ approval_id: 'a2', flip_list_hash: second.flip_list_hash }))).toHaveLength(
      1,
    );
    expect(
      decide(
        after(create, record(harmless), approve({ flip_list_hash: harmless.flip_list_hash })),
        approve({ approval_id: 'a2', flip_list_hash: harmless.flip_list_hash }),
      ),
    ).toEqual([]);
  });

  it('a list is recorded once, unchanged, for the present bundle', () => {
    const state = after(create);
    expect(decide(state, record(harmless))).toEqual([{ type: 'FlipListMade', data: harmless }]);
    expect(decide(after(create, record(harmless)), record(harmless))).toEqual([]);
    const forged: readonly FlipList[] = [
      { ...harmless, counts: {} },
      { ...harmless, flip_list_hash: 'x' },
      listOf({ bundle_hash: 'x' }),
      listOf({ bundle_id: 'x' }),
      listOf({ version: '2.0.0' }),
    ];
    for (const list of forged) expect(codeOf(() => decide(state, record(list)))).toBe('approval-mismatch');
    expect(codeOf(() => decide({ status: 'none' }, record(harmless)))).toBe('not-found');
  });

  it('is valid only for the active bundle, and never if it is older than flip lists', () => {
    const given = { approval_id: 'a1', flip_list_hash: 'f', against_hash: 'x' };
    expect(codeOf(() => refuseStaleApproval(given, 'x'))).toBe('none');
    expect(codeOf(() => refuseStaleApproval({ ...given, against_hash: null }, null))).toBe('none');
    for (const [approval, active] of [
      [given, 'y'],
      [given, null],
      [{ ...given, against_hash: null }, 'x'],
      [{ ...given, flip_list_hash: null, against_hash: null }, null],
    ] as const)
      expect(codeOf(() => refuseStaleApproval(approval, active))).toBe('approval-stale');
  });

  it('that is older than flip lists is read as bound to none', () => {
    const old = fold(
      bundleDecider,
      [
        {
          type: 'BundleApproved',
          data: {
            bundle_id: 'b',
            version: '1.0.0',
            approval_id: 'old',
            bundle_hash: bundleHash(content),
            note: '',
          },
        },
      ] as readonly BundleEvent[],
      { actor: person('bob') },
      after(create),
    );
    expect(old).toMatchObject({
      approvals: [{ approval_id: 'old', flip_list_hash: null, against_hash: null }],
    });
  });
});
