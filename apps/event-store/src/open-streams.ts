import { constants, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import type { Server } from '@grpc/grpc-js';

/** Knows which HTTP/2 streams, one for each call, are open on a gRPC server. */
export class OpenStreams {
  readonly #server: Server;
  readonly #watched = new WeakSet<Http2Server>();
  readonly #open = new Set<ServerHttp2Stream>();

  constructor(server: Server) {
    this.#server = server;
  }

  /**
   * To be called when the server was bound to an address, before its first connection. The library
   * has no way to ask for its HTTP/2 servers, only the place where they are kept.
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
   * Breaks off every call that is still open, which its client sees as CANCELLED. A call that was
   * ended stays open while its client takes no more of what was sent before the end; a reset
   * overtakes that.
   */
  reset(): void {
    for (const stream of this.#open) stream.close(constants.NGHTTP2_CANCEL);
  }
}
