import type { sendUnaryData, ServerReadableStream, ServerUnaryCall } from '@grpc/grpc-js';
import type {
  AppendReq,
  AppendResp,
  DeleteReq,
  DeleteResp,
  TombstoneReq,
  TombstoneResp,
} from '@eventstore/db-client/generated/streams_pb.js';
import {
  type CallError,
  invalidArgument,
  maximumAppendSizeExceeded,
  resourceExhausted,
} from '../model/errors.js';
import { exactRevision, nothingExpected } from '../model/expected.js';
import {
  type ExpectedRevision,
  MAX_APPEND_SIZE,
  type ProposedEvent,
  type WriteOutcome,
  type WriteRequest,
} from '../model/model.js';
import { refusalError } from '../model/outcome.js';
import { checkStreamName, parseProposal, proposalSize } from '../model/proposal.js';
import { sharedMessages, streamsMessages } from '../wire/protocol.js';

/**
 * The limit for an append's events, in bytes, with an overhead for each event. A heavier append is
 * refused even if its data is small.
 */
const WEIGHT_LIMIT = 64 * 1024 * 1024;
const EVENT_OVERHEAD = 1024;

/** Writes as the caller of the call. */
export type Write = (request: WriteRequest, answer: (outcome: WriteOutcome) => void) => void;

type ExpectedOptions = {
  hasRevision(): boolean;
  getRevision(): string;
  hasNoStream(): boolean;
  hasAny(): boolean;
  hasStreamExists(): boolean;
  getStreamIdentifier(): { getStreamName_asU8(): Uint8Array } | undefined;
};

function parseOptions(options: ExpectedOptions | undefined): Pick<WriteRequest, 'stream' | 'expected'> {
  if (options === undefined) throw invalidArgument('the request has no options');
  const stream = Buffer.from(options.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString('utf8');
  if (stream === '') throw invalidArgument('the stream has no name');
  const expected: ExpectedRevision = options.hasNoStream()
    ? 'no_stream'
    : options.hasStreamExists()
      ? 'stream_exists'
      : options.hasRevision()
        ? exactRevision(BigInt(options.getRevision()))
        : options.hasAny()
          ? 'any'
          : nothingExpected();
  return { stream, expected };
}

function wrongExpectedVersion(expected: ExpectedRevision, actual: number): AppendResp {
  const wrong = new streamsMessages.AppendResp.WrongExpectedVersion();
  const empty = new sharedMessages.Empty();
  if (actual < 0) wrong.setCurrentNoStream(empty);
  else wrong.setCurrentRevision(actual.toString());
  if (expected === 'any') wrong.setExpectedAny(empty);
  else if (expected === 'no_stream') wrong.setExpectedNoStream(empty);
  else if (expected === 'stream_exists') wrong.setExpectedStreamExists(empty);
  else wrong.setExpectedRevision(expected.toString());
  return new streamsMessages.AppendResp().setWrongExpectedVersion(wrong);
}

function appended(revision: number, position: number | undefined): AppendResp {
  const success = new streamsMessages.AppendResp.Success();
  if (revision < 0) success.setNoStream(new sharedMessages.Empty());
  else success.setCurrentRevision(revision.toString());
  if (position === undefined) {
    success.setNoPosition(new sharedMessages.Empty());
  } else {
    const at = new streamsMessages.AppendResp.Position();
    at.setCommitPosition(position.toString());
    at.setPreparePosition(position.toString());
    success.setPosition(at);
  }
  return new streamsMessages.AppendResp().setSuccess(success);
}

/**
 * The append call of one stream: options first, then one event a message. Returns a function that
 * ends it early. INVARIANT: a write is done whole or not at all, and a request that its client
 * broke off is not written. Node ends such a request like a finished one, and reports the break
 * only later in the same turn of the event loop. So nothing is written before the next turn.
 */
export function append(
  call: ServerReadableStream<AppendReq, AppendResp>,
  callback: sendUnaryData<AppendResp>,
  write: Write,
): (error: CallError) => void {
  let target: Pick<WriteRequest, 'stream' | 'expected'> | undefined;
  const events: ProposedEvent[] = [];
  let size = 0;
  let weight = 0;
  let answered = false;
  const answer = (error: CallError | null, response?: AppendResp): void => {
    if (answered) return;
    answered = true;
    callback(error, response);
  };
  call.on('data', (message: AppendReq) => {
    if (answered) return;
    try {
      if (target === undefined) {
        target = parseOptions(message.getOptions());
        checkStreamName(target.stream);
        return;
      }
      const proposed = message.getProposedMessage();
      if (proposed === undefined) throw invalidArgument('after the options come events, one a message');
      const event = parseProposal(proposed);
      size += proposalSize(event);
      if (size > MAX_APPEND_SIZE) throw maximumAppendSizeExceeded(MAX_APPEND_SIZE);
      weight += EVENT_OVERHEAD + proposalSize(event) + 2 * event.type.length;
      if (weight > WEIGHT_LIMIT) throw resourceExhausted('too many events in one append');
      events.push(event);
    } catch (error) {
      answer(error as CallError);
    }
  });
  call.on('error', (error) => answer(invalidArgument(error.message)));
  call.on('end', () =>
    setImmediate(() => {
      if (answered || call.cancelled) return;
      if (target === undefined) {
        answer(invalidArgument('the request has no options'));
        return;
      }
      const request: WriteRequest = { kind: 'append', ...target, events };
      write(request, (outcome) => {
        if (outcome.kind === 'written') answer(null, appended(outcome.revision, outcome.position));
        else if (outcome.kind === 'wrong_expected_version')
          answer(null, wrongExpectedVersion(request.expected, outcome.actual));
        else answer(refusalError(outcome, request));
      });
    }),
  );
  return answer;
}

/**
 * Deletes a stream softly. It reads as not found, and continues after its last revision when it is
 * written again.
 */
export function deleteStream(
  call: ServerUnaryCall<DeleteReq, DeleteResp>,
  callback: sendUnaryData<DeleteResp>,
  write: Write,
): void {
  const request: WriteRequest = { kind: 'delete', ...parseOptions(call.request.getOptions()), events: [] };
  write(request, (outcome) => {
    if (outcome.kind !== 'written') {
      callback(refusalError(outcome, request));
      return;
    }
    const at = new streamsMessages.DeleteResp.Position();
    at.setCommitPosition(String(outcome.position));
    at.setPreparePosition(String(outcome.position));
    callback(null, new streamsMessages.DeleteResp().setPosition(at));
  });
}

/** Deletes a stream forever: it can be neither read nor written again. */
export function tombstoneStream(
  call: ServerUnaryCall<TombstoneReq, TombstoneResp>,
  callback: sendUnaryData<TombstoneResp>,
  write: Write,
): void {
  const request: WriteRequest = { kind: 'tombstone', ...parseOptions(call.request.getOptions()), events: [] };
  write(request, (outcome) => {
    if (outcome.kind !== 'written') {
      callback(refusalError(outcome, request));
      return;
    }
    const at = new streamsMessages.TombstoneResp.Position();
    at.setCommitPosition(String(outcome.position));
    at.setPreparePosition(String(outcome.position));
    callback(null, new streamsMessages.TombstoneResp().setPosition(at));
  });
}
