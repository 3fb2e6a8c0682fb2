import { judgedOutcomes, mostMisses, rememberedOutcomes, type LostVote } from '@interlock/contracts';
import { riskTableOf, type RiskTable, type ScoredOutcome } from './risk-calibration.js';
import { isRiskScore } from './risk-score.js';
import { isInside, isPredicted, rawRiskOf, type TraceV1 } from './trace.js';

/** The share of outcomes that an interval should contain. */
export const nominalCoverage = 0.9;
/** How far one miss moves the level of the intervals. */
const levelStep = 0.02;

/** Of the last `outcomes` of an action type, `inside` were within their predicted intervals. */
export type PredictionRecord = {
  readonly outcomes: number;
  readonly inside: number;
  /**
   * The share of past errors that the next interval contains. It rises above the nominal coverage
   * after misses and falls with outcomes inside, so that the coverage stays nominal although the
   * network changes (adaptive conformal inference, Gibbs and Candès 2021).
   */
  readonly level: number;
  /** How many outcomes the calibration of risk scores may use: the last 1000. */
  readonly scored: number;
  /** The calibration of risk scores; null while there are too few outcomes. */
  readonly risk: RiskTable | null;
};

export const noRecord: PredictionRecord = {
  outcomes: 0,
  inside: 0,
  level: nominalCoverage,
  scored: 0,
  risk: null,
};

/** The record of outcomes, each inside its interval or not, in the order of the log. */
const recordOf = (judged: readonly boolean[], scored: readonly ScoredOutcome[]): PredictionRecord => {
  let level = nominalCoverage;
  for (const inside of judged)
    level = Math.min(1, Math.max(0.5, level + levelStep * (nominalCoverage - (inside ? 1 : 0))));
  return {
    outcomes: judged.length,
    inside: judged.filter(Boolean).length,
    level,
    scored: scored.length,
    risk: riskTableOf(scored),
  };
};

/** The outcome of one trace. `raw` is its risk score before the calibration. */
type Outcome = ScoredOutcome & { readonly trace_id: string; readonly inside: boolean };

/**
 * The last outcomes of an action type. They do not depend on how many traces the memory keeps, so
 * that an import cannot push a miss out.
 */
export class Outcomes {
  readonly #last: Outcome[] = [];
  #record: PredictionRecord | null = null;

  /**
   * Adds the outcome of a trace that had a prediction. A later version of a remembered trace is the
   * same outcome, so only its harm is noted.
   */
  add(trace: TraceV1): void {
    if (!isPredicted(trace)) return;
    const { trace_id, harmed } = trace;
    if (this.#last.some((one) => one.trace_id === trace_id)) {
      if (harmed) this.harmed(trace);
      return;
    }
    this.#last.push({ trace_id, inside: isInside(trace), raw: rawRiskOf(trace), harmed });
    if (this.#last.length > rememberedOutcomes) this.#last.shift();
    this.#record = null;
  }

  /**
   * Notes harm that was found later: a rollback, or a person's verdict. INVARIANT: it only adds
   * harm to the calibration of the risk. The vote stays as it is.
   */
  harmed({ trace_id }: TraceV1): void {
    const place = this.#last.findIndex((one) => one.trace_id === trace_id);
    const known = this.#last[place];
    if (known === undefined || known.harmed) return;
    this.#last[place] = { ...known, harmed: true };
    this.#record = null;
  }

  get record(): PredictionRecord {
    return (this.#record ??= recordOf(
      this.#last.slice(-judgedOutcomes).map(({ inside }) => inside),
      this.#last.filter(({ raw }) => isRiskScore(raw)),
    ));
  }
}

/**
 * The twin's lack of a vote on an action type; null if it has its vote. The twin loses the vote
 * with more misses than 200 outcomes may have, even before there are 200 outcomes. It has the vote
 * again once enough of the misses are older than the last 200.
 */
export const lostVote = ({ outcomes, inside }: PredictionRecord): LostVote | null => {
  const misses = outcomes - inside;
  return misses <= mostMisses ? null : { outcomes, misses, most_misses: mostMisses };
};
