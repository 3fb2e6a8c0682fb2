import { describe, expect, it } from '@jest/globals';
import { autonomyModes } from '@interlock/contracts';
import { testMetadata, type Recorded } from '@interlock/kernel';
import {
  autoApprovalLoosens,
  budgetLoosens,
  defaultAutoApprovalConfig,
  lookupInStates,
  modeDecider,
  modesLoosens,
  resolveMode,
  type AutonomyBudgetV1,
  type ModeEvent,
  type ModeState,
} from '../src/index.js';

const stateOf = (...events: readonly ModeEvent[]): ModeState =>
  events.reduce<ModeState>(
    (state, event, i) =>
      modeDecider.evolve(state, {
        ...event,
        metadata: testMetadata(),
        revision: BigInt(i),
      } as Recorded<ModeEvent>),
    modeDecider.initial,
  );
const set = (mode: (typeof autonomyModes)[number], account_id?: string, action_type?: string): ModeEvent => ({
  type: 'AutonomyModeSet',
  data: {
    mode,
    ...(account_id === undefined ? {} : { account_id }),
    ...(action_type === undefined ? {} : { action_type }),
  },
});
const loosens = modesLoosens('demo');
const pointers = (before: ModeState, after: ModeState): readonly string[] =>
  loosens(before, after).map(({ pointer }) => pointer);

describe('autonomy modes', () => {
  it.each([
    ['a mode that is set to AUTO_EXECUTE', stateOf(), stateOf(set('AUTO_EXECUTE')), ['/modes/*/*']],
    ['a mode that is set to DISABLED', stateOf(), stateOf(set('DISABLED')), []],
    ['a strict entry that is removed', stateOf(set('DISABLED', 'a')), stateOf(), ['/modes/a/*']],
    ['a loose entry that is removed', stateOf(set('AUTO_EXECUTE', 'a')), stateOf(), []],
    [
      'an entry that changes nothing',
      stateOf(set('AUTO_EXECUTE')),
      stateOf(set('AUTO_EXECUTE'), set('AUTO_EXECUTE', 'a', 'b')),
      [],
    ],
    [
      'a default under a strict entry of an account',
      stateOf(set('PROPOSE_ONLY', 'a')),
      stateOf(set('PROPOSE_ONLY', 'a'), set('AUTO_EXECUTE')),
      ['/modes/*/*'],
    ],
    [
      'a change that loosens one type and tightens another',
      stateOf(set('APPROVAL_REQUIRED')),
      stateOf(set('DISABLED'), set('AUTO_EXECUTE', undefined, 'x')),
      ['/modes/*/x'],
    ],
    [
      'a lower target',
      stateOf(),
      stateOf({ type: 'AutonomyTargetSet', data: { target_share: 0.6 } }),
      ['/target_share'],
    ],
    ['a higher target', stateOf(), stateOf({ type: 'AutonomyTargetSet', data: { target_share: 0.99 } }), []],
    [
      'another time zone',
      stateOf(),
      stateOf({ type: 'TimeZoneSet', data: { time_zone: 'Asia/Tokyo' } }),
      ['/time_zone'],
    ],
    [
      'a shorter soak and a smaller blast radius',
      stateOf(),
      stateOf({
        type: 'LimitsSet',
        data: { limits: { soak_s: 0.1, blast_radius_limit: 1 }, reason: 'r' },
      }),
      ['/limits/soak_s'],
    ],
  ])('%s', (_, before, after, expected) => expect(pointers(before, after)).toEqual(expected));

  it.each([
    ['a strict default that uncovers a looser global one', 'AUTO_EXECUTE', set('APPROVAL_REQUIRED'), null],
    ['a first default that is looser than the global one', 'DISABLED', null, set('APPROVAL_REQUIRED')],
    ['a proposal where the global default is DISABLED', 'DISABLED', null, set('PROPOSE_ONLY')],
  ] as const)('%s', (_, global, before, after) => {
    const [was, is] = [before, after].map((event) => (event === null ? stateOf() : stateOf(event)));
    expect(modesLoosens('demo', stateOf(set(global)))(was!, is!)).toMatchObject([{ pointer: '/modes/*/*' }]);
  });

  it('tighten under a global default that lets everything run', () =>
    expect(modesLoosens('demo', stateOf(set('AUTO_EXECUTE')))(stateOf(), stateOf(set('DISABLED')))).toEqual(
      [],
    ));

  it('agree with the modes that all queries resolve to, before and after', () => {
    const order = ['DISABLED', 'PROPOSE_ONLY', 'APPROVAL_REQUIRED', 'AUTO_EXECUTE'];
    const names = [undefined, 'a', 'b'];
    let seed = 7;
    const next = (n: number): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % n;
    };
    const random = (): ModeState =>
      stateOf(
        ...Array.from({ length: next(5) }, () =>
          set(autonomyModes[next(4)]!, names[next(3)], names[next(3)]),
        ),
      );
    for (let round = 0; round < 2000; round += 1) {
      const [before, after] = [random(), random()];
      const rank = (state: ModeState, account_id: string, action_type: string): number =>
        order.indexOf(
          resolveMode(lookupInStates(new Map([['demo', state]])), {
            tenant_id: 'demo',
            account_id,
            action_type,
          }).mode,
        );
      const all = ['a', 'b', 'c'];
      const isLooser = all.some((account) =>
        all.some((type) => rank(after, account, type) > rank(before, account, type)),
      );
      expect(loosens(before, after).length > 0).toBe(isLooser);
    }
  });
});

describe('a budget', () => {
  const budget = (over: Partial<AutonomyBudgetV1> = {}): AutonomyBudgetV1 => ({
    pk: 'p',
    sk: 'BUDGET#CONFIG',
    tenant_id: 'demo',
    account_id: 'a',
    updated_at: '2026-11-25T00:00:00.000Z',
    max_autonomous_per_day: 10,
    max_per_action_type: { x: 5 },
    decay_if_unused: true,
    max_amounts_per_day: { cost: 100 },
    ...over,
  });
  it.each([
    ['that is removed', budget(), null, []],
    [
      'that is new',
      null,
      budget(),
      [
        '/max_autonomous_per_day',
        '/max_per_action_type/x',
        '/max_amounts_per_day/cost',
        '/max_amounts_per_day/compute',
        '/max_amounts_per_day/entities',
      ],
    ],
    ['that is new and allows nothing', null, budget({ max_autonomous_per_day: 0 }), []],
    ['that is lowered', budget(), budget({ max_autonomous_per_day: 9 }), []],
    ['that is raised', budget(), budget({ max_autonomous_per_day: 11 }), ['/max_autonomous_per_day']],
    [
      'that loses the limit of a type',
      budget(),
      budget({ max_per_action_type: {} }),
      ['/max_per_action_type/x'],
    ],
    ['that gains a limit of a type', budget(), budget({ max_per_action_type: { x: 5, y: 1 } }), []],
    ['that no longer decays', budget(), budget({ decay_if_unused: false }), ['/decay_if_unused']],
    [
      'that no longer limits an amount',
      budget(),
      budget({ max_amounts_per_day: {} }),
      ['/max_amounts_per_day/cost'],
    ],
  ] as const)('%s', (_, before, after, expected) =>
    expect(budgetLoosens(false)(before, after).map(({ pointer }) => pointer)).toEqual(expected),
  );
});

it('lets a type be limited whose name every object has as a member', () => {
  const of = (max_per_action_type: AutonomyBudgetV1['max_per_action_type']): AutonomyBudgetV1 => ({
    pk: 'TENANT#demo#ACCOUNT#a',
    sk: 'BUDGET#CONFIG',
    tenant_id: 'demo',
    account_id: 'a',
    updated_at: '2026-01-28T10:00:00.000Z',
    max_autonomous_per_day: 10,
    decay_if_unused: false,
    max_per_action_type,
  });
  const [free, limited] = [of({}), of({ constructor: 1 } as never)];
  expect(budgetLoosens(false)(free, limited)).toEqual([]);
  expect(budgetLoosens(false)(limited, free)).toMatchObject([
    { pointer: '/max_per_action_type/constructor', detail: 'rises from 1 to 10' },
  ]);
});

it('lets a budget of all accounts be set, but not removed or raised', () => {
  const loosens = budgetLoosens(true);
  const limits = { max_autonomous_per_day: 10, max_per_action_type: {}, decay_if_unused: false };
  const all = (over: Partial<AutonomyBudgetV1> = {}): AutonomyBudgetV1 => ({
    pk: 'TENANT#demo#ACCOUNT#_all',
    sk: 'BUDGET#CONFIG',
    tenant_id: 'demo',
    account_id: '_all',
    updated_at: '2026-01-28T10:00:00.000Z',
    ...limits,
    ...over,
  });
  expect(loosens(null, all())).toEqual([]);
  expect(loosens(all(), null)).toMatchObject([{ pointer: '' }]);
  expect(loosens(all(), all({ max_autonomous_per_day: 11 }))).toMatchObject([
    { pointer: '/max_autonomous_per_day' },
  ]);
});

describe('the auto-approval policy', () => {
  const config = { ...defaultAutoApprovalConfig, kill_switch: true, blocked_action_types: ['x'] };
  it.each([
    ['a kill switch that is released', { ...config, kill_switch: false }, ['/kill_switch']],
    ['a type that is no longer blocked', { ...config, blocked_action_types: [] }, ['/blocked_action_types']],
    ['a type that is blocked', { ...config, blocked_action_types: ['x', 'y'] }, []],
    [
      'a lower threshold',
      { ...config, confidence_thresholds: { ...config.confidence_thresholds, HIGH: 0 } },
      ['/confidence_thresholds/HIGH'],
    ],
    [
      'another state in which actions go on by themselves',
      { ...config, automatic_lifecycle_states: ['ACTIVE', 'TEST'] },
      ['/automatic_lifecycle_states'],
    ],
  ] as const)('%s', (_, after, expected) =>
    expect(autoApprovalLoosens(config, after).map(({ pointer }) => pointer)).toEqual(expected),
  );
});
