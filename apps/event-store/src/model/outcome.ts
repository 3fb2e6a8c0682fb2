import {
  type CallError,
  accessDenied,
  deadlineExceeded,
  invalidArgument,
  maximumAppendSizeExceeded,
  stopping,
  streamDeleted,
  unknown,
  wrongExpectedVersion,
} from './errors.js';
import { MAX_APPEND_SIZE, type WriteOutcome, type WriteRequest } from './model.js';

export type Refusal = Exclude<WriteOutcome, { readonly kind: 'written' }>;

/** The gRPC error for a write that was not done. */
export function refusalError(
  refusal: Refusal,
  request: Pick<WriteRequest, 'stream' | 'expected'>,
): CallError {
  switch (refusal.kind) {
    case 'wrong_expected_version':
      return wrongExpectedVersion(request.stream, request.expected, refusal.actual);
    case 'stream_deleted':
      return streamDeleted(request.stream);
    case 'access_denied':
      return accessDenied();
    case 'too_large':
      return maximumAppendSizeExceeded(MAX_APPEND_SIZE);
    case 'bad_request':
      return invalidArgument(refusal.message);
    case 'timeout':
      return deadlineExceeded('the deadline had passed before the write was made');
    case 'stopping':
      return stopping();
    case 'failed':
      return unknown(refusal.message);
  }
}
