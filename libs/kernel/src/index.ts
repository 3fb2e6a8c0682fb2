export type { DomainEvent, InSpiteOfForgery, Recorded, Decider } from './decider.js';
export { evolveRecorded } from './decider.js';
export type { Decided, DecidedStreams } from './decided.js';
export type { WorkflowOutput, Workflow } from './workflow.js';
export { verdicts, worst, worstOf, done, skip, retry, stop } from './verdict.js';
export type { Verdict, Handled } from './verdict.js';
export { ProblemError, isProblem, refuseViolations } from './problem.js';
export type { ProblemOptions } from './problem.js';
export { canonicalJson, sha256Hex, contentHash, uuidV5, actionIdOf } from './hash.js';
export {
  amountOf,
  comparePercent,
  compareAmounts,
  increaseOf,
  minus,
  noAmount,
  numberOf,
  percentOf,
  plus,
  ratioOf,
  roseBeyond,
  times,
} from './amount.js';
export type { Amount, Ratio } from './amount.js';
export { isObject } from './is-object.js';
export { sameJson } from './same-json.js';
export { whereAdded, whereLooser, whereLowered, whereRaised, whereRemoved } from './loosening.js';
export type { Loosened, Loosens } from './loosening.js';
export { printable, short, shown } from './text.js';
export { backOffMs, nextLookMs } from './back-off.js';
export { holdsEvent, lookUp } from './holds-event.js';
export { inRounds } from './rounds.js';
export type { FoundAt, LogPlace, LookedAt } from './holds-event.js';
export {
  checkRevision,
  comparePositions,
  positionText,
  parsePosition,
  WrongRevisionError,
  collect,
} from './event-store.js';
export type {
  Position,
  EventMetadata,
  EventSignature,
  EventToAppend,
  RecordedEvent,
  ExpectedRevision,
  AppendResult,
  SubscriptionHandlers,
  SubscribeOptions,
  LogSubscription,
  EventStore,
} from './event-store.js';
export { signedText } from './signature.js';
export {
  acceptTurn,
  isTurnHeld,
  isWorkOver,
  isWorkUnsent,
  noPlaceFor,
  workStatus,
  txStateOf,
} from './executed-work.js';
export type { ExecutedWork, WorkStage } from './executed-work.js';
export { createUpcaster } from './upcast.js';
export type { UpcastStep } from './upcast.js';
export { releaseEvents } from './release.js';
export type { ReleaseStarted } from './release.js';
export {
  noteEvents,
  noteParts,
  notedEvery,
  openWorkEvents,
  openWorkStream,
  wholeNotes,
} from './open-work.js';
export type { OpenWorkFold, OpenWorkNote, OpenWorkNoted } from './open-work.js';
export { asWriter, forgeryIn, genuine, logBehind, withholds } from './writer.js';
export { InMemoryEventStore } from './memory-store.js';
export { encodeCommand, isSameCommand, recallCommand } from './recorded-command.js';
export type { Command, RecordedCommand } from './recorded-command.js';
export { CommandHandler } from './handle-command.js';
export type { CommandContext, CommandResult, CommandHandlerOptions } from './handle-command.js';
export { testMetadata, fold, given, recalledDecision } from './given.js';
export { halve, logMixture, rateEvidence } from './rate-evidence.js';
export { localTime } from './local-time.js';
export type { LocalTime } from './local-time.js';
export { shiftedThreshold } from './shifted-threshold.js';
