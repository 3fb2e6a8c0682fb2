import { isObject } from '@interlock/kernel';

/**
 * One request to an MCP server that must not be written unless it may, and of which it is known
 * whether it was.
 */
export type OutgoingCall = {
  /** Called in the same synchronous step as the write; where it throws, nothing is written. */
  readonly beforeSend?: () => void;
  /** Not one byte of it is written as long as this is false. */
  written: boolean;
};

/**
 * The member of `_meta` that identifies a call. The gateway finds the call by it, and the server
 * uses it as the idempotency key.
 */
export const callMark = 'interlock/request_id';

/** True for what answers a request of the server: it has no method of its own. */
export const isAnswer = (message: unknown): boolean => isObject(message) && message['method'] === undefined;

/** The calls that a session is about to write, found again by their mark where the bytes go out. */
export class Outgoing {
  readonly #calls = new Map<string, OutgoingCall>();

  add(id: string, call: OutgoingCall): () => void {
    this.#calls.set(id, call);
    return () => {
      this.#calls.delete(id);
    };
  }

  /** The call of a message; undefined where it is none, such as a `tools/list`. */
  of(message: unknown): OutgoingCall | undefined {
    const params = isObject(message) && message['method'] === 'tools/call' ? message['params'] : undefined;
    const meta = isObject(params) ? params['_meta'] : undefined;
    const id = isObject(meta) ? meta[callMark] : undefined;
    return typeof id === 'string' ? this.#calls.get(id) : undefined;
  }
}
