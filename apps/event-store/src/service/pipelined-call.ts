import { ServerInterceptingCall } from '@grpc/grpc-js';

/**
 * How many bytes of a call's messages may wait for its connection, and never more than have already
 * left. So little is prepared for a client that soon breaks off.
 */
const AHEAD_LIMIT = 64 * 1024;
/** The overhead of a message beside its bytes. */
const MESSAGE_OVERHEAD = 64;

/**
 * A call whose messages are sent together. The library sends each message only after the previous
 * one has left, in its own turn of the event loop and socket write. Here messages are passed on at
 * once, up to a limit, and the connection takes all of them together.
 */
export class PipelinedCall extends ServerInterceptingCall {
  /** Bytes passed on that have not left, and bytes that have left. */
  #ahead = 0;
  #left = 0;
  #waiting: (() => void) | undefined;

  override sendMessage(message: unknown, callback: () => void): void {
    const weight = MESSAGE_OVERHEAD + (Buffer.isBuffer(message) ? message.length : 0);
    this.#ahead += weight;
    super.sendMessage(message, () => {
      this.#ahead -= weight;
      this.#left = Math.min(AHEAD_LIMIT, this.#left + weight);
      if (this.#waiting === undefined || !this.#hasRoom()) return;
      const next = this.#waiting;
      this.#waiting = undefined;
      next();
    });
    if (this.#hasRoom()) callback();
    else this.#waiting = callback;
  }

  #hasRoom(): boolean {
    return this.#ahead === 0 || this.#ahead < this.#left;
  }
}
