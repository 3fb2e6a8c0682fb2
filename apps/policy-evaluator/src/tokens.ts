/** The token of the policy index's log follower, of type `LogFollower`. */
export const FOLLOWER = Symbol('FOLLOWER');
/** The token of the history of earlier actions, of type `OpenWork<HistoryIndex>`. */
export const HISTORY = Symbol('HISTORY');
/** The token of the function that reports each evaluation, of type `EvaluationTelemetry`. */
export const EVALUATION_TELEMETRY = Symbol('EVALUATION_TELEMETRY');
