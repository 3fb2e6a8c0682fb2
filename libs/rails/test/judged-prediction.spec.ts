import { describe, expect, it } from '@jest/globals';
import { Life } from './life.js';
import { observation, tx, type Scene } from './looks.js';

/** The prediction in the end of an action that a person has approved where one is needed. */
const predictedIn = (scene: Scene): unknown => {
  const life = Life.planned(scene);
  if (life.state.status === 'AWAITING_APPROVAL') life.approve();
  life.reserve().turn().lastLook(scene);
  const good = { observation: observation(-5) };
  for (const status of [tx('TENTATIVE'), tx('OBSERVED', good), tx('CONFIRMED', good)])
    life.tell({ kind: 'record_transaction', status, now: life.at });
  const end = life.events.find(({ type }) => type === 'ActionCompleted');
  return (end?.data as { readonly predicted?: unknown } | undefined)?.predicted;
};

describe('the prediction by which the twin is judged', () => {
  it('is the one of the action, also of an action that a person had to approve', () => {
    const said = { risk_score: 20, confidence_interval: [0, 0.2] };
    expect(predictedIn({})).toMatchObject(said);
    expect(
      predictedIn({ prediction: { lost_vote: { outcomes: 40, misses: 31, most_misses: 30 } } }),
    ).toMatchObject(said);
  });

  it('keeps the raw score of a calibrated risk, from which the next ones are calibrated', () => {
    expect(predictedIn({ prediction: { raw_risk: 24 } })).toMatchObject({ risk_score: 20, raw_risk: 24 });
    expect(predictedIn({})).not.toHaveProperty('raw_risk');
  });

  it.each(['heuristic', 'model', 'no_effect'] as const)('is none if its basis was `%s`', (basis) => {
    expect(predictedIn({ prediction: { basis } })).toBeNull();
  });
});
