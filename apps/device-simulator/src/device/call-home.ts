import { connect, type Socket } from 'node:net';

/** Where a device calls home. */
export type HomeAddress = { readonly host: string; readonly port: number };

/** How long a device waits before it calls again, in milliseconds. */
const againMs = 500;

/**
 * Returns the address in a text `HOST:PORT` or `[V6]:PORT`.
 * @throws RangeError if it is none
 */
export const homeAddress = (text: string): HomeAddress => {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:\s]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const number = Number(port);
  if (host === undefined || number < 1 || number > 65_535)
    throw new RangeError(`\`${text}\` is not an address to call, as \`HOST:PORT\``);
  return { host, port: number };
};

/** How a device calls home. */
export type HomeCallsOptions = {
  readonly home: HomeAddress;
  /** The largest number of connections that it holds at a time. */
  readonly most: number;
  /** Serves a connection. `taken` is called when its only session begins. */
  readonly serve: (socket: Socket, taken: () => void) => void;
};

/**
 * The calls of a device (RFC 8071). One connection waits for the client at any time, unless the
 * most are open. A new one is opened when it ends, or when its only session begins.
 */
export class HomeCalls {
  readonly #open = new Set<Socket>();
  #waiting: Socket | undefined;
  #again: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(private readonly options: HomeCallsOptions) {
    this.#call();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#again);
    for (const socket of this.#open) socket.destroy();
  }

  #call(): void {
    const { home, most, serve } = this.options;
    if (this.#stopped || this.#waiting !== undefined || this.#open.size >= most) return;
    clearTimeout(this.#again);
    const socket = connect({ ...home, noDelay: true });
    this.#waiting = socket;
    this.#open.add(socket);
    const leave = (): void => {
      if (this.#waiting === socket) this.#waiting = undefined;
    };
    socket.on('error', () => undefined);
    socket.once('connect', () =>
      serve(socket, () => {
        leave();
        this.#call();
      }),
    );
    socket.once('close', () => {
      leave();
      this.#open.delete(socket);
      clearTimeout(this.#again);
      if (!this.#stopped) this.#again = setTimeout(() => this.#call(), againMs);
    });
  }
}
