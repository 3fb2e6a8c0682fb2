import { type ServerInterceptor, ServerListenerBuilder } from '@grpc/grpc-js';
import { atThisPace } from '@interlock/pace';
import { deadlineExceeded } from '../model/errors.js';
import { PipelinedCall } from './pipelined-call.js';
import { StreamsService } from '../wire/protocol.js';

/** The default time that clients may keep the server waiting, in milliseconds. */
export const TIMEOUT_MS = atThisPace(20_000);

/**
 * Ends calls whose request has begun but makes no progress for that long. A batch call stays open
 * by intent.
 */
export function requestTimeout(timeoutMs: number): ServerInterceptor {
  return (method, call) => {
    if (method.path === StreamsService.batchAppend.path) return new PipelinedCall(call);
    const timer = setTimeout(
      () => call.sendStatus(deadlineExceeded('the request was not ended in time')),
      timeoutMs,
    );
    const listener = new ServerListenerBuilder()
      .withOnReceiveMessage((message, next) => {
        timer.refresh();
        next(message);
      })
      .withOnReceiveHalfClose((next) => {
        clearTimeout(timer);
        next();
      })
      .withOnCancel(() => clearTimeout(timer))
      .build();
    return new PipelinedCall(call, { start: (next) => next(listener) });
  };
}
