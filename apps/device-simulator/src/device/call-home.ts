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

/** The calls of a device (RFC 8071): one connection at a time, and a new one whenever it ends. */
export class HomeCalls {
  #socket: Socket | undefined;
  #again: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(
    private readonly home: HomeAddress,
    private readonly serve: (socket: Socket) => void,
  ) {
    this.#call();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#again);
    this.#socket?.destroy();
  }

  #call(): void {
    const socket = connect({ ...this.home, noDelay: true });
    this.#socket = socket;
    socket.on('error', () => undefined);
    socket.once('connect', () => this.serve(socket));
    socket.once('close', () => {
      if (!this.#stopped) this.#again = setTimeout(() => this.#call(), againMs);
    });
  }
}
