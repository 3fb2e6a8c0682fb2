import type { RiskLevel } from '@interlock/contracts';

/** Highest score of each level: a third and two thirds of the scale; HIGH above. */
const riskCutoffs = { LOW: 33, MEDIUM: 66 } as const;

/** The level of a risk score. */
export const riskLevelOf = (score: number): RiskLevel =>
  score <= riskCutoffs.LOW ? 'LOW' : score <= riskCutoffs.MEDIUM ? 'MEDIUM' : 'HIGH';

/** The lowest score with the level of a score. */
export const riskLevelFloor = (score: number): number =>
  score <= riskCutoffs.LOW ? 1 : score <= riskCutoffs.MEDIUM ? riskCutoffs.LOW + 1 : riskCutoffs.MEDIUM + 1;
