import { type ClientHttp2Session, connect } from 'node:http2';
import {
  GossipService,
  offeredOperations,
  ServerFeaturesService,
  StreamsService,
} from '../src/wire/protocol.js';

/** The paths of all the server's methods. */
export const METHODS: readonly string[] = [
  StreamsService,
  GossipService,
  ServerFeaturesService,
  offeredOperations,
].flatMap((service) =>
  Object.values(service as unknown as Record<string, { readonly path: string }>).map(({ path }) => path),
);

/** A message in gRPC's frame: a flag, its length, its bytes. */
export function frame(message: Uint8Array, { flag = 0, length = message.length } = {}): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(flag, 0);
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, message]);
}

export type Answer = { readonly status: string; readonly message: string; readonly bytes: number };

/** An HTTP/2 connection that need not speak gRPC. */
export class RawConnection {
  readonly session: ClientHttp2Session;
  readonly closed: Promise<void>;

  constructor(port: number) {
    this.session = connect(`http://127.0.0.1:${port}`);
    this.session.on('error', () => undefined);
    this.closed = new Promise((resolve) => this.session.once('close', () => resolve()));
  }

  /**
   * Sends these bytes as a request, and by default ends it; returns the status of the answer, or
   * `reset`.
   */
  call(path: string, bytes: Uint8Array, { end = true } = {}): Promise<Answer> {
    return new Promise((resolve) => {
      const stream = this.session.request(
        { ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' },
        { endStream: false },
      );
      let answer: Answer = { status: 'reset', message: '', bytes: 0 };
      const take = (headers: Record<string, unknown>): void => {
        if (headers['grpc-status'] !== undefined)
          answer = {
            ...answer,
            status: String(headers['grpc-status']),
            message: decodeURIComponent(String(headers['grpc-message'] ?? '')),
          };
      };
      stream.on('response', take);
      stream.on('trailers', take);
      stream.on('data', (chunk: Buffer) => {
        answer = { ...answer, bytes: answer.bytes + chunk.length };
      });
      stream.on('error', () => undefined);
      // A server that has answered need not wait for the end of the request.
      stream.once('end', () => {
        if (answer.status === 'reset') return;
        resolve(answer);
        stream.close();
      });
      stream.once('close', () => resolve(answer));
      if (end) stream.end(bytes);
      else if (bytes.length > 0) stream.write(bytes);
    });
  }

  async close(): Promise<void> {
    this.session.destroy();
    await this.closed;
  }
}
