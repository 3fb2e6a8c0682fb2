import type { Posture } from '../api/types.js';
import { numberText } from '../format.js';

/** What the level is computed from. */
export type Signal =
  | 'integrity_score'
  | 'consensus_pct'
  | 'reputation_score'
  | 'forecast_risk'
  | 'recent_responses'
  | 'trust_locked';

/** `5 above`, `11.7 below`: how far a figure is from the limit under which the level gets worse. */
const fromLimit = (value: number, limit: number): string =>
  value < limit ? `${numberText(limit - value, 1)} below` : `${numberText(value - limit, 1)} above`;

/** The limits of a signal in words, with how far it is from the nearest one. Pure. */
export const distanceText = (
  name: Signal,
  { inputs, thresholds: t }: Pick<Posture, 'inputs' | 'thresholds'>,
): string => {
  switch (name) {
    case 'integrity_score':
      return `YELLOW below ${t.yellow_integrity}, RED below ${t.red_integrity}; ${fromLimit(inputs.integrity_score, t.yellow_integrity)}`;
    case 'consensus_pct':
      return `YELLOW below ${t.yellow_consensus}, RED below ${t.red_consensus}; ${fromLimit(inputs.consensus_pct, t.yellow_consensus)}`;
    case 'reputation_score':
      return `YELLOW below ${t.yellow_reputation}; ${fromLimit(inputs.reputation_score, t.yellow_reputation)}`;
    case 'recent_responses':
      return `YELLOW at ${t.yellow_responses}, RED at ${t.red_responses}`;
    case 'forecast_risk':
      return 'YELLOW at high';
    case 'trust_locked':
      return 'RED while locked';
  }
};
