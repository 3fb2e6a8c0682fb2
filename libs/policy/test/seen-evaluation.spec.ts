import { describe, expect, it } from '@jest/globals';
import { seenEvaluation, type EvaluationAnswer, type PostureLevel } from '@interlock/contracts';
import { localTime, testMetadata, type RecordedEvent } from '@interlock/kernel';
import {
  buildContext,
  evaluate,
  evaluateRecorded,
  evaluationsIn,
  type EvaluationContext,
  type PolicyV1,
} from '../src/index.js';
import { intent, policiesOf, policy, prediction, request } from './samples.js';

const at = '2026-03-01T23:30:00.000Z';
const zone = 'America/Los_Angeles';
const twin = prediction({ impact_by_kpi: { drops: -2, 'a.b': 7 } });
const answerOf = (context: EvaluationContext, policies: readonly PolicyV1[]): EvaluationAnswer => ({
  ...evaluate({
    evaluation_id: 'e-1',
    trace_id: 't-1',
    agent: 'ran-optimizer',
    action_type: 'cell_failover',
    context,
    policies: policiesOf(...policies),
    bundle: null,
    confidence_thresholds: { LOW: 0.7, MEDIUM: 0.85, HIGH: 0.95 },
    versions: { time_zone: zone },
    position: '42',
  }),
  input: { context, at },
});

/** The event of a walk with this evaluation, with or without the posture and the prediction. */
const judged = (answer: EvaluationAnswer, level: PostureLevel, together: boolean): RecordedEvent => {
  const posture = { effective: level };
  const beside = { tenant_id: 'demo', prediction: twin, posture, time: localTime(at, zone) };
  const evaluation = seenEvaluation(answer, together ? beside : undefined);
  const gates = [
    ...(together
      ? [
          { gate: 'posture', verdict: 'pass', saw: { answer: posture } },
          { gate: 'prediction', verdict: 'pass', saw: { answer: twin } },
        ]
      : []),
    { gate: 'policy', verdict: 'pass', reasons: answer.reasons, saw: { evaluation } },
  ];
  return {
    id: 'event',
    type: 'GatesJudged',
    stream: 'action-demo:a-1',
    revision: 1n,
    position: { commit: 50n, prepare: 50n },
    created: at,
    data: { occasion: 'first', gates },
    metadata: testMetadata({ occurred_at: at }),
  };
};
const textOf = (event: RecordedEvent): string => JSON.stringify(event.data);

describe('an evaluation in the record of an action', () => {
  const ok = [policy('ok')];
  const contextOf = (over: Parameters<typeof request>[0] = {}): EvaluationContext =>
    buildContext(
      request({ at, intent: intent({ parameters: { power_raise_db: 3 } }), prediction: twin, ...over }),
      zone,
    );

  it.each<readonly [string, Parameters<typeof request>[0], boolean]>([
    ['beside posture and prediction', { posture: 'GREEN' }, true],
    ['without them', { posture: 'GREEN' }, false],
    ['of a dry run', { posture: 'GREEN', dry_run: true }, true],
    ['of another posture than stands beside it', { posture: 'ORANGE' }, true],
    [
      'of another prediction than stands beside it',
      { posture: 'GREEN', prediction: prediction({ risk_score: 99, impact_by_kpi: { drops: 4 } }) },
      true,
    ],
  ])('%s is restored with its whole context', (_, over, together) => {
    const answer = answerOf(contextOf(over), ok);
    const event = judged(answer, 'GREEN', together);
    const [again] = evaluationsIn(event);
    expect(again?.input.context).toEqual(answer.input.context);
    expect({ ...again, bundle: { ...again!.bundle, reason: answer.bundle.reason } }).toMatchObject({
      ...answer,
      input: { at, tenant_id: 'demo', action_id: 'a-1' },
    });
    expect(evaluateRecorded(again!, null, ok).differences).toEqual([]);
  });

  it('does not repeat what the event holds beside it', () => {
    const answer = answerOf(contextOf({ posture: 'GREEN' }), ok);
    const [short, long] = [judged(answer, 'GREEN', true), judged(answer, 'GREEN', false)];
    for (const said of ['impact_by_kpi.drops', 'time.weekday', 'dry_run'])
      expect([textOf(short).includes(said), textOf(long).includes(said)]).toEqual([false, true]);
    expect(textOf(short)).toContain('parameters.power_raise_db');
  });

  it('differs if it was altered, or if the data beside it were', () => {
    const strict = [policy('ok'), policy('calm', { decision: 'DENY', conditions: [{ field: 'risk_score', op: '>', value: 50 }] })]; // prettier-ignore
    const event = judged(answerOf(contextOf({ posture: 'GREEN' }), strict), 'GREEN', true);
    const altered = structuredClone(event.data) as {
      readonly gates: readonly {
        readonly gate: string;
        readonly saw: { readonly answer: { risk_score: number } };
      }[];
    };
    altered.gates.find(({ gate }) => gate === 'prediction')!.saw.answer.risk_score = 99;
    expect(evaluateRecorded(evaluationsIn(event)[0]!, null, strict).differences).toEqual([]);
    const [again] = evaluationsIn({ ...event, data: altered });
    expect(evaluateRecorded(again!, null, strict).differences.length).toBeGreaterThan(0);
  });
});
