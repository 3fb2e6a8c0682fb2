import type { JsonValue, PredictionV1 } from '@interlock/contracts';
import { isObject } from '@interlock/kernel';
import { atMost, same } from './covering.js';
import { ask, number, pass, type Gate } from './gate.js';

const interval = ([low, high]: readonly [number, number]): string => `${low} to ${high}`;

/** The question that the twin was asked, without its time, which the twin sets itself. */
const withoutTime = (request: JsonValue): JsonValue => {
  if (!isObject(request)) return request;
  const { at: _at, ...asked } = request;
  return asked;
};

/** Gate 4: the digital twin predicts the action from something better than a rule of thumb. */
export const predictionGate: Gate<'PredictionRecorded', PredictionV1, { readonly answer: PredictionV1 }> = {
  event: 'PredictionRecorded',
  see: (answer) => ({ answer }),
  judge: ({ answer }) => {
    number(answer.risk_score, 'the risk');
    switch (answer.basis) {
      case 'memory':
      case 'model':
      case 'no_effect':
        return pass;
      case 'heuristic':
        return ask('approval', {
          code: 'heuristic-prediction',
          detail: 'the digital twin has no memory of such an action',
        });
    }
  },
  ends: {},
  refuse: null,
  content: ({ answer }) => ({ basis: answer.basis, risk_score: answer.risk_score }),
  covers: (said, now) => same(said, now, 'basis') && atMost(now['risk_score'], said['risk_score']),
  lookAgain: ({ answer }, { intent }) => {
    const request = answer.input['request'];
    if (request === undefined) return null;
    return {
      recorded: withoutTime(request),
      replayed: {
        action_type: intent.action_type,
        entity_id: intent.entity_id,
        parameters: intent.parameters,
        affected_entity_count: intent.affected_entity_count,
        trigger_type: intent.trigger_type ?? intent.action_type,
        incident_id: intent.incident_id ?? null,
      },
    };
  },
  askAgain: ({ answer }, asked) => asked.prediction(answer),
  tell: ({ answer }) => [
    `risk ${answer.risk_score} (${answer.risk_level}), impact ${answer.impact_delta} in ${interval(answer.confidence_interval)}, confidence ${answer.confidence}, by ${answer.basis}`,
    ...(answer.explanation === '' ? [] : [answer.explanation]),
    `decision memory at position ${answer.memory_version}, asked at ${answer.made_at}`,
    ...Object.entries(answer.interval_by_kpi).map(
      ([kpi, range]) => `${kpi}: ${answer.impact_by_kpi[kpi] ?? 'nothing'} in ${interval(range)}`,
    ),
    ...answer.traces.map(
      ({ trace_id, weight, similarity, age_h, impact_delta, harmed }) =>
        `trace ${trace_id}: weight ${weight}, similarity ${similarity}, ${age_h} h old, impact ${impact_delta}${harmed ? ', did harm' : ''}`,
    ),
  ],
};
