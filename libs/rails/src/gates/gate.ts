import type {
  ActionIntentV1,
  ActionStateName,
  ActionTypeTerms,
  AutoApproveAnswer,
  AutoApproveRequest,
  ConsumeAnswer,
  ImpactEstimate,
  JsonObject,
  SeenEvaluation,
  SeenMode,
  SeenPosture,
  SeenPrediction,
  Reason,
} from '@interlock/contracts';
import type { Verdict } from '@interlock/kernel';
import type { KillSwitchHead } from '../stop/kill-switch.js';

export type Fact<Type extends string, Data> = { readonly type: Type; readonly data: Data };

export type Hold = 'approval' | 'window';

/**
 * The content of a hold: what a person reads before an approval, and what the approval covers. Each
 * gate has its own members.
 */
export type HoldContent = JsonObject;

/** A gate's judgement of what it saw. `hold` asks for a person. */
export type Judgement = {
  readonly verdict: Exclude<Verdict, 'error'>;
  readonly hold: Hold | null;
  readonly reasons: readonly Reason[];
};

/**
 * The input of a gate: the intent, its action type, and the answers to the earlier gates, which are
 * undefined if unknown.
 */
export type GateContext = {
  readonly intent: ActionIntentV1;
  readonly type: ActionTypeTerms;
  readonly mode: SeenMode | undefined;
  readonly posture: SeenPosture | undefined;
  readonly prediction: SeenPrediction | undefined;
  readonly evaluation: SeenEvaluation | undefined;
  /**
   * True if the posture and the prediction are recorded in the same event as the present look;
   * absent otherwise.
   */
  readonly together?: boolean;
};

/** The recorded part of a look, and the same part as a replay computes it. Both should be equal. */
export type LookComparison = { readonly recorded: unknown; readonly replayed: unknown };

/**
 * The parties that answered the gates. A replay asks them again, from the log alone, and each
 * returns its findings.
 */
export type GateWitnesses<Finding> = {
  readonly switches: (heads: readonly KillSwitchHead[]) => readonly Finding[];
  readonly posture: (answer: SeenPosture) => readonly Finding[];
  /** `reasons` are those of the gate's record. */
  readonly mode: (answer: SeenMode, reasons: readonly Reason[]) => readonly Finding[];
  readonly prediction: (answer: SeenPrediction) => readonly Finding[];
  /** `reasons` are those of the gate's record. */
  readonly evaluation: (evaluation: SeenEvaluation, reasons: readonly Reason[]) => readonly Finding[];
  readonly estimate: (estimate: ImpactEstimate | null) => readonly Finding[];
  readonly autoApproval: (saw: {
    readonly input: AutoApproveRequest;
    readonly answer: AutoApproveAnswer;
  }) => readonly Finding[];
  readonly consumed: (answer: ConsumeAnswer) => readonly Finding[];
};

/** The statuses of an ended action. */
export type EndStatus = Exclude<
  ActionStateName,
  'PENDING' | 'AWAITING_CONFIRMATION' | 'AWAITING_APPROVAL' | 'EXECUTING' | 'VALIDATING' | 'ROLLING_BACK'
>;

/** The statuses in which a refusal leaves an action. */
type RefusedStatus = Extract<EndStatus, 'DENIED' | 'BLOCKED' | 'PROPOSED' | 'CANCELLED'>;

/** A gate's refusal: the status in which it leaves the action, and the gate's own details. */
export type Refusal = {
  readonly status: RefusedStatus;
  /** For gate 5: the evaluation and the rule that denied; null if none did. */
  readonly evaluation_id?: string | null;
  readonly rule_id?: string | null;
};

/**
 * Everything that defines one gate. `Answer` is the reply that it gets, and `Sight` the part of it
 * that its record keeps.
 */
export type Gate<Answer, Sight extends object> = {
  /** Turns an answer into a look. Throws if the answer to an earlier gate is missing. */
  readonly see: (answer: Answer, before: GateContext) => Sight;
  /** Returns the reasons in the answer itself, if the gate uses these. No sight contains them. */
  readonly reasons?: (answer: Answer) => readonly Reason[];
  /**
   * Judges a look from the event alone, if necessary with the reasons of the answer. Throws, or
   * returns nothing, if the answer is unknown.
   */
  readonly judge: (saw: Sight, reasons: readonly Reason[]) => Judgement;
  /**
   * Returns the summary of a look, for a walk that a gate refuses. The summary gives the same
   * judgement as the whole look. Nobody continues from it, and the rest follows from the log.
   * `refuses`: this gate is the one that refuses. Absent for a gate that keeps its whole look.
   */
  readonly summary?: (saw: Sight, refuses: boolean) => Sight;
  /** Returns how a refusal ends the action; null for a gate that never refuses. */
  readonly refuse: ((reasons: readonly Reason[], saw: Sight) => Refusal) | null;
  /** Returns the content of a hold of this gate. */
  readonly content: (saw: Sight, reasons: readonly Reason[]) => HoldContent;
  /**
   * True if an approval of one content also covers another. `loadMoves`: the present prediction
   * follows the load of the network, so its figures move while an approval waits.
   */
  readonly covers: (said: HoldContent, now: HoldContent, loadMoves?: boolean) => boolean;
  /**
   * Computes again the part of the look that follows from the intent and the earlier gates; null if
   * no part does.
   */
  readonly lookAgain: (saw: Sight, before: GateContext) => LookComparison | null;
  /** Asks the party that answered the gate again. */
  readonly askAgain: <Finding>(
    saw: Sight,
    asked: GateWitnesses<Finding>,
    reasons: readonly Reason[],
  ) => readonly Finding[];
  /** Describes the look for a reader of the trace, one text per line. */
  readonly tell: (saw: Sight) => readonly string[];
};

export const pass: Judgement = { verdict: 'pass', hold: null, reasons: [] };
export const fail = (...reasons: readonly Reason[]): Judgement => ({ verdict: 'fail', hold: null, reasons });
export const ask = (hold: Hold, ...reasons: readonly Reason[]): Judgement => ({
  verdict: 'inconclusive',
  hold,
  reasons,
});

/** Returns a service's answer if it is a number. Throws otherwise, because it cannot be judged. */
export const number = (value: unknown, what: string): number => {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new TypeError(`${what} is not a number`);
  return value;
};

/**
 * Returns the answer to an earlier gate. Throws an error that calls it `what` if the answer is not
 * known.
 */
export const need = <T>(value: T | undefined, what: string): T => {
  if (value === undefined) throw new Error(`${what} was not seen before`);
  return value;
};
