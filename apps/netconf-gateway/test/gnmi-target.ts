import { fileURLToPath } from 'node:url';
import {
  loadPackageDefinition,
  Server,
  ServerCredentials,
  type Metadata,
  type ServerDuplexStream,
  type ServiceDefinition,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

export type Request = {
  readonly subscribe?: {
    readonly prefix?: { readonly origin: string } | null;
    readonly subscription: readonly {
      readonly path: {
        readonly elem: readonly {
          readonly name: string;
          readonly key: { readonly [name: string]: string };
        }[];
      };
      readonly mode?: number;
      readonly sample_interval?: number;
      readonly heartbeat_interval?: number;
    }[];
    readonly mode: number;
    readonly encoding: number;
  };
};
export type Call = ServerDuplexStream<Request, object>;
type Answer = (call: Call, request: Request) => void;

const { gnmi } = loadPackageDefinition(
  loadSync(fileURLToPath(new URL('gnmi.proto', import.meta.url)), { keepCase: true, longs: Number }),
) as unknown as { readonly gnmi: { readonly gNMI: { readonly service: ServiceDefinition } } };

/** A gNMI target on this machine that answers each subscription as the test says. */
export class GnmiTarget {
  /** `at`: when it arrived, in milliseconds since the process began. */
  readonly requests: { readonly request: Request; readonly metadata: Metadata; readonly at: number }[] = [];
  #server: Server | undefined;
  #answer: Answer = () => undefined;

  async start(credentials = ServerCredentials.createInsecure()): Promise<string> {
    const server = new Server();
    server.addService(gnmi.gNMI.service, {
      Subscribe: (call: Call) => {
        call.on('error', () => undefined);
        call.on('data', (request: Request) => {
          this.requests.push({ request, metadata: call.metadata, at: performance.now() });
          this.#answer(call, request);
        });
      },
    });
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', credentials, (error, bound) => {
        if (error === null) resolve(bound);
        else reject(error);
      });
    });
    this.#server = server;
    return `127.0.0.1:${port}`;
  }

  answers(answer: Answer): void {
    this.#answer = answer;
  }

  stop(): void {
    this.#server?.forceShutdown();
  }
}

/** An update of a cell's leaf, with the list of cells in the prefix or in the path. */
export const update = (cell: string, leaf: string, val: object) => ({
  path: { elem: [{ name: 'cell', key: { id: cell } }, { name: 'state' }, { name: leaf }] },
  val,
});

/** Sends the updates as one notification, and then that everything was sent. */
export const sends =
  (timestampMs: number, ...updates: readonly object[]): Answer =>
  (call) => {
    call.write({
      update: { timestamp: timestampMs * 1e6, prefix: { elem: [{ name: 'cells' }] }, update: updates },
    });
    call.write({ sync_response: true });
    call.end();
  };
