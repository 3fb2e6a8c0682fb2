/** Injects what follows the log for the policy index, of type `LogFollower`. */
export const FOLLOWER = Symbol('FOLLOWER');
/** Injects what went before, of type `OpenWork<HistoryIndex>`. */
export const HISTORY = Symbol('HISTORY');
/** Injects what is told of each evaluation, of type `EvaluationTelemetry`. */
export const EVALUATION_TELEMETRY = Symbol('EVALUATION_TELEMETRY');
