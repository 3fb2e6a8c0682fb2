import { describe, expect, it } from '@jest/globals';
import type { EvaluationV1 } from '@interlock/contracts';
import { consumed, Life } from './life.js';
import { evaluation, later, looks, now, plan, type Scene } from './looks.js';

const limits = evaluation().limits;
const bundle = (over: object): Partial<EvaluationV1> => ({
  decision: 'NEEDS_APPROVAL',
  bundle: { ...evaluation().bundle, decision: 'NEEDS_APPROVAL', ...over },
});
const auto = (reason: string, over: Partial<Scene> = {}): Scene => ({
  auto: 'REQUIRE_APPROVAL',
  autoAnswer: { reason, config: { confidence_thresholds: { LOW: 0.7, MEDIUM: 0.85, HIGH: 0.95 } } },
  ...over,
});
const above = (count: number, limit: number): Scene => ({
  evaluation: { limits: { ...limits, confirm_above_entities: limit, window_policy: 'p' } },
  estimate: { affected_entity_count: count },
});
const confidence = (value: number, threshold: number): Scene => ({
  prediction: { confidence: value },
  evaluation: { limits: { ...limits, min_confidence: threshold } },
});
/** A load that a network model, or the memory of its state, has predicted from. */
const loaded = (score: number, value: number, over: Scene['prediction'] = {}): Scene => ({
  prediction: {
    basis: 'model',
    risk_score: score,
    risk_level: score > 33 ? 'MEDIUM' : 'LOW',
    confidence: value,
    ...over,
  },
  ...auto('LOW_CONFIDENCE', {
    autoInput: { confidence_score: value, risk_level: score > 33 ? 'MEDIUM' : 'LOW' },
  }),
});

type Case = readonly [title: string, said: Scene, now: Scene];
/** Each names its gate: what a person was shown, and what holds at the last look. */
const better: readonly Case[] = [
  ['ORANGE covers YELLOW', { posture: 'ORANGE' }, { posture: 'YELLOW' }],
  ['YELLOW covers GREEN', { posture: 'YELLOW' }, {}],
  ['a confidence of 0.84 covers one of 0.84', confidence(0.84, 0.9), confidence(0.84, 0.9)],
  ['a confidence of 0.84 covers one of 0.86', confidence(0.84, 0.9), confidence(0.86, 0.9)],
  ['a threshold of 0.9 covers one of 0.88', confidence(0.84, 0.9), confidence(0.84, 0.88)],
  [
    'the same rule of the same bundle',
    { evaluation: bundle({ rule_id: 'r' }) },
    { evaluation: bundle({ rule_id: 'r' }) },
  ],
  [
    'an unknown field that is known now',
    { evaluation: { ...bundle({}), unknown_fields: ['x'] } },
    { evaluation: bundle({}) },
  ],
  [
    'a prediction without a memory',
    { prediction: { basis: 'heuristic', risk_score: 30 } },
    { prediction: { basis: 'heuristic', risk_score: 20 } },
  ],
  ['a load that moves within the level of the risk', loaded(31, 0.414), loaded(33, 0.405)],
  ['a load that moves to a lower level of the risk', loaded(40, 0.4), loaded(33, 0.39)],
  [
    "a network's state that moves within the level of the risk",
    loaded(31, 0.414, { basis: 'memory', input: { state: {} } }),
    loaded(33, 0.405, { basis: 'memory', input: { state: {} } }),
  ],
  ['the mode', { mode: 'APPROVAL_REQUIRED' }, { mode: 'APPROVAL_REQUIRED' }],
  ['a clause of the auto-approval policy', auto('TENANT_POLICY'), auto('TENANT_POLICY')],
  [
    'a better figure of the auto-approval policy',
    auto('LOW_CONFIDENCE', { autoInput: { confidence_score: 0.6, risk_level: 'LOW' } }),
    auto('LOW_CONFIDENCE', { autoInput: { confidence_score: 0.65, risk_level: 'LOW' } }),
  ],
  [
    'a lifecycle state',
    auto('LIFECYCLE_STATE', { autoInput: { lifecycle_state: 'NEW' } }),
    auto('LIFECYCLE_STATE', { autoInput: { lifecycle_state: 'NEW' } }),
  ],
];
const worse: readonly Case[] = [
  ['YELLOW does not cover ORANGE', { posture: 'YELLOW' }, { posture: 'ORANGE' }],
  ['a confidence of 0.84 does not cover one of 0.10', confidence(0.84, 0.9), confidence(0.1, 0.9)],
  ['a threshold of 0.9 does not cover one of 0.95', confidence(0.84, 0.9), confidence(0.84, 0.95)],
  [
    'one rule does not cover another of the same bundle',
    { evaluation: bundle({ rule_id: 'r' }) },
    { evaluation: bundle({ rule_id: 's' }) },
  ],
  [
    'a rule does not cover the lack of one',
    { evaluation: bundle({ rule_id: 'r' }) },
    { evaluation: bundle({ rule_id: null }) },
  ],
  [
    'a rule does not cover itself with a field that is not known',
    { evaluation: bundle({}) },
    { evaluation: { ...bundle({}), unknown_fields: ['x'] } },
  ],
  [
    'a rule does not cover a break-glass',
    { evaluation: bundle({}) },
    {
      evaluation: { ...bundle({}), reasons: [{ code: 'policy-bypassed', detail: 'policies are bypassed' }] },
    },
  ],
  ['a load does not cover one of a higher risk level', loaded(33, 0.4), loaded(34, 0.4)],
  [
    'a score of the memory does not cover a higher one',
    loaded(31, 0.414, { basis: 'memory' }),
    loaded(33, 0.414, { basis: 'memory' }),
  ],
  [
    'a confidence of the memory does not cover a lower one',
    loaded(31, 0.414, { basis: 'memory' }),
    loaded(31, 0.405, { basis: 'memory' }),
  ],
  ['a clause does not cover another', auto('TENANT_POLICY'), auto('EXTERNAL_CONTACT')],
  [
    'a figure of the auto-approval policy does not cover a worse one',
    auto('LOW_CONFIDENCE', { autoInput: { confidence_score: 0.65, risk_level: 'LOW' } }),
    auto('LOW_CONFIDENCE', { autoInput: { confidence_score: 0.1, risk_level: 'LOW' } }),
  ],
  [
    'a lifecycle state does not cover another',
    auto('LIFECYCLE_STATE', { autoInput: { lifecycle_state: 'NEW' } }),
    auto('LIFECYCLE_STATE', { autoInput: { lifecycle_state: 'LOST' } }),
  ],
];

const approved = (scene: Scene): Life =>
  new Life().accept(scene).walk(scene).consume().plan().approve().reserve().turn();

describe('an approval covers what was shown, each hold with its content', () => {
  it.each(better)('%s', (_, said, at) => expect(approved(said).lastLook(at).state.status).toBe('EXECUTING'));

  it.each(worse)('%s: it is asked again, and what holds now has another digest', (_, said, at) => {
    const life = approved(said);
    const before = life.state.approval!.digest;
    life.lastLook(at);
    expect(life.state).toMatchObject({
      status: 'AWAITING_APPROVAL',
      approval: { cause: 'changed' },
      yes: null,
    });
    expect(life.state.approval!.digest).not.toBe(before);
    life.approve().reserve().turn().lastLook(at);
    expect(life.state.status).toBe('EXECUTING');
  });

  it('an approval for a clause does not cover what cannot be undone, and the other way round', () => {
    const once = plan({ reversible: false });
    expect(approved(auto('TENANT_POLICY')).lastLook(auto('TENANT_POLICY'), once).state.status).toBe(
      'AWAITING_APPROVAL',
    );
    expect(
      new Life()
        .accept()
        .walk()
        .consume()
        .plan(once)
        .approve()
        .reserve()
        .turn()
        .lastLook(auto('TENANT_POLICY'), once).state.status,
    ).toBe('AWAITING_APPROVAL');
  });

  it('a budget that was used up is covered as it was shown', () => {
    const life = new Life().accept().walk();
    life.tell({ kind: 'record_consume', gates: [{ gate: 'budget', saw: { answer: consumed(false) } }], now });
    expect(life.plan().approve().reserve().turn().lastLook().state.status).toBe('EXECUTING');
  });

  it('what a window asked beside an approval does not cover an approval for the same', () => {
    const window: Scene = {
      posture: 'YELLOW',
      evaluation: { decision: 'CONFIRM', limits: { ...limits, window_policy: 'p' } },
    };
    expect(approved(window).lastLook(window).state.status).toBe('EXECUTING');
    expect(
      approved(window).lastLook({
        ...window,
        evaluation: { limits: { ...limits, window_policy: 'p' }, decision: 'NEEDS_APPROVAL' },
      }).state.status,
    ).toBe('AWAITING_APPROVAL');
  });
});

describe('a window covers what it was opened for', () => {
  const opened = (scene: Scene): Life => Life.planned(scene);
  const elapsed = (scene: Scene, afresh: Scene): Life => {
    const life = opened(scene);
    life.tell({ kind: 'record_reevaluation', gates: looks(afresh), now: later(30) });
    return life;
  };

  it('more entities than were shown are asked for, fewer are covered', () => {
    expect(opened(above(6, 5)).state.window?.holds).toMatchObject([
      { gate: 'blast_radius', content: { affected: 6, limit: 5 } },
    ]);
    expect(opened(above(7, 5)).confirm().reserve().turn().lastLook(above(6, 5)).state.status).toBe(
      'EXECUTING',
    );
    expect(opened(above(7, 5)).confirm().reserve().turn().lastLook(above(8, 5)).state.status).toBe(
      'AWAITING_APPROVAL',
    );
    expect(opened(above(7, 5)).confirm().reserve().turn().lastLook(above(7, 4)).state.status).toBe(
      'AWAITING_APPROVAL',
    );
  });

  it('it does not elapse over more than was shown', () => {
    expect(elapsed(above(7, 5), above(7, 5)).state.status).toBe('PENDING');
    expect(elapsed(above(7, 5), above(8, 5)).state).toMatchObject({
      status: 'AWAITING_APPROVAL',
      approval: { cause: 'window-not-automatic' },
    });
    expect(elapsed(above(7, 5), above(7, 5)).reserve().turn().lastLook(above(8, 5)).state.status).toBe(
      'AWAITING_APPROVAL',
    );
  });
});
