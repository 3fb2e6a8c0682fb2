import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { TxLogger } from '../tx/context.js';

/** The most callers at a time that are not identified yet: over all addresses, and from one. */
const mostPending = { total: 256, perAddress: 16 } as const;

/** Returns the network by which an address counts: IPv4 by itself, IPv6 by its /64. */
const networkOf = (address: string): string => {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined || !address.includes(':')) return mapped ?? address;
  const [head = '', tail = ''] = address.split('::');
  const groups = head.split(':').filter((group) => group !== '');
  const rest = tail.split(':').filter((group) => group !== '');
  const whole = [
    ...groups,
    ...Array<string>(Math.max(0, 8 - groups.length - rest.length)).fill('0'),
    ...rest,
  ];
  return whole.slice(0, 4).join(':');
};

type CallPortOptions = {
  /** The address to listen on. */
  readonly host: string;
  readonly logger: TxLogger;
  /** Serves a connection from a network. It counts as pending until this settles. */
  readonly onCall: (socket: Socket, network: string) => Promise<void>;
  /** Called for a connection beyond the limits. */
  readonly onTooMany: (socket: Socket) => void;
};

/** A port for devices that call home, which limits the callers that are not identified yet. */
export class CallPort {
  readonly #options: CallPortOptions;
  readonly #pending = new Map<Socket, string>();
  #server: Server | undefined;

  constructor(options: CallPortOptions) {
    this.#options = options;
  }

  /** The port on which it listens; null while it does not. */
  get port(): number | null {
    return (this.#server?.address() as AddressInfo | null | undefined)?.port ?? null;
  }

  /** Starts to listen. Throws the system's error if the port is taken. */
  async start(port: number): Promise<void> {
    const { host, logger } = this.#options;
    const server = createServer({ noDelay: true }, (socket) => void this.#called(socket));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, () => resolve());
    });
    server.on('error', (error) => {
      logger.warn({ err: error }, 'a connection of a device could not be accepted');
    });
    this.#server = server;
  }

  stop(): void {
    this.#server?.close();
  }

  async #called(socket: Socket): Promise<void> {
    socket.on('error', () => undefined);
    const network = networkOf(socket.remoteAddress ?? '');
    const fromThere = [...this.#pending.values()].filter((other) => other === network).length;
    if (this.#pending.size >= mostPending.total || fromThere >= mostPending.perAddress)
      return this.#options.onTooMany(socket);
    this.#pending.set(socket, network);
    try {
      await this.#options.onCall(socket, network);
    } catch (error) {
      socket.destroy();
      this.#options.logger.warn({ err: error }, 'a device that called home could not be served');
    } finally {
      this.#pending.delete(socket);
    }
  }
}
