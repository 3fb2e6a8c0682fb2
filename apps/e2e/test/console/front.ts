import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const livePath = '/api/v1/live';
const listening = (server: Server): Promise<void> =>
  new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));

/**
 * A door before the edge that does what networks do: it refuses and cuts the live stream, loses
 * notes and adds some of its own.
 */
export class Front {
  /** Nobody gets the live stream; `held`: who asks for it waits for `letIn`. */
  liveDown: boolean | 'held' = false;
  /** Notes of the live stream do not arrive; its heartbeat does. */
  mute = false;
  /** The header `Last-Event-ID` of each connection to the live stream, in their order. */
  readonly resumed: (string | undefined)[] = [];
  /** The paths that were asked for, in their order, without the live stream. */
  readonly asked: string[] = [];
  readonly #streams = new Set<ServerResponse>();
  readonly #held: { readonly incoming: IncomingMessage; readonly outgoing: ServerResponse }[] = [];
  readonly #server: Server;
  #upstream = new URL('http://127.0.0.1');

  constructor() {
    this.#server = createServer((incoming, outgoing) => {
      const path = incoming.url ?? '/';
      if (path.startsWith(livePath)) this.#live(incoming, outgoing);
      else this.#pass(incoming, outgoing, path);
    });
  }

  async start(upstream: string): Promise<void> {
    this.#upstream = new URL(upstream);
    await listening(this.#server);
  }

  end(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** How many connections to the live stream are open. */
  get streams(): number {
    return this.#streams.size;
  }

  /** How many wait for the live stream. */
  get waiting(): number {
    return this.#held.filter(({ outgoing }) => !outgoing.destroyed).length;
  }

  /** Cuts every live stream in the middle. */
  cut(): void {
    for (const stream of this.#streams) stream.destroy();
  }

  /** Says something of its own on every live stream. */
  say(event: string, data: object): void {
    for (const stream of this.#streams) stream.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  #ask(incoming: IncomingMessage, answered: (answer: IncomingMessage) => void, failed: () => void): void {
    const asked = request(
      {
        host: this.#upstream.hostname,
        port: this.#upstream.port,
        method: incoming.method,
        path: incoming.url,
        headers: incoming.headers,
      },
      answered,
    );
    asked.once('error', failed);
    incoming.pipe(asked);
  }

  /** Answers whoever asked for the live stream since it was `held`, and is still there. */
  letIn(): void {
    this.liveDown = false;
    for (const { incoming, outgoing } of this.#held.splice(0))
      if (!outgoing.destroyed) this.#live(incoming, outgoing);
  }

  #live(incoming: IncomingMessage, outgoing: ServerResponse): void {
    if (this.liveDown === true) {
      outgoing.destroy();
      return;
    }
    if (this.liveDown === 'held') {
      this.#held.push({ incoming, outgoing });
      return;
    }
    const last = incoming.headers['last-event-id'];
    this.resumed.push(typeof last === 'string' ? last : undefined);
    this.#ask(
      incoming,
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        outgoing.flushHeaders();
        this.#streams.add(outgoing);
        let rest = '';
        answer.setEncoding('utf8').on('data', (text: string) => {
          const frames = `${rest}${text}`.split('\n\n');
          rest = frames.pop() ?? '';
          for (const frame of frames)
            if (!this.mute || frame.includes('event: time')) outgoing.write(`${frame}\n\n`);
        });
        answer.once('close', () => outgoing.end());
        outgoing.once('close', () => {
          this.#streams.delete(outgoing);
          answer.destroy();
        });
      },
      () => outgoing.destroy(),
    );
  }

  #pass(incoming: IncomingMessage, outgoing: ServerResponse, path: string): void {
    if (path.startsWith('/api/')) this.asked.push(`${incoming.method ?? ''} ${path}`);
    this.#ask(
      incoming,
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
      () => outgoing.destroy(),
    );
  }
}
