import { describe, expect, it } from '@jest/globals';
import { defaults } from '@interlock/contracts';
import {
  approvalFigures,
  automaticIf,
  holdsOf,
  isRubberStamp,
  nextEffect,
  type ApprovalAnswer,
  type AutomaticIf,
} from '../src/index.js';
import { Life } from './life.js';
import { evaluation, later, now, type Scene } from './looks.js';

const asked = (scene: Scene = { posture: 'YELLOW' }): Life => Life.planned(scene);
const tick = (life: Life, at: string): readonly string[] =>
  life.tell({ kind: 'tick', now: at }).map(({ type }) => type);

describe('an approval that nobody gives', () => {
  const due = defaults.approval_escalation_s;
  const justBefore = new Date(Date.parse(later(due)) - 1).toISOString();

  it('is escalated once, after 15 minutes to the millisecond, and still expires after the hour', () => {
    const life = asked();
    expect(tick(life, justBefore)).toEqual([]);
    expect(life.tell({ kind: 'tick', now: later(due) })).toEqual([
      { type: 'ApprovalEscalated', data: { requested_at: now, expires_at: later(3600) } },
    ]);
    expect(life.state.approval?.escalated_at).not.toBeNull();
    expect(tick(life, later(due + 1))).toEqual([]);
    expect(tick(life, later(3600))[0]).toBe('ActionExpired');
  });
  it('is waited for until its escalation, then until its expiry', () => {
    const life = asked();
    expect(nextEffect(life.state, now)).toEqual({ kind: 'wait', until: later(due) });
    expect(nextEffect(life.state, later(due))).toEqual({ kind: 'escalate' });
    life.tell({ kind: 'tick', now: later(due) });
    expect(nextEffect(life.state, later(due))).toEqual({ kind: 'wait', until: later(3600) });
  });
  it('takes the same yes after it, and none is escalated that was answered', () => {
    const life = asked();
    life.tell({ kind: 'tick', now: later(due) });
    expect(life.approve().state.status).toBe('PENDING');
    expect(tick(asked().approve(), later(due))).not.toContain('ApprovalEscalated');
  });
});

describe('what would have made an action automatic', () => {
  const figures = (scene: Scene): readonly AutomaticIf[] => {
    const { gates } = new Life().accept(scene).walk(scene).state;
    // That the budget was not looked at is told below.
    return automaticIf(gates, holdsOf(gates)).filter(({ gate }) => gate !== 'budget');
  };
  it.each<readonly [string, Scene, readonly AutomaticIf[]]>([
    ['nothing, where nobody asks', {}, []],
    [
      'the levels of the tenant at which the posture asks nobody',
      { posture: 'YELLOW' },
      [{ gate: 'posture', figure: 'effective', is: 'YELLOW', automatic: { op: 'in', value: ['GREEN'] } }],
    ],
    [
      'a memory of such actions',
      { prediction: { basis: 'heuristic' } },
      [
        {
          gate: 'prediction',
          figure: 'basis',
          is: 'heuristic',
          automatic: { op: 'in', value: ['memory', 'model', 'no_effect'] },
        },
      ],
    ],
    [
      'fewer wrong predictions by the twin',
      { prediction: { lost_vote: { outcomes: 120, misses: 42, most_misses: 30 } } },
      [{ gate: 'prediction', figure: 'misses', is: 42, automatic: { op: '<=', value: 30 } }],
    ],
    [
      'a known state of the network',
      { prediction: { lacks_state: true } },
      [
        {
          gate: 'prediction',
          figure: 'network_state',
          is: 'unknown',
          automatic: { op: '==', value: 'known' },
        },
      ],
    ],
    [
      'registered slices, besides fewer entities where these are too many as well',
      {
        estimate: { lacks_slices: true, affected_entity_count: 4 },
        evaluation: { limits: { ...evaluation().limits, confirm_above_entities: 3 } },
      },
      [
        {
          gate: 'blast_radius',
          figure: 'slices',
          is: 'unknown',
          automatic: { op: '==', value: 'registered' },
        },
        { gate: 'blast_radius', figure: 'affected', is: 4, automatic: { op: '<=', value: 3 } },
      ],
    ],
    [
      'the bound of the rule that one condition kept from allowing it',
      {
        evaluation: {
          decision: 'NEEDS_APPROVAL',
          near_misses: [
            { rule_id: 'routine', effect: 'allow', field: 'risk_score', op: '<=', value: 42, actual: 47 },
            { rule_id: 'never', effect: 'deny', field: 'risk_score', op: '>', value: 50, actual: 47 },
          ],
        },
      },
      [
        {
          gate: 'policy',
          figure: 'risk_score',
          is: 47,
          automatic: { op: '<=', value: 42 },
          by: 'routine',
        },
      ],
    ],
  ])('is %s', (_, scene, expected) => expect(figures(scene)).toEqual(expected));

  it('is the threshold that the confidence missed', () => {
    const [of] = figures({ prediction: { confidence: 0.4 } }).filter(({ gate }) => gate === 'confidence');
    expect(of).toMatchObject({ figure: 'confidence', is: 0.4, automatic: { op: '>=' } });
    expect(of?.automatic.value).toBeGreaterThan(0.4);
  });
  it.each([
    ['LOW_CONFIDENCE', 'confidence_score', { op: '>=', value: 0.7 }],
    ['RISK_LEVEL_HIGH', 'risk_level', { op: 'in', value: ['LOW', 'MEDIUM'] }],
    ['EXTERNAL_CONTACT', 'external_contact', { op: '==', value: false }],
    ['LIFECYCLE_STATE', 'lifecycle_state', { op: 'in', value: ['ACTIVE'] }],
    ['TENANT_POLICY', 'kill_switch', { op: '==', value: false }],
    ['MODE_REQUIRES_APPROVAL', 'autonomy_mode', { op: '==', value: 'AUTO_EXECUTE' }],
  ])('is the figure of the auto-approval clause %s', (reason, figure, automatic) => {
    const config = {
      kill_switch: true,
      confidence_thresholds: { LOW: 0.7, MEDIUM: 0.7, HIGH: 0.7 },
      automatic_lifecycle_states: ['ACTIVE'],
    };
    expect(
      figures({
        auto: 'REQUIRE_APPROVAL',
        autoAnswer: { reason, config },
        autoInput: { risk_level: 'LOW' },
      }),
    ).toMatchObject([{ gate: 'auto_approval', figure, automatic }]);
  });
  it.each<readonly [string, object, object]>([
    ['room in the budget', {}, { figure: 'count', is: 10, automatic: { op: '<', value: 10 } }],
    ['a budget', { limit: 0, count: 0 }, { figure: 'limit', is: 0, automatic: { op: '>', value: 0 } }],
    [
      'room in the budget of the type',
      { type_limit: 2, type_count: 2 },
      { figure: 'type_count', is: 2, automatic: { op: '<', value: 2 } },
    ],
    [
      'a budget of the type',
      { type_limit: 0, type_count: 0 },
      { figure: 'type_limit', is: 0, automatic: { op: '>', value: 0 } },
    ],
    [
      'something that neither number shows, where the cost of the day is used up',
      { limit: 10, count: 3 },
      { figure: 'consumed', is: false, automatic: { op: '==', value: true } },
    ],
  ])('is %s', (_, over, expected) => {
    const { gates } = new Life().accept().walk().consume(false).state;
    const { budget } = gates;
    if (budget === undefined || !('answer' in budget.saw)) throw new Error('the budget was asked');
    const answered = { ...gates, budget: { ...budget, saw: { answer: { ...budget.saw.answer, ...over } } } };
    expect(automaticIf(answered, holdsOf(gates))).toEqual([{ gate: 'budget', ...expected }]);
  });
  it('is a budget as well, of which nobody knows where a person decides before it is asked', () => {
    const scene: Scene = { posture: 'YELLOW' };
    const { gates } = new Life().accept(scene).walk(scene).state;
    expect(automaticIf(gates, holdsOf(gates)).filter(({ gate }) => gate === 'budget')).toEqual([
      { gate: 'budget', figure: 'consumed', is: null, automatic: { op: '==', value: true } },
    ]);
  });
  it('is an undo, where the action has none', () => {
    expect(
      automaticIf({}, [
        { gate: 'auto_approval', hold: 'approval', reasons: [], content: { irreversible: 'x' } },
      ]),
    ).toEqual([
      { gate: 'auto_approval', figure: 'reversible', is: false, automatic: { op: '==', value: true } },
    ]);
  });
});

describe('the figures of approvals', () => {
  const answer = (by: string, turnaround_ms: number, over: Partial<ApprovalAnswer> = {}): ApprovalAnswer => ({
    action_id: `${by}-${turnaround_ms}`,
    by,
    answer: 'approved',
    at: later(60),
    turnaround_ms,
    ...over,
  });
  it('count a yes within 10 s as a rubber stamp, to the millisecond, and no rejection', () => {
    const ms = defaults.rubber_stamp_s * 1000;
    expect([ms - 1, ms].map((one) => isRubberStamp(answer('ann', one)))).toEqual([true, false]);
    expect(isRubberStamp(answer('ann', 1, { answer: 'rejected' }))).toBe(false);
    expect(isRubberStamp(answer('ann', 1, { answer: 'confirmed' }))).toBe(true);
  });
  it('are of all and by person, of the answers since a time, and of what waits', () => {
    const answers = [
      answer('ann', 1000),
      answer('ann', 20_000),
      answer('ben', 90_000, { answer: 'rejected' }),
      answer('ann', 5, { at: later(-1) }),
    ];
    const waiting = [
      { action_id: 'x', requested_at: later(30), escalated: false },
      { action_id: 'y', requested_at: later(-900), escalated: true },
    ];
    expect(approvalFigures(answers, waiting, now)).toEqual({
      since: now,
      answers: 3,
      approved: 2,
      confirmed: 0,
      rejected: 1,
      turnaround_median_ms: 20_000,
      turnaround_p95_ms: 90_000,
      rubber_stamps: 1,
      people: [
        expect.objectContaining({ by: 'ann', answers: 2, turnaround_median_ms: 1000, rubber_stamps: 1 }),
        expect.objectContaining({ by: 'ben', answers: 1, rejected: 1, rubber_stamps: 0 }),
      ],
      waiting: 2,
      escalated: 1,
      oldest_requested_at: later(-900),
    });
  });
  it('of nothing are empty', () => {
    expect(approvalFigures([], [], now)).toMatchObject({
      answers: 0,
      turnaround_median_ms: null,
      turnaround_p95_ms: null,
      people: [],
      oldest_requested_at: null,
    });
  });
});
