import { describe, expect, it } from '@jest/globals';
import { isProblem, type ProblemError } from '@interlock/kernel';
import { actionView, gateNames, holdsOf, nextEffect } from '../src/index.js';
import { Life } from './life.js';
import { acceptedData, later, looks, now, plan, type Scene } from './looks.js';

const ends: readonly (readonly [string, Scene, string, string])[] = [
  ['an engaged kill switch cancels', { engaged: true }, 'ActionDenied by kill_switch', 'CANCELLED'],
  ['RED denies', { posture: 'RED' }, 'ActionDenied by posture', 'DENIED'],
  ['DISABLED blocks', { mode: 'DISABLED' }, 'ActionDenied by autonomy_mode', 'BLOCKED'],
  ['PROPOSE_ONLY proposes', { mode: 'PROPOSE_ONLY' }, 'ActionDenied by autonomy_mode', 'PROPOSED'],
  [
    'DENY denies',
    { evaluation: { decision: 'DENY', reasons: [{ code: 'rule', detail: 'no' }] } },
    'ActionDenied by policy',
    'DENIED',
  ],
  [
    'too many entities by the intent deny',
    { intent: { affected_entity_count: 11 } },
    'ActionDenied by blast_radius',
    'DENIED',
  ],
  [
    'too many entities by the topology deny',
    { estimate: { affected_entity_count: 11 } },
    'ActionDenied by blast_radius',
    'DENIED',
  ],
  ['BLOCK blocks', { auto: 'BLOCK' }, 'ActionDenied by auto_approval', 'BLOCKED'],
  ['a gate that throws denies', { throws: 'confidence' }, 'ActionDenied by an error', 'DENIED'],
];

const asked: readonly (readonly [string, Scene, string])[] = [
  ['YELLOW', { posture: 'YELLOW' }, 'posture'],
  ['ORANGE', { posture: 'ORANGE' }, 'posture'],
  ['APPROVAL_REQUIRED', { mode: 'APPROVAL_REQUIRED' }, 'autonomy_mode'],
  ['a heuristic prediction', { prediction: { basis: 'heuristic' } }, 'prediction'],
  [
    'a twin that has lost its vote',
    { prediction: { lost_vote: { outcomes: 200, misses: 31, most_misses: 30 } } },
    'prediction',
  ],
  ['an unknown state of the network, where it counts', { prediction: { lacks_state: true } }, 'prediction'],
  ['slices that are not registered', { estimate: { lacks_slices: true } }, 'blast_radius'],
  ['NEEDS_APPROVAL', { evaluation: { decision: 'NEEDS_APPROVAL' } }, 'policy'],
  ['low confidence of the intent', { intent: { confidence_score: 0.69 } }, 'confidence'],
  ['low confidence of the twin', { prediction: { confidence: 0.69 } }, 'confidence'],
  ['REQUIRE_APPROVAL', { auto: 'REQUIRE_APPROVAL' }, 'auto_approval'],
];

const expiredLife = new Life(later(301)).accept();

describe('the walk through the gates', () => {
  it.each(ends)('%s, and the walk ends there', (_, scene, event, state) => {
    const life = new Life().accept(scene).walk(scene);
    expect(life.types.at(-1)).toBe(event);
    expect(life.state.status).toBe(state);
    expect(life.types).not.toContain('GatesJudged and consume');
    expect(nextEffect(life.state, now)).toEqual({ kind: 'none' });
  });

  it.each(asked)(
    '%s asks for an approval, uses no budget, and goes no further by itself',
    (_, scene, gate) => {
      const life = new Life().accept(scene).walk(scene).plan();
      expect(life.state.status).toBe('AWAITING_APPROVAL');
      expect(holdsOf(life.state.gates)).toContainEqual(expect.objectContaining({ gate, hold: 'approval' }));
      expect(life.types).not.toContain('GatesJudged and consume');
      expect(nextEffect(life.state, now).kind).toBe('wait');
    },
  );

  it('the gates stand in one event, in order, with what they saw, and the budget in the next', () => {
    const life = new Life().accept().walk().consume();
    expect(life.types).toEqual(['IntentAccepted', 'GatesJudged and consume', 'GatesJudged']);
    const records = life.events.flatMap(({ type, data }) => (type === 'GatesJudged' ? data.gates : []));
    expect(records.map(({ gate }) => gate)).toEqual(gateNames);
    for (const record of records)
      expect(record).toMatchObject({ verdict: 'pass', saw: expect.any(Object) as object });
    expect(life.events.at(-1)?.data).toMatchObject({ occasion: 'first', from: 'budget' });
  });

  it('walked by two at the same time, it asks for its budget once, of the day that came first', () => {
    const life = new Life().accept().walk();
    const requested = life.state.budget;
    life.tell({
      kind: 'record_looks',
      gates: looks(),
      consume: { day: '2026-11-21', time_zone: 'UTC' },
      now: later(1),
    });
    expect(life.types.filter((type) => type === 'GatesJudged and consume')).toHaveLength(1);
    expect(life.state.budget).toEqual(requested);
  });

  it('writes nothing where every gate before the budget passes and the command names no day', () => {
    const life = new Life().accept();
    life.tell({ kind: 'record_looks', gates: looks(), now: later(1) });
    expect(life.types).toEqual(['IntentAccepted']);
    expect(life.state.budget).toBeNull();
  });

  it('where nothing holds it consumes, plans and reserves by itself', () => {
    const life = Life.planned();
    expect(life.types.slice(-2)).toEqual(['PlanPrepared', 'ReservationRequested']);
    expect(life.state.yes).toMatchObject({ basis: 'allow' });
  });

  it('a budget that is used up asks for an approval, never defers', () => {
    const life = new Life().accept().walk().consume(false).plan();
    expect(life.state.status).toBe('AWAITING_APPROVAL');
    expect(life.state.approval?.holds).toMatchObject([{ gate: 'budget', hold: 'approval' }]);
  });

  it('a sole CONFIRM opens the window, beside an approval it does not', () => {
    const confirm: Scene = {
      evaluation: {
        decision: 'CONFIRM',
        limits: {
          max_affected_entities: null,
          min_confidence: null,
          confirmation_window_s: 30,
          confirm_above_entities: null,
          on_elapse: 'proceed',
          window_policy: 'p',
        },
      },
    };
    const alone = Life.planned(confirm);
    expect(alone.state).toMatchObject({
      status: 'AWAITING_CONFIRMATION',
      window: { due_at: later(30), policy_id: 'p' },
    });
    expect(alone.types).toContain('GatesJudged and consume');
    expect(
      new Life()
        .accept(confirm)
        .walk({ ...confirm, posture: 'YELLOW' })
        .plan().state.status,
    ).toBe('AWAITING_APPROVAL');
  });

  it('more entities than confirm_above_entities open the window even on ALLOW, as many do not', () => {
    const above = (limit: number): Scene => ({
      evaluation: {
        limits: {
          max_affected_entities: 10,
          min_confidence: null,
          confirmation_window_s: null,
          confirm_above_entities: limit,
          on_elapse: 'proceed',
          window_policy: 'p',
        },
      },
    });
    expect(Life.planned(above(2)).state.status).toBe('AWAITING_CONFIRMATION');
    expect(Life.planned(above(3)).state.status).toBe('PENDING');
  });

  it('the blast radius may be the limit and no more', () => {
    const limit: Scene = {
      evaluation: {
        limits: {
          max_affected_entities: 3,
          min_confidence: null,
          confirmation_window_s: null,
          confirm_above_entities: null,
          on_elapse: 'proceed',
          window_policy: null,
        },
      },
    };
    expect(Life.planned(limit).state.status).toBe('PENDING');
    expect(new Life().accept().walk({ ...limit, intent: { affected_entity_count: 4 } }).state.status).toBe(
      'DENIED',
    );
  });

  it('confidence at the threshold passes', () => {
    expect(
      new Life().accept({ intent: { confidence_score: 0.7 } }).walk({ intent: { confidence_score: 0.7 } })
        .state.gates.confidence?.verdict,
    ).toBe('pass');
  });

  it('a service that is down is waited for once, and the walk goes on from that gate', () => {
    const life = new Life().accept();
    const away = { service: 'digital-twin', gate: 'prediction', detail: 'no answer' };
    const some = looks().slice(0, 3);
    life.tell({
      kind: 'record_looks',
      gates: some,
      consume: { day: '2026-11-20', time_zone: 'UTC' },
      awaited: away,
      now,
    });
    expect(life.state).toMatchObject({
      status: 'PENDING',
      waiting_for: { service: 'digital-twin', expires_at: later(300) },
    });
    expect(
      life.tell({
        kind: 'record_looks',
        gates: [],
        consume: { day: '2026-11-20', time_zone: 'UTC' },
        awaited: away,
        now,
      }),
    ).toEqual([]);
    expect(nextEffect(life.state, now)).toEqual({ kind: 'walk', from: 'prediction' });
    expect(nextEffect(life.state, later(301))).toEqual({ kind: 'expire' });
    life.walk();
    expect(life.state.waiting_for).toBeNull();
  });

  it('a wait that is over expires the action', () => {
    const life = new Life().accept();
    life.tell({ kind: 'await_service', service: 'posture', gate: 'posture', detail: 'no answer', now });
    life.tell({ kind: 'tick', now: later(301) });
    expect(life.state.status).toBe('EXPIRED');
  });

  it('past its time the first gate expires the intent, and asks no other', () => {
    expiredLife.walk();
    expect(expiredLife.types).toEqual(['IntentAccepted', 'ActionExpired']);
  });

  it('the same intent with the same content writes nothing, with other content it is refused', () => {
    const life = new Life().accept();
    expect(life.tell({ kind: 'accept', ...acceptedData(), now: later(9) })).toEqual([]);
    let error: unknown;
    try {
      life.tell({ kind: 'accept', ...acceptedData({ entity_id: 'other' }), now });
    } catch (thrown) {
      error = thrown;
    }
    expect(isProblem(error, 'intent-conflict')).toBe(true);
    expect((error as ProblemError).violations).toEqual([
      { pointer: '/entity_id', detail: 'must be as it was published before' },
    ]);
  });

  it('a dry run reports the holds, uses no budget, waits for nobody and leaves the plan', () => {
    const scene: Scene = { posture: 'YELLOW', intent: { dry_run: true } };
    const life = new Life().accept(scene).walk(scene).plan();
    expect(life.state).toMatchObject({ status: 'COMPLETED', planned: { plan: { plan_hash: 'ph' } } });
    expect(life.events.at(-1)).toMatchObject({
      type: 'DryRunCompleted',
      data: { dry_run: true, holds: [{ gate: 'posture' }] },
    });
    expect(life.types).not.toContain('GatesJudged and consume');
    expect(actionView(life.state, '0', now).automatic_if).toMatchObject([{ gate: 'posture' }]);
  });

  it('a handler that refuses the plan denies and the budget is given back', () => {
    const life = new Life()
      .accept()
      .walk()
      .consume()
      .plan(plan({ violations: [{ code: 'last-cell', detail: 'the last cell of its site' }] }));
    expect(life.types.slice(-2)).toEqual(['ActionDenied by handler', 'BudgetGiveBackRequested']);
    expect(nextEffect(life.state, now)).toEqual({ kind: 'give_back' });
  });

  it('an action type without a handler can only be tried dry', () => {
    expect(new Life().accept().walk().consume().plan(null).state.status).toBe('DENIED');
    expect(
      new Life()
        .accept({ intent: { dry_run: true } })
        .walk({ intent: { dry_run: true } })
        .plan(null).state.status,
    ).toBe('COMPLETED');
  });
});
