export type { DomainEvent, Recorded, Decider } from './decider.js';
export { evolveRecorded } from './decider.js';
export type { Decided, DecidedStreams } from './decided.js';
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
export { pick } from './pick.js';
export { sameJson } from './same-json.js';
export { whereAdded, whereLooser, whereLowered, whereRaised, whereRemoved } from './loosening.js';
export type { Loosens } from './loosening.js';
export {
  changeDecider,
  changeDigest,
  changeExpiryHours,
  changeStatuses,
  changeStream,
  invitedWithinDays,
  longestBreakGlassSeconds,
} from './change.js';
export type {
  ChangeCommand,
  ChangeContent,
  ChangeEvent,
  ChangeState,
  ChangeStatus,
  RequestedChange,
} from './change.js';
export {
  requiredPeopleDecider,
  requiredPeopleId,
  requiredPeopleInForce,
  requiredPeopleLoosens,
} from './required-people.js';
export type {
  RequiredPeople,
  RequiredPeopleCommand,
  RequiredPeopleEvent,
  RequiredPeopleState,
} from './required-people.js';
export { removedBefore, retentionDecider, retentionLoosens, retentionStream } from './retention.js';
export type { RetentionCommand, RetentionEvent, RetentionState } from './retention.js';
export { previewCommand } from './preview-command.js';
export type { CommandPreview } from './preview-command.js';
export { printable, short, shown } from './text.js';
export { backOffMs, nextLookMs } from './back-off.js';
export { holdsEvent, lookUp } from './holds-event.js';
export { inRounds } from './rounds.js';
export { cutNoteStream, cutThrough, isCutAfter } from './cut-log.js';
export type { LookedAt } from './holds-event.js';
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
  EventToAppend,
  RecordedEvent,
  ExpectedRevision,
  AppendResult,
  SubscriptionHandlers,
  SubscribeOptions,
  LogSubscription,
  StreamRetention,
  EventStore,
} from './event-store.js';
export { signedText } from './signature.js';
export {
  acceptApply,
  acceptTurn,
  isTurnHeld,
  isWorkOver,
  isWorkUnsent,
  noPlaceFor,
  mayStep,
  workStatus,
  txStateOf,
} from './executed-work.js';
export type {
  AcceptedWork,
  ExecutedWork,
  StepTable,
  TurnEvent,
  WithReasons,
  WorkCommand,
  WorkStage,
} from './executed-work.js';
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
export type { CommandContext, CommandResult, CommandHandlerOptions } from './command-context.js';
export { testMetadata, fold, given, recalledDecision } from './given.js';
export { halve, logMixture, rateEvidence } from './rate-evidence.js';
export { localTime } from './local-time.js';
export { shiftedThreshold } from './shifted-threshold.js';
