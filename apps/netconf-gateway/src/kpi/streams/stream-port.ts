import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { ProblemError } from '@interlock/kernel';
import { certificateFingerprint, tlsPolicy, weakKeyBits } from '@interlock/netconf';
import { WebSocketServer } from 'ws';
import type { GatewayConfig } from '../../config.js';
import { CallPort } from '../../sessions/call-port.js';
import { RefusalLog } from '../../sessions/refusal-log.js';
import type { TxLogger } from '../../tx/context.js';
import { Arrivals } from '../arrivals.js';
import { KpiSourceError } from '../kpi-source.js';
import { Connections, type Connection } from './connections.js';
import type { MeasurementStreams } from './measurement-streams.js';
import { Routes, type Answer, type ProducerRequest } from './routes.js';

/** The most bytes of a message, and of the body of a request. */
const mostBytes = 1024 * 1024;
/** The most TCP connections of one certificate. */
const mostSockets = 16;
/** How long a request may take. */
const requestMs = 30_000;
/** The most requests of one certificate in a minute. */
const mostRequests = 1000;

export type StreamPortConfig = Pick<
  GatewayConfig,
  'KPI_STREAMS_PORT' | 'KPI_STREAMS_CERT_FILE' | 'KPI_STREAMS_KEY_FILE' | 'NETCONF_CONNECT_MS'
>;
type Parts = {
  readonly config: StreamPortConfig;
  /** The address to listen on. */
  readonly host: string;
  readonly logger: TxLogger;
  readonly sources: readonly MeasurementStreams[];
  /** How often connections and the certificate are looked at. */
  readonly sweepMs?: number;
};
type Pem = { readonly cert: string; readonly key: string };
/** The key of a registered certificate. `sockets`: its TCP connections. */
type Producer = {
  readonly sources: readonly MeasurementStreams[];
  readonly requests: Arrivals;
  sockets: number;
};

const notSet = (name: string, detail: string, cause?: unknown): ProblemError =>
  new ProblemError(
    'validation-failed',
    `the port for performance data streams cannot open: ${name} ${detail}`,
    {
      violations: [{ pointer: `/${name}`, detail }],
      remedy: `set ${name}, or remove the sources of the kind measurement-streams`,
      cause,
    },
  );

/**
 * The port for producers of performance data streams: the consumer of the streaming data reporting
 * service of 3GPP TS 28.532. A producer is known by the key in its client certificate alone, as a
 * device over TLS is.
 */
export class StreamPort {
  readonly #parts: Parts;
  readonly #refusals: RefusalLog;
  readonly #connections: Connections;
  readonly #routes: Routes;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: mostBytes,
  });
  readonly #port: CallPort;
  readonly #server: Server;
  #pem: Pem;
  /** False while the files hold nothing that can be used. */
  #isRenewed = true;
  /** By the callers' address and port: their sockets, and what to call once they are identified. */
  readonly #callers = new Map<string, { readonly socket: Socket; readonly known: () => void }>();
  readonly #identified = new Map<TLSSocket, Producer>();
  /** By the fingerprints of their keys. */
  readonly #producers: ReadonlyMap<string, Producer>;
  #sweeper: NodeJS.Timeout | undefined;

  /** Throws `validation-failed` if a setting is missing, or a file cannot be used. */
  constructor(parts: Parts) {
    const { config, host, logger } = parts;
    if (config.KPI_STREAMS_PORT === undefined) throw notSet('KPI_STREAMS_PORT', 'is needed');
    this.#parts = parts;
    this.#producers = producersOf(parts.sources);
    this.#refusals = new RefusalLog(logger, 'a producer of performance data streams was refused');
    this.#connections = new Connections(this.#refusals);
    this.#routes = new Routes(this.#connections);
    this.#pem = { cert: this.#file('KPI_STREAMS_CERT_FILE'), key: this.#file('KPI_STREAMS_KEY_FILE') };
    try {
      this.#server = createServer({
        ...this.#pem,
        ...tlsPolicy,
        requestCert: true,
        // The pinned key decides, not an authority.
        rejectUnauthorized: false,
        ALPNProtocols: ['http/1.1'],
        handshakeTimeout: config.NETCONF_CONNECT_MS,
      });
    } catch (error) {
      throw notSet(
        'KPI_STREAMS_CERT_FILE',
        'and KPI_STREAMS_KEY_FILE do not hold a certificate and its key',
        error,
      );
    }
    this.#server.timeout = requestMs;
    this.#server.on('secureConnection', (socket) => this.#identify(socket));
    this.#server.on('tlsClientError', (error, socket) => this.#refuse(socket, error.message));
    this.#server.on('clientError', (_, socket) => socket.destroy());
    this.#server.on('request', (request, response) => void this.#requested(request, response));
    this.#server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
    this.#port = new CallPort({
      host,
      logger,
      onCall: (socket) => this.#called(socket),
      onTooMany: (socket) => this.#refuse(socket, 'too many callers are not identified'),
    });
  }

  /** The port on which it listens; null while it does not. */
  get port(): number | null {
    return this.#port.port;
  }

  /** Starts to listen. Throws the system's error if the port is taken. */
  async start(): Promise<void> {
    await this.#port.start(this.#parts.config.KPI_STREAMS_PORT!);
    this.#sweeper = setInterval(() => {
      this.#connections.sweep();
      this.#renew();
    }, this.#parts.sweepMs ?? 30_000);
    this.#sweeper.unref();
  }

  stop(): void {
    clearInterval(this.#sweeper);
    this.#port.stop();
    this.#connections.stop();
    for (const { socket } of this.#callers.values()) socket.destroy();
  }

  #file(name: 'KPI_STREAMS_CERT_FILE' | 'KPI_STREAMS_KEY_FILE'): string {
    const path = this.#parts.config[name];
    if (path === undefined) throw notSet(name, 'is needed');
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      throw notSet(name, 'cannot be read', error);
    }
  }

  /** Uses a renewed certificate. Files that cannot be used change nothing, and are logged once. */
  #renew(): void {
    const wasRenewed = this.#isRenewed;
    this.#isRenewed = false;
    try {
      const pem = { cert: this.#file('KPI_STREAMS_CERT_FILE'), key: this.#file('KPI_STREAMS_KEY_FILE') };
      if (pem.cert !== this.#pem.cert || pem.key !== this.#pem.key)
        this.#server.setSecureContext({ ...pem, ...tlsPolicy });
      this.#pem = pem;
      this.#isRenewed = true;
    } catch {
      // INVARIANT: the error is told without its text, which may name the key.
      if (wasRenewed)
        this.#parts.logger.warn({}, 'the certificate for performance data streams cannot be renewed');
    }
  }

  /** Runs the handshake on a connection. The promise settles when the caller is known, or gone. */
  #called(socket: Socket): Promise<void> {
    return new Promise((resolve) => {
      const caller = callerOf(socket);
      this.#callers.set(caller, { socket, known: resolve });
      socket.once('close', () => {
        this.#callers.delete(caller);
        resolve();
      });
      socket.setNoDelay(true);
      this.#server.emit('connection', socket);
    });
  }

  /** Finds the sources of a caller, who has proved that it holds the key of its certificate. */
  #identify(socket: TLSSocket): void {
    this.#callers.get(callerOf(socket))?.known();
    const { fault, fingerprint } = keyOf(socket);
    if (fault !== undefined) return this.#refuse(socket, fault);
    const producer = this.#producers.get(fingerprint);
    if (producer === undefined) return this.#refuse(socket, 'no source has its key', fingerprint);
    if (producer.sockets >= mostSockets)
      return this.#refuse(socket, `it has ${mostSockets} connections`, fingerprint);
    producer.sockets += 1;
    this.#identified.set(socket, producer);
    socket.once('close', () => {
      this.#identified.delete(socket);
      producer.sockets -= 1;
    });
    return undefined;
  }

  #refuse(socket: Socket, detail: string, fingerprint?: string): void {
    const from = socket.remoteAddress ?? '';
    socket.destroy();
    this.#refusals.warn(`${fingerprint ?? from} ${detail}`, {
      from,
      ...(fingerprint === undefined ? {} : { key_fingerprint: fingerprint }),
      detail,
    });
  }

  /** What a producer asks. Throws KpiSourceError if it has asked too often, or names no host. */
  #requestOf({ method = '', url = '', headers, socket }: IncomingMessage): ProducerRequest {
    const producer = this.#identified.get(socket as TLSSocket);
    const { host = '' } = headers;
    if (producer === undefined || !/^[\w.:[\]-]{1,255}$/.test(host))
      throw new KpiSourceError('the request has no host');
    producer.requests.add(1, performance.now());
    return { method, target: url, host, sources: producer.sources };
  }

  async #requested(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const reply = ({ status, location, body }: Answer): void => {
      response.writeHead(status, {
        ...(location === undefined ? {} : { location }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        // What is left of a body that is too long is not read.
        ...(status === 413 ? { connection: 'close' } : {}),
      });
      response.end(body === undefined ? undefined : JSON.stringify(body));
    };
    try {
      const asked = this.#requestOf(request);
      const body = await bodyOf(request);
      return reply('fault' in body ? body.fault : this.#routes.answer(asked, body.json));
    } catch (error) {
      if (error instanceof KpiSourceError) return reply(faulty(400, error.message).fault);
      // The producer broke off.
      if (!request.complete) return void response.destroy();
      this.#parts.logger.error({ err: error }, 'a request of a producer could not be answered');
      response.destroy();
      return undefined;
    }
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => undefined);
    let connection: Connection | undefined;
    try {
      connection = this.#routes.upgradeOf(this.#requestOf(request));
    } catch {
      // INVARIANT: an error inside an event would end the process.
      socket.destroy();
      return;
    }
    if (connection === undefined) {
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    const announced = connection;
    this.#sockets.handleUpgrade(request, socket, head, (opened) =>
      this.#connections.opened(announced, opened),
    );
  }
}

const producersOf = (sources: readonly MeasurementStreams[]): ReadonlyMap<string, Producer> =>
  new Map(
    [...Map.groupBy(sources, ({ entry }) => entry.key_fingerprint)].map(([fingerprint, own]) => [
      fingerprint,
      { sources: own, requests: new Arrivals(performance.now(), mostRequests, 'requests'), sockets: 0 },
    ]),
  );

/**
 * The fingerprint of the key that a caller has proved, or what is wrong with its certificate.
 * INVARIANT: no certificate of a stranger throws inside an event. That would end the process.
 */
const keyOf = (
  socket: TLSSocket,
):
  | { readonly fault: string; readonly fingerprint?: undefined }
  | { readonly fault?: undefined; readonly fingerprint: string } => {
  try {
    const certificate = socket.getPeerX509Certificate();
    if (certificate === undefined) return { fault: 'it showed no certificate' };
    const bits = weakKeyBits(certificate);
    return bits === undefined
      ? { fingerprint: certificateFingerprint(certificate) }
      : { fault: `its key has ${bits} bits` };
  } catch {
    return { fault: 'its certificate cannot be read' };
  }
};

/** Tells the TCP connections of callers apart. */
const callerOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;

const faulty = (status: number, errorInfo: string): { readonly fault: Answer } => ({
  fault: { status, body: { error: { errorInfo } } },
});

/** The JSON of a request; undefined if it has no body. */
const bodyOf = async (
  request: IncomingMessage,
): Promise<{ readonly json: unknown } | { readonly fault: Answer }> => {
  const chunks: Buffer[] = [];
  let size = 0;
  const signal = AbortSignal.timeout(requestMs);
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > mostBytes) return faulty(413, `a request has at most ${mostBytes} bytes`);
    if (signal.aborted) return faulty(408, 'the request took too long');
    chunks.push(chunk);
  }
  if (size === 0) return { json: undefined };
  try {
    return { json: JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown };
  } catch {
    return faulty(400, 'the body is not JSON');
  }
};
