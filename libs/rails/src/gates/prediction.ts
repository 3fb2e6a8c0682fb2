import {
  riskLevels,
  type ActionIntentV1,
  type PredictRequest,
  type SeenPrediction,
  type Timestamp,
} from '@interlock/contracts';
import { atMost, noHigher, same } from './covering.js';
import { ask, number, pass, type Gate } from './gate.js';

const interval = ([low, high]: readonly [number, number]): string => `${low} to ${high}`;

/** Returns the question to the twin about an intent. */
export const predictionQuestion = (
  intent: ActionIntentV1,
  readOnly: boolean,
  at: Timestamp,
): PredictRequest => ({
  tenant_id: intent.tenant_id,
  action_type: intent.action_type,
  entity_id: intent.entity_id,
  parameters: intent.parameters,
  affected_entity_count: intent.affected_entity_count,
  trigger_type: intent.trigger_type ?? intent.action_type,
  ...(intent.incident_id === undefined ? {} : { incident_id: intent.incident_id }),
  ...(readOnly ? { read_only: true } : {}),
  at,
});

/** How many of the nearest traces a record names. */
const named = 3;

/** Returns the part of a prediction that an action's record keeps. */
export const seenPrediction = ({ traces, input, ...answer }: SeenPrediction): SeenPrediction => {
  const { request: _request, ...basis } = input;
  return {
    ...answer,
    ...(traces === undefined
      ? {}
      : { traces: traces.slice(0, named).map(({ trace_id, weight }) => ({ trace_id, weight })) }),
    input: basis,
  };
};

/**
 * Returns the summary of a prediction for the record of a refused action: the values that policies
 * use, and the memory that gives them.
 */
const summaryOf = ({
  traces: _traces,
  explanation: _explanation,
  interval_by_kpi: _intervals,
  input: { eligible, expected, state },
  ...answer
}: SeenPrediction): SeenPrediction => ({
  ...answer,
  input: {
    ...(eligible === undefined ? {} : { eligible }),
    ...(expected === undefined ? {} : { expected }),
    ...(state === undefined ? {} : { state }),
  },
});

/**
 * True if a prediction is about the present load of the network: a model's, or one whose traces the
 * network's state has chosen.
 */
export const followsLoad = ({ basis, input }: Partial<SeenPrediction>): boolean =>
  // An altered log may lack the input.
  basis === 'model' || input?.['state'] !== undefined;

/** Gate 4: the digital twin has better evidence than a heuristic, and a vote on the action type. */
export const predictionGate: Gate<SeenPrediction, { readonly answer: SeenPrediction }> = {
  see: (answer) => ({ answer: seenPrediction(answer) }),
  judge: ({ answer }) => {
    number(answer.risk_score, 'the risk');
    if (answer.basis !== 'no_effect' && answer.lost_vote !== undefined) {
      const { outcomes, misses } = answer.lost_vote;
      return ask('approval', {
        code: 'twin-without-vote',
        detail: `the digital twin has no vote: of its last ${outcomes} predictions of such actions, ${misses} were wrong about the impact`,
      });
    }
    if (answer.lacks_state === true)
      return ask('approval', {
        code: 'network-state-unknown',
        detail:
          "past outcomes of such actions depend on the network's state, and a cell does not report it now",
      });
    switch (answer.basis) {
      case 'memory':
      case 'model':
      case 'no_effect':
        return pass;
      case 'heuristic':
        return ask('approval', {
          code: 'heuristic-prediction',
          detail: 'the digital twin has neither a memory nor a model of such an action',
        });
    }
  },
  summary: ({ answer }) => ({ answer: summaryOf(answer) }),
  refuse: null,
  content: ({ answer }) => ({
    basis: answer.basis,
    risk_score: answer.risk_score,
    ...(followsLoad(answer) ? { risk_level: answer.risk_level } : {}),
    ...(answer.lost_vote === undefined ? {} : { lost_vote: true }),
    ...(answer.lacks_state === undefined ? {} : { lacks_state: true }),
  }),
  covers: (said, now) =>
    same(said, now, 'basis') &&
    // The load moves while an approval waits, so its own score may move within the risk level.
    (now['risk_level'] !== undefined && said['risk_level'] !== undefined
      ? noHigher(riskLevels, now['risk_level'], said['risk_level'])
      : now['basis'] !== 'model' && atMost(now['risk_score'], said['risk_score'])) &&
    (['lost_vote', 'lacks_state'] as const).every(
      (fault) => now[fault] === undefined || said[fault] === true,
    ),
  lookAgain: () => null,
  askAgain: ({ answer }, asked) => asked.prediction(answer),
  tell: ({ answer }) => [
    `risk ${answer.risk_score} (${answer.risk_level})${answer.raw_risk === undefined ? '' : `, ${answer.raw_risk} before its calibration`}, impact ${answer.impact_delta} in ${interval(answer.confidence_interval)}, confidence ${answer.confidence}, by ${answer.basis}`,
    ...((answer.explanation ?? '') === '' ? [] : [answer.explanation!]),
    ...(answer.lost_vote === undefined
      ? []
      : [
          `without a vote: ${answer.lost_vote.misses} of its last ${answer.lost_vote.outcomes} outcomes were outside their intervals`,
        ]),
    ...(answer.lacks_state === undefined ? [] : ["the network's state counts, and is unknown"]),
    `decision memory at position ${answer.memory_version}, asked at ${answer.made_at}`,
    ...Object.entries(answer.interval_by_kpi ?? {}).map(
      ([kpi, range]) => `${kpi}: ${answer.impact_by_kpi[kpi] ?? 'nothing'} in ${interval(range)}`,
    ),
    ...(answer.traces ?? []).map(({ trace_id, weight }) => `trace ${trace_id}: weight ${weight}`),
  ],
};
