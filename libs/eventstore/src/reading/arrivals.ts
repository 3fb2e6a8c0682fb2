import type { TransformCallback } from 'node:stream';
import type { AllStreamResolvedEvent, AllStreamSubscription } from '@eventstore/db-client';
import type { ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import type { Turns } from './turns.js';

/**
 * An event that a subscription hands out, and the size of its data; `unreadable`: an error that
 * came in its place.
 */
export type Arrival = AllStreamResolvedEvent & { readonly bytes?: number; readonly unreadable?: Error };
/**
 * The parts of the client's subscription that the adapter uses. Every event passes through here on
 * its way into the buffer.
 */
type Inner = {
  convertGrpcEvent: (message: ReadResp.ReadEvent) => Arrival;
  _transform: (message: unknown, encoding: BufferEncoding, next: TransformCallback) => Promise<void>;
};

/**
 * Counts events as they arrive, and pauses the log when enough of them wait. Catches a message that
 * cannot be converted, which the client would leave as an unhandled rejection.
 */
export const countArrivals = (subscription: AllStreamSubscription, turns: Turns): void => {
  const inner = subscription as unknown as Inner;
  const convert = inner.convertGrpcEvent.bind(inner);
  inner.convertGrpcEvent = (message) => {
    const bytes = message.getEvent()?.getData_asU8().length ?? 0;
    turns.came(bytes);
    try {
      return Object.assign(convert(message), { bytes });
    } catch (error) {
      return {
        unreadable: new Error(`the log sent an event that cannot be read: ${String(error)}`, {
          cause: error,
        }),
      };
    }
  };
  const transform = inner._transform.bind(inner);
  inner._transform = (message, encoding, next) =>
    transform(message, encoding, (error, arrival: unknown) => {
      if (arrival !== undefined) subscription.push(arrival);
      if (arrival === undefined || error) next(error);
      else turns.whenRoom(() => next());
    });
};
