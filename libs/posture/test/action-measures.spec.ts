import { describe, expect, it } from '@jest/globals';
import { ActionMeasures, endedAsPredicted, type ActionFact } from '../src/index.js';
import { ago, now } from './assessments.ts';

const fact = (id: string, type: string, data: ActionFact['data'] = {}, age = 60): ActionFact => ({
  type,
  stream: `action-demo:${id}`,
  data,
  metadata: { occurred_at: ago(age) },
});

let actions = 0;
const ran = (
  measures: ActionMeasures,
  end: string,
  {
    agent = 'a',
    device = 'd',
    age = 60,
    cause,
    gate,
    awaited = false,
    verdict = 'pass',
  }: {
    agent?: string;
    device?: string;
    age?: number;
    cause?: string;
    gate?: string;
    awaited?: boolean;
    verdict?: string;
  } = {},
): boolean => {
  const id = `${(actions += 1)}`;
  measures.fold(fact(id, 'IntentAccepted', { intent: { agent } }));
  if (awaited) measures.fold(fact(id, 'ServiceAwaited'));
  measures.fold(fact(id, 'PlanPrepared', { plan: { device_id: device } }));
  measures.fold(fact(id, 'ExecutionStarted', { handler: { service: 'gw', name: 'failover' } }));
  return measures.fold(
    fact(
      id,
      end,
      {
        dry_run: false,
        validation_result: { verdict },
        ...(cause === undefined ? {} : { cause }),
        ...(gate === undefined ? {} : { gate }),
      },
      age,
    ),
  );
};

describe('the end of an action', () => {
  const end = (type: string, data: ActionFact['data'] = {}) => endedAsPredicted(fact('1', type, data));

  it.each([
    ['ActionCompleted', { validation_result: { verdict: 'pass' } }, true],
    ['ActionCompleted', { validation_result: null }, true],
    ['ActionCompleted', { validation_result: { verdict: 'inconclusive' } }, false],
    ['ActionRolledBack', { cause: 'validation' }, false],
    ['ActionRolledBack', { cause: 'operator' }, null],
    ['ActionRolledBack', { cause: 'kill_switch' }, null],
    ['ActionRollbackFailed', { cause: 'operator' }, false],
    ['ActionCompleted', { dry_run: true }, null],
    ['ActionExpired', { cause: 'service' }, null],
    ['DryRunCompleted', {}, null],
  ] as const)('%s %p as predicted: %p', (type, data, asPredicted) => {
    expect(end(type, data)).toBe(asPredicted);
  });
});

describe('the measures of actions', () => {
  it('score handler, device and agent separately, and use the mean', () => {
    const measures = new ActionMeasures();
    expect(measures.reputation(now)).toBe(100);
    expect(ran(measures, 'ActionCompleted', { device: 'd1' })).toBe(true);
    ran(measures, 'ActionRolledBack', { device: 'd2', agent: 'b', cause: 'validation' });
    // handler 1 of 2, d1 1 of 1, d2 0 of 1, a 1 of 1, b 0 of 1
    expect(measures.reputation(now)).toBe(50);
  });

  it('leave out actions that a person took back or that never ran', () => {
    const measures = new ActionMeasures();
    expect(ran(measures, 'ActionRolledBack', { cause: 'operator' })).toBe(false);
    expect(ran(measures, 'ActionDenied', { gate: 'policy' })).toBe(false);
    measures.fold(fact('x', 'ActionCompleted', { dry_run: false }));
    expect([measures.reputation(now), measures.forecast(now)]).toEqual([100, 'low']);
  });

  it('detect a trend of failures, rollbacks and stale reads', () => {
    const kinds = [
      ['ActionRolledBack', { cause: 'validation' }],
      ['ActionDenied', { gate: 'handler' }],
      ['ActionCompleted', { awaited: true }],
      ['ActionRollbackFailed', {}],
      ['ActionExpired', { cause: 'service' }],
    ] as const;
    const measures = new ActionMeasures();
    for (let i = 0; i < 500; i += 1) ran(measures, 'ActionCompleted', { age: 2 * 3600 + i * 100 });
    expect(measures.forecast(now)).toBe('low');
    for (const [type, over] of kinds) ran(measures, type, over);
    expect(measures.forecast(now)).toBe('high');
    expect(measures.forecast(ago(-3600 - 600))).toBe('low');
  });
});
