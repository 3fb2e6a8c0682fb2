import { type ServerInterceptor, ServerListenerBuilder } from '@grpc/grpc-js';
import { atThisPace } from '@interlock/pace';
import { deadlineExceeded, invalidArgument } from '../model/errors.js';
import { isCut } from './cut-request.js';
import { PipelinedCall } from './pipelined-call.js';
import { StreamsService } from '../wire/protocol.js';

/** The default time that clients may keep the server waiting, in milliseconds. */
export const TIMEOUT_MS = atThisPace(20_000);

/**
 * Refuses calls whose request ends within a message. Ends calls whose request has begun but makes
 * no progress for that long. A batch call stays open by intent.
 */
export function wholeRequests(timeoutMs: number): ServerInterceptor {
  return (method, call) => {
    const timer =
      method.path === StreamsService.batchAppend.path
        ? undefined
        : setTimeout(() => call.sendStatus(deadlineExceeded('the request was not ended in time')), timeoutMs);
    const listener = new ServerListenerBuilder()
      .withOnReceiveMessage((message, next) => {
        timer?.refresh();
        next(message);
      })
      .withOnReceiveHalfClose((next) => {
        clearTimeout(timer);
        if (isCut(call)) call.sendStatus(invalidArgument('the request ends within a message'));
        else next();
      })
      .withOnCancel(() => clearTimeout(timer))
      .build();
    return new PipelinedCall(call, { start: (next) => next(listener) });
  };
}
