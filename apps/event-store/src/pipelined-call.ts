import { ServerInterceptingCall } from '@grpc/grpc-js';

/**
 * So many bytes of a call's messages may lie between it and its connection, and no more than have
 * left already: who breaks off soon has little made for it.
 */
const AHEAD_LIMIT = 64 * 1024;
/** What a message weighs besides its bytes. */
const MESSAGE_OVERHEAD = 64;

/**
 * A call whose messages go out together. The library sends a stream's message when the one before
 * has left, in a turn of the event loop and a write of the socket each; here they are handed on as
 * they come, up to a limit, and the connection takes all that has gathered at once.
 */
export class PipelinedCall extends ServerInterceptingCall {
  /** Bytes that were handed on and have not left, and those that have. */
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
