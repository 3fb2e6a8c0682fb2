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
import type { KillSwitchHead } from '../kill-switch.js';

export type Fact<Type extends string, Data> = { readonly type: Type; readonly data: Data };
export type WithReasons = { readonly reasons: readonly Reason[] };

export type Hold = 'approval' | 'window';

/** What a hold is about: what a person reads before a yes, and what that yes covers. Its members are the gate's own. */
export type HoldContent = JsonObject;

/** What a gate says of what it saw. `hold` asks for a person. */
export type Judgement = {
  readonly verdict: Exclude<Verdict, 'error'>;
  readonly hold: Hold | null;
  readonly reasons: readonly Reason[];
};

/** What a gate may build on: the intent, its action type, and what the gates before it were answered; undefined where that is not known. */
export type GateContext = {
  readonly intent: ActionIntentV1;
  readonly type: ActionTypeTerms;
  readonly mode: SeenMode | undefined;
  readonly posture: SeenPosture | undefined;
  readonly prediction: SeenPrediction | undefined;
  readonly evaluation: SeenEvaluation | undefined;
  /** The posture and the prediction are recorded in the same event as what is looked at now; absent where they are not. */
  readonly together?: boolean;
};

/** What was recorded of a look, and what a replay makes of it again. Both should be equal. */
export type LookComparison = { readonly recorded: unknown; readonly replayed: unknown };

/** The parties that answered the gates. A replay asks them again, from the log alone, and each returns what it found. */
export type GateWitnesses<Finding> = {
  readonly switches: (heads: readonly KillSwitchHead[]) => readonly Finding[];
  readonly posture: (answer: SeenPosture) => readonly Finding[];
  /** `reasons`: those of the gate. */
  readonly mode: (answer: SeenMode, reasons: readonly Reason[]) => readonly Finding[];
  readonly prediction: (answer: SeenPrediction) => readonly Finding[];
  /** `reasons`: those of the gate. */
  readonly evaluation: (evaluation: SeenEvaluation, reasons: readonly Reason[]) => readonly Finding[];
  readonly estimate: (estimate: ImpactEstimate | null) => readonly Finding[];
  readonly autoApproval: (saw: {
    readonly input: AutoApproveRequest;
    readonly answer: AutoApproveAnswer;
  }) => readonly Finding[];
  readonly consumed: (answer: ConsumeAnswer) => readonly Finding[];
};

/** The statuses of an action that is over. */
export type EndStatus = Exclude<
  ActionStateName,
  'PENDING' | 'AWAITING_CONFIRMATION' | 'AWAITING_APPROVAL' | 'EXECUTING' | 'VALIDATING' | 'ROLLING_BACK'
>;

/** The statuses that a refusal leaves an action in. */
export type RefusedStatus = Extract<EndStatus, 'DENIED' | 'BLOCKED' | 'PROPOSED' | 'CANCELLED'>;

/** A gate's refusal: the status that it leaves the action in, and the gate's own content. */
export type Refusal = {
  readonly status: RefusedStatus;
  /** Gate 5: the evaluation and the rule that denied; null where none did. */
  readonly evaluation_id?: string | null;
  readonly rule_id?: string | null;
};

/** A gate: all that is known of it. `Answer` is what it is told when it is asked, `Sight` what its record keeps of that. */
export type Gate<Answer, Sight extends object> = {
  /** Turns an answer into a look. Throws where a gate before it is missing. */
  readonly see: (answer: Answer, before: GateContext) => Sight;
  /** The reasons that the answer itself gives, where the gate gives these; they are in no sight. */
  readonly reasons?: (answer: Answer) => readonly Reason[];
  /** Judges a look, from the event alone, where need be by the reasons that the answer gave. Throws, or gives nothing, where the answer is none that is known. */
  readonly judge: (saw: Sight, reasons: readonly Reason[]) => Judgement;
  /**
   * What is left of a look where a gate of the same walk refuses: nobody goes on from it, and the rest follows from the log. It is judged as the whole look is.
   * `refuses`: it is this gate that refuses. Absent for a gate that keeps its whole look.
   */
  readonly summary?: (saw: Sight, refuses: boolean) => Sight;
  /** Says how a refusal ends the action; null for a gate that never refuses. */
  readonly refuse: ((reasons: readonly Reason[], saw: Sight) => Refusal) | null;
  /** Says what a hold of the gate is about. */
  readonly content: (saw: Sight, reasons: readonly Reason[]) => HoldContent;
  /** Tells whether a yes to one content is a yes to another. */
  readonly covers: (said: HoldContent, now: HoldContent) => boolean;
  /** Makes the part of the look again that follows from the intent and from the gates before; null where no part does. */
  readonly lookAgain: (saw: Sight, before: GateContext) => LookComparison | null;
  /** Asks whoever answered the gate again. */
  readonly askAgain: <Finding>(
    saw: Sight,
    asked: GateWitnesses<Finding>,
    reasons: readonly Reason[],
  ) => readonly Finding[];
  /** Tells the look to a reader of the trace, one text a line. */
  readonly tell: (saw: Sight) => readonly string[];
};

export const pass: Judgement = { verdict: 'pass', hold: null, reasons: [] };
export const fail = (...reasons: readonly Reason[]): Judgement => ({ verdict: 'fail', hold: null, reasons });
export const ask = (hold: Hold, ...reasons: readonly Reason[]): Judgement => ({
  verdict: 'inconclusive',
  hold,
  reasons,
});

/** Returns a service's answer where that is a number. Throws otherwise, because nothing else can be judged. */
export const number = (value: unknown, what: string): number => {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new TypeError(`${what} is no number`);
  return value;
};

/** Returns the answer to an earlier gate, which `what` names in the error that is thrown where the answer is not known. */
export const need = <T>(value: T | undefined, what: string): T => {
  if (value === undefined) throw new Error(`${what} was not seen before`);
  return value;
};
