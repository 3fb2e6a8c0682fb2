export { callDecider } from './call/decider.js';
export type {
  AcceptedCall,
  AnswerMark,
  AskedCallTurn,
  CallCommand,
  CallEvent,
  UndoNotes,
} from './call/events.js';
export { callPhases, isCallFinished, noCall } from './call/state.js';
export type { CallPhase, CallState, TakenTurn } from './call/state.js';
export { callStatus, callTxState } from './call/status.js';
export { agentsStreams, callRecall } from './recall.js';
export { largestAnswer, largestUndo, markedReasons, readAnswer, reasonsOfAnswer } from './answers.js';
export type { HandlerAnswers, UnfitAnswer } from './answers.js';
export { endpointName, impactOf, observationOf, payloadOf, planOf } from './plan.js';
export { askBreaker, closedBreaker, failuresToOpen, openForMs, toldBreaker } from './breaker.js';
export type { BreakerState } from './breaker.js';
