import { RequestOne } from 'nats/lib/nats-base-client/request.js';

/** The parts of the client 2.29 that the adapter uses. */
type Answered = {
  readonly timer: { readonly cancel: () => void };
  readonly deferred: { readonly resolve: (value: unknown) => void; readonly reject: (error: Error) => void };
  readonly mux: { readonly cancel: (request: unknown) => void };
  /** Where the request was made. */
  readonly ctx?: Error;
};

/**
 * Ends a request by its answer alone. For each message that a stream stores, the client 2.29 would
 * also make an error with a stack, saying that the request was cancelled, and throw it away.
 */
export const quickAnswers = (): void => {
  RequestOne.prototype.resolver = function (
    this: unknown,
    error: Error | null | undefined,
    message: unknown,
  ): void {
    const { timer, deferred, mux, ctx } = this as Answered;
    timer.cancel();
    if (error) {
      if (ctx !== undefined) error.stack = `${error.stack ?? ''}\n\n${ctx.stack ?? ''}`;
      deferred.reject(error);
    } else deferred.resolve(message);
    mux.cancel(this);
  } as typeof RequestOne.prototype.resolver;
};
