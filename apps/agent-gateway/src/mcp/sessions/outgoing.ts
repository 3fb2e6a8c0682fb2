import { isObject } from '@interlock/kernel';

/**
 * One request to an MCP server that is checked right before it is written. It records whether it
 * was written.
 */
export type OutgoingCall = {
  /** Called synchronously right before the write. If it throws, nothing is written. */
  readonly beforeSend?: () => void;
  /** False as long as not one byte of the request was written. */
  written: boolean;
};

/**
 * The member of `_meta` that identifies a call. The gateway finds the call by it, and the server
 * uses it as the idempotency key.
 */
export const callMark = 'interlock/request_id';

/** Returns whether a message answers a request of the server. Answers have no method. */
export const isAnswer = (message: unknown): boolean => isObject(message) && message['method'] === undefined;

/**
 * The calls that a session is about to write. The transport finds them by their mark when it writes
 * the bytes.
 */
export class Outgoing {
  readonly #calls = new Map<string, OutgoingCall>();

  add(id: string, call: OutgoingCall): () => void {
    this.#calls.set(id, call);
    return () => this.#calls.delete(id);
  }

  /** Returns the call of a message. Undefined if the message is no call, such as a `tools/list`. */
  of(message: unknown): OutgoingCall | undefined {
    const params = isObject(message) && message['method'] === 'tools/call' ? message['params'] : undefined;
    const meta = isObject(params) ? params['_meta'] : undefined;
    const id = isObject(meta) ? meta[callMark] : undefined;
    return typeof id === 'string' ? this.#calls.get(id) : undefined;
  }
}
