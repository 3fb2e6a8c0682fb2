export type { DomainEvent, Recorded, Decider } from './command/decider.js';
export { evolveRecorded } from './command/decider.js';
export type { Decided, DecidedStreams } from './command/decided.js';
export { verdicts, worst, worstOf, done, skip, retry, stop } from './values/verdict.js';
export type { Verdict, Handled } from './values/verdict.js';
export { ProblemError, isProblem, refuseViolations, tracedFault } from './values/problem.js';
export type { ProblemOptions } from './values/problem.js';
export { canonicalJson, sha256Hex, contentHash, uuidV5, actionIdOf } from './values/hash.js';
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
} from './values/amount.js';
export type { Amount, Ratio } from './values/amount.js';
export { isObject } from './values/is-object.js';
export { isTexts } from './values/is-texts.js';
export { pick } from './values/pick.js';
export { quietJson } from './values/quiet-json.js';
export { riskLevelFloor, riskLevelOf } from './values/risk-level.js';
export { jsonTextFaults, negativeZero } from './values/json-text.js';
export { pointerPart } from './values/pointer.js';
export { sameJson } from './values/same-json.js';
export { whereAdded, whereLooser, whereLowered, whereRaised, whereRemoved } from './settings/loosening.js';
export type { Loosens } from './settings/loosening.js';
export {
  changeDecider,
  changeDigest,
  changeExpiryHours,
  changeStatuses,
  changeStream,
  invitedWithinDays,
  longestBreakGlassSeconds,
} from './settings/change.js';
export type {
  ChangeCommand,
  ChangeContent,
  ChangeEvent,
  ChangeState,
  ChangeStatus,
  RequestedChange,
} from './settings/change.js';
export {
  requiredPeopleDecider,
  requiredPeopleId,
  requiredPeopleInForce,
  requiredPeopleLoosens,
} from './settings/required-people.js';
export type {
  RequiredPeople,
  RequiredPeopleCommand,
  RequiredPeopleEvent,
  RequiredPeopleState,
} from './settings/required-people.js';
export { removedBefore, retentionDecider, retentionLoosens, retentionStream } from './settings/retention.js';
export type { RetentionCommand, RetentionEvent, RetentionState } from './settings/retention.js';
export { previewCommand } from './command/preview-command.js';
export type { CommandPreview } from './command/preview-command.js';
export { cutText, printable, short, shown } from './values/text.js';
export { backOffMs, nextLookMs } from './values/back-off.js';
export { holdsEvent, lookUp } from './log/holds-event.js';
export { inRounds } from './values/rounds.js';
export { cutNoteStream, cutThrough, isCutAfter } from './log/cut-log.js';
export type { LogReads as LookedAt } from './log/holds-event.js';
export {
  checkRevision,
  comparePositions,
  positionOrNull,
  positionText,
  parsePosition,
  writtenAt,
  WrongRevisionError,
  collect,
} from './log/event-store.js';
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
} from './log/event-store.js';
export { signedText } from './log/signature.js';
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
export { createUpcaster } from './log/upcast.js';
export type { UpcastStep } from './log/upcast.js';
export { releaseEvents, releaseId } from './log/release.js';
export type { ReleaseStarted } from './log/release.js';
export {
  noteEvents,
  noteParts,
  notedEvery,
  openWorkEvents,
  openWorkStream,
  wholeNotes,
} from './log/open-work.js';
export type { OpenWorkFold, OpenWorkNote, OpenWorkNoted } from './log/open-work.js';
export { asWriter, forgeryIn, genuine, logBehind, withholds } from './log/writer.js';
export { InMemoryEventStore } from './log/memory-store.js';
export { encodeCommand, isSameCommand, recallCommand } from './log/recorded-command.js';
export type { Command, RecordedCommand } from './log/recorded-command.js';
export { CommandHandler } from './command/handle-command.js';
export type { CommandContext, CommandResult, CommandHandlerOptions } from './command/command-context.js';
export { testMetadata, fold, given, recalledDecision } from './command/given.js';
export { halve, logMixture, rateEvidence } from './values/rate-evidence.js';
export { isDay, isExistingTime, isOrderedTime, utc } from './values/existing-time.js';
export { localTime } from './values/local-time.js';
export { shiftedThreshold } from './values/shifted-threshold.js';
