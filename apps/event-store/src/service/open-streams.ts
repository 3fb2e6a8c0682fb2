import { constants, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import type { Server } from '@grpc/grpc-js';

/** Tracks the open HTTP/2 streams of a gRPC server, one for each call. */
export class OpenStreams {
  readonly #server: Server;
  readonly #watched = new WeakSet<Http2Server>();
  readonly #open = new Set<ServerHttp2Stream>();

  constructor(server: Server) {
    this.#server = server;
  }

  /**
   * Call it after the server is bound and before its first connection. The library cannot return
   * its HTTP/2 servers, so this reads the place where they are kept.
   */
  watch(): void {
    const { http2Servers } = this.#server as unknown as {
      readonly http2Servers?: ReadonlyMap<Http2Server, unknown>;
    };
    if (http2Servers === undefined)
      throw new Error('this release of the gRPC library keeps its HTTP/2 servers elsewhere');
    for (const http2Server of http2Servers.keys()) {
      if (this.#watched.has(http2Server)) continue;
      this.#watched.add(http2Server);
      http2Server.on('stream', (stream) => {
        this.#open.add(stream);
        stream.once('close', () => this.#open.delete(stream));
      });
    }
  }

  /**
   * Breaks off every open call, which its client sees as CANCELLED. An ended call stays open until
   * its client has taken all data; a reset overtakes that data.
   */
  reset(): void {
    for (const stream of this.#open) stream.close(constants.NGHTTP2_CANCEL);
  }
}
