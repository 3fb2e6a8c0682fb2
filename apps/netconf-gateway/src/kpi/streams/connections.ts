import { randomUUID } from 'node:crypto';
import { cutText } from '@interlock/kernel';
import type { WebSocket } from 'ws';
import type { RefusalLog } from '../../sessions/refusal-log.js';
import { KpiSourceError } from '../kpi-source.js';
import type { MeasurementStreams } from './measurement-streams.js';
import { ReportedStreams } from './reported-streams.js';
import type { ConnectionRequest } from './stream-info.dto.js';
import { decodeUnits } from './stream-units.js';

/** How long a connection without a WebSocket is kept for its producer. */
const keptMs = 60_000;
/** The most connections of one source that wait for their WebSocket. */
const mostWaiting = 4;

/** The status codes of RFC 6455 with which a connection is ended. */
const codes = { goingAway: 1001, unsupported: 1003, malformed: 1007, policy: 1008 } as const;

/**
 * A connection that a producer has announced. `socket`: null until it is opened, and after it
 * broke. `until`: when the connection is forgotten without a socket, by `performance.now()`.
 */
export type Connection = {
  readonly id: string;
  readonly source: MeasurementStreams;
  readonly streams: ReportedStreams;
  socket: WebSocket | null;
  /** True if the peer has sent something since the last look. */
  isAlive: boolean;
  until: number;
};

/** The connections of all producers. Each source has one that is open. */
export class Connections {
  readonly #all = new Map<string, Connection>();

  constructor(private readonly refusals: RefusalLog) {}

  /** Takes up a connection. Throws KpiSourceError if a stream of it cannot be taken. */
  announce(source: MeasurementStreams, { streams: infos }: ConnectionRequest): Connection {
    const streams = new ReportedStreams(source.entry, Date.now());
    streams.add(infos);
    const waiting = this.of([source]).filter(({ socket }) => socket === null);
    for (const oldest of waiting.slice(0, Math.max(0, waiting.length - mostWaiting + 1)))
      this.#all.delete(oldest.id);
    const connection: Connection = {
      id: randomUUID(),
      source,
      streams,
      socket: null,
      isAlive: true,
      until: performance.now() + keptMs,
    };
    this.#all.set(connection.id, connection);
    return connection;
  }

  /** The connections of these sources, the oldest first. */
  of(sources: readonly MeasurementStreams[]): readonly Connection[] {
    return [...this.#all.values()].filter(({ source }) => sources.includes(source));
  }

  /** Reads the stream units from the WebSocket of a connection. An earlier one is ended. */
  opened(connection: Connection, socket: WebSocket): void {
    for (const other of this.of([connection.source])) {
      if (other.socket === null) continue;
      const replaced = other.socket;
      if (other === connection) other.socket = null;
      else this.#forget(other, 'a newer connection has replaced it');
      replaced.close(codes.goingAway, 'a newer connection has replaced this one');
    }
    Object.assign(connection, { socket, isAlive: true });
    connection.source.began(connection.streams);
    // INVARIANT: nothing that a producer sends throws inside an event. That would end the process.
    socket.on('error', (error) => this.#fail(connection, socket, codes.policy, error.message));
    socket.on('message', (data, isBinary) => this.#take(connection, socket, data as Buffer, isBinary));
    socket.on('pong', () => {
      connection.isAlive = true;
    });
    socket.on('close', (code) => {
      if (connection.socket !== socket) return;
      const why = 'its producer has ended the connection';
      if (code === 1000) this.#forget(connection, why);
      else {
        Object.assign(connection, { socket: null, until: performance.now() + keptMs });
        connection.source.ended(connection.streams, 'the connection of its producer broke');
      }
    });
  }

  /** Ends connections whose peers do not answer, and forgets those that were not opened. */
  sweep(): void {
    for (const connection of this.#all.values()) {
      const { socket, isAlive, until } = connection;
      if (socket === null) {
        if (until < performance.now()) this.#all.delete(connection.id);
      } else if (isAlive) {
        connection.isAlive = false;
        socket.ping();
      } else socket.terminate();
    }
  }

  /** Ends all connections. */
  stop(): void {
    for (const connection of this.#all.values()) {
      const { socket } = connection;
      this.#forget(connection, 'the gateway is stopping');
      socket?.close(codes.goingAway, 'the gateway is stopping');
      // The process does not wait for producers.
      socket?.terminate();
    }
  }

  #take(connection: Connection, socket: WebSocket, data: Buffer, isBinary: boolean): void {
    // Messages still arrive after this side has ended the connection.
    if (connection.socket !== socket) return;
    connection.isAlive = true;
    if (!isBinary) {
      this.#fail(connection, socket, codes.unsupported, 'it sent a text, not a binary message');
      return;
    }
    try {
      connection.streams.take(decodeUnits(data), Date.now());
    } catch (error) {
      if (error instanceof KpiSourceError) this.#fail(connection, socket, codes.policy, error.message);
      else this.#fail(connection, socket, codes.malformed, 'it sent a message that cannot be read');
    }
  }

  /** Ends a connection that this side cannot go on with. Its producer has to announce a new one. */
  #fail(connection: Connection, socket: WebSocket, code: number, why: string): void {
    if (connection.socket !== socket) return;
    this.#forget(connection, why);
    const { name } = connection.source;
    this.refusals.warn(`${name} ${code}`, { source: name, detail: why });
    // A reason has at most 123 bytes.
    socket.close(code, cutText(why, 100).replaceAll(/[^\x20-\x7e]/g, '?'));
  }

  #forget(connection: Connection, why: string): void {
    connection.socket = null;
    this.#all.delete(connection.id);
    connection.source.ended(connection.streams, why);
  }
}
