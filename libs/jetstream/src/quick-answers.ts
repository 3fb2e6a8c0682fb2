import { RequestOne } from 'nats/lib/nats-base-client/request.js';

/** What the adapter reaches into of the client 2.29. */
type Answered = {
  readonly timer: { readonly cancel: () => void };
  readonly deferred: { readonly resolve: (value: unknown) => void; readonly reject: (error: Error) => void };
  readonly mux: { readonly cancel: (request: unknown) => void };
  /** Where the request was made. */
  readonly ctx?: Error;
};

/**
 * Ends a request by its answer alone. The client 2.29 itself also makes an error, with its stack, that says that the request was cancelled, and throws it away: for each
 * message that a stream takes.
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
