import { describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from '@interlock/kernel';
import { RuleEngine } from '../src/index.js';
import { hours, judged, Log } from './recorded.js';

const name = 'twin_without_vote';
/** The traces of actions, each inside its interval (`.`) or outside of it (`x`). */
const outcomes = (log: Log, marks: string, over: object = {}, from = 0): readonly RecordedEvent[] =>
  [...marks].map((mark, i) =>
    log.event('TraceRecorded', 'trace-demo:2026-11-20', {
      trace_id: `t${from + i}`,
      action_type: 'cell_failover',
      impact_delta: mark === 'x' ? -9 : -1,
      predicted: { confidence_interval: [-2, 0] },
      ...over,
    }),
  );

describe('twin_without_vote', () => {
  it('holds from the 31st miss of the last 200 outcomes until enough misses are older', () => {
    const log = new Log();
    const misses = outcomes(log, 'x'.repeat(31));
    expect(judged(name, misses.slice(0, 30), hours(1))).toEqual([]);
    const [held, ...others] = judged(name, misses, hours(1));
    expect(others).toEqual([]);
    expect(held).toMatchObject({
      subject: 'cell_failover',
      firing: misses[30]!.id,
      severity: 'medium',
      detail: expect.stringContaining(
        'of its last 31 predictions, 31 were wrong about the impact, and at most 30 are allowed',
      ),
      evidence: { from: '31', to: '31' },
    });
    const good = outcomes(log, '.'.repeat(170), {}, 31);
    const later = judged(name, [...misses, ...good.slice(0, 169)], hours(9));
    expect(later).toMatchObject([{ firing: misses[30]!.id, cause: held!.cause }]);
    expect(judged(name, [...misses, ...good], hours(9))).toEqual([]);
  });

  it('is about each action type by itself', () => {
    const log = new Log();
    const mixed = [
      ...outcomes(log, 'x'.repeat(20)),
      ...outcomes(log, 'x'.repeat(31), { action_type: 'qos_tune' }),
    ];
    expect(judged(name, mixed, hours(1)).map(({ subject }) => subject)).toEqual(['qos_tune']);
  });

  it('counts an outcome once, and no action without a prediction', () => {
    const log = new Log();
    const misses = outcomes(log, 'x'.repeat(30));
    const again = outcomes(log, 'x'.repeat(30));
    const guesses = outcomes(log, 'x'.repeat(40), { predicted: null }, 100);
    expect(judged(name, [...misses, ...again, ...guesses], hours(1))).toEqual([]);
  });

  it('counts no outcome again because of a late rollback', () => {
    const log = new Log();
    const misses = outcomes(log, 'x'.repeat(31));
    const good = outcomes(log, '.'.repeat(200), {}, 31);
    const rollbacks = outcomes(log, 'x'.repeat(31), { outcome: 'ROLLED_BACK' });
    expect(judged(name, [...misses, ...good, ...rollbacks], hours(9))).toEqual([]);
  });

  it('is not ended by forgotten traces or verdicts', () => {
    const log = new Log();
    const misses = outcomes(log, 'x'.repeat(31));
    const trace = { trace_id: 't0', action_type: 'cell_failover' };
    const engine = new RuleEngine();
    for (const event of [
      ...misses,
      log.event('TraceForgotten', 'trace-demo:forgotten=t0', trace),
      log.event('TraceJudged', 'trace-demo:2026-11-20', { ...trace, impact_delta: -1, predicted: null }),
      log.event('TraceImported', 'trace-demo:2026-11-20', { ...trace, trace_id: 'i', predicted: null }),
    ])
      engine.take(event);
    expect(engine.holding('demo').map(({ rule }) => rule.name)).toEqual([name]);
  });
});
