import { status } from '@grpc/grpc-js';
import type { Message } from 'google-protobuf';
import { type AppendEcho, encodeBatchReply } from './batch-wire.js';
import { type ExpectedRevision, MAX_APPEND_SIZE, type WriteOutcome } from '../model/model.js';
import type { Refusal } from '../model/outcome.js';
import { Any, protobufEmpty, sharedMessages, statusMessages } from './protocol.js';
import { streamIdentifier } from './responses.js';

const empty = (): InstanceType<typeof protobufEmpty.Empty> => new protobufEmpty.Empty();

function wrongExpectedVersion(expected: ExpectedRevision, actual: number): Message {
  const detail = new sharedMessages.WrongExpectedVersion();
  if (actual < 0) detail.setCurrentNoStream(empty());
  else detail.setCurrentStreamRevision(actual.toString());
  if (expected === 'any') detail.setExpectedAny(empty());
  else if (expected === 'no_stream') detail.setExpectedNoStream(empty());
  else if (expected === 'stream_exists') detail.setExpectedStreamExists(empty());
  else detail.setExpectedStreamPosition(expected.toString());
  return detail;
}

/** The code, text, and packed detail by which the client distinguishes refusals. */
function describe(
  refusal: Refusal,
  asked: AppendEcho,
): readonly [code: number, text: string, name: string, detail: Message] {
  switch (refusal.kind) {
    case 'wrong_expected_version':
      return [
        status.ALREADY_EXISTS,
        'wrong expected version',
        'WrongExpectedVersion',
        wrongExpectedVersion(asked.expected, refusal.actual),
      ];
    case 'stream_deleted': {
      const detail = new sharedMessages.StreamDeleted();
      detail.setStreamIdentifier(streamIdentifier(asked.stream));
      return [status.NOT_FOUND, 'stream deleted', 'StreamDeleted', detail];
    }
    case 'access_denied':
      return [status.PERMISSION_DENIED, 'access denied', 'AccessDenied', new sharedMessages.AccessDenied()];
    case 'too_large': {
      const detail = new sharedMessages.MaximumAppendSizeExceeded();
      detail.setMaxappendsize(MAX_APPEND_SIZE);
      return [status.INVALID_ARGUMENT, 'maximum append size exceeded', 'MaximumAppendSizeExceeded', detail];
    }
    case 'bad_request': {
      const detail = new sharedMessages.BadRequest();
      detail.setMessage(refusal.message);
      return [status.INVALID_ARGUMENT, refusal.message, 'BadRequest', detail];
    }
    case 'timeout':
      return [
        status.DEADLINE_EXCEEDED,
        'the deadline had passed before the write was made',
        'Timeout',
        new sharedMessages.Timeout(),
      ];
    case 'stopping':
      return [status.CANCELLED, 'the server is stopping', 'Unknown', new sharedMessages.Unknown()];
    case 'failed':
      return [status.UNKNOWN, refusal.message, 'Unknown', new sharedMessages.Unknown()];
  }
}

function errorStatus(refusal: Refusal, asked: AppendEcho): InstanceType<typeof statusMessages.Status> {
  const [code, text, name, detail] = describe(refusal, asked);
  const packed = new Any();
  packed.pack(detail.serializeBinary(), `event_store.client.${name}`);
  const error = new statusMessages.Status();
  error.setCode(code as Parameters<typeof error.setCode>[0]);
  error.setMessage(text);
  error.setDetails(packed);
  return error;
}

/**
 * The answer to one append of a batch call. The official client reads the stream's name in every
 * refusal.
 */
export function batchReply(asked: AppendEcho, outcome: WriteOutcome): Buffer {
  return encodeBatchReply(
    asked,
    outcome.kind === 'written' ? outcome : { error: errorStatus(outcome, asked).serializeBinary() },
  );
}
