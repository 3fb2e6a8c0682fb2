import { Agent, request } from 'node:https';
import { WebSocket } from 'ws';

/** A certificate with its key, and the authority of the consumer; each as PEM. */
export type ProducerKeys = { readonly cert?: string; readonly key?: string; readonly ca: string };
export type ConsumerAnswer = {
  readonly status: number;
  readonly location: string;
  readonly body: unknown;
};

/** How a stream is described to the consumer. */
export const streamInfo = (streamId: string, object: string, ...performanceMetrics: readonly string[]) => ({
  streamType: 'PERFORMANCE',
  serializationFormat: 'GPB',
  streamId,
  additionalInfo: { measObjDn: object, performanceMetrics, jobId: 'job-1' },
});

/**
 * A producer of performance data streams, as TS 28.532 has it: it announces a connection by HTTP,
 * and opens it as a WebSocket, both over TLS.
 */
export class StreamProducer {
  readonly #keys: ProducerKeys;
  readonly #agent: Agent;
  readonly #sockets: WebSocket[] = [];
  readonly base: string;

  /** `port`: where the consumer listens on this machine. */
  constructor(port: number, keys: ProducerKeys) {
    this.#keys = keys;
    this.#agent = new Agent({ ...keys, keepAlive: true });
    this.base = `https://127.0.0.1:${port}/StreamingDataReportingMnS/v1`;
  }

  /** Sends a request to a path below the service, or to an address. */
  call(method: string, place: string, body?: unknown): Promise<ConsumerAnswer> {
    const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const sent = request(
        place.startsWith('https:') ? place : `${this.base}${place}`,
        {
          method,
          agent: this.#agent,
          headers: { ...(text === undefined ? {} : { 'content-type': 'application/json' }) },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () => {
            const answer = Buffer.concat(chunks).toString('utf8');
            resolve({
              status: response.statusCode!,
              location: response.headers.location ?? '',
              body: answer === '' ? undefined : (JSON.parse(answer) as unknown),
            });
          });
        },
      );
      sent.on('error', reject);
      sent.end(text);
    });
  }

  announce(producer: string, ...streams: readonly object[]): Promise<ConsumerAnswer> {
    return this.call('POST', '/connections', { producer, streams });
  }

  /** Opens a connection that was announced, by its address. */
  open(address: string): Promise<WebSocket> {
    const socket = new WebSocket(address.replace(/^https/, 'wss'), { ...this.#keys });
    this.#sockets.push(socket);
    return new Promise((resolve, reject) => {
      socket.on('error', reject);
      socket.on('open', () => resolve(socket));
    });
  }

  /** Announces a connection and opens it. */
  async connect(producer: string, ...streams: readonly object[]): Promise<WebSocket> {
    const { status, location, body } = await this.announce(producer, ...streams);
    if (status !== 201) throw new Error(`the connection was refused: ${status} ${JSON.stringify(body)}`);
    return this.open(location);
  }

  /** Breaks every connection. */
  stop(): void {
    for (const socket of this.#sockets) socket.terminate();
    this.#agent.destroy();
  }
}

/** The code and the reason with which the other side ends a connection. */
export const endOf = (socket: WebSocket): Promise<{ readonly code: number; readonly reason: string }> =>
  new Promise((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString('utf8') }));
  });
