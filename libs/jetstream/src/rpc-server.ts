import { SpanKind } from '@opentelemetry/api';
import { subject } from '@interlock/contracts';
import { isProblem, ProblemError } from '@interlock/kernel';
import type { Msg, NatsConnection, Subscription } from 'nats';
import type { BusLogger } from './logger.js';
import { parseJson, type JetStreamContext } from './messages.js';
import { problemReply, type RpcReply } from './rpc-wire.js';
import { within } from './timing.js';
import { contextOf, incomingHeaders, inSpan } from './trace-context.js';

const drainMs = 1000;

export type RpcCommandSettings = {
  readonly connection: NatsConnection;
  /** Queue group: of all instances of a service, one answers. */
  readonly service: string;
  /** `<service>.<command>` */
  readonly name: string;
  readonly logger: BusLogger;
  readonly context: (subject: string, headers: { readonly [name: string]: string }) => JetStreamContext;
  readonly handle: (request: unknown, context: JetStreamContext) => Promise<unknown>;
  readonly onAnswered?: ((name: string, ok: boolean, seconds: number) => void) | undefined;
};

/** Serves one command of request and reply. */
export class RpcCommand {
  readonly #settings: RpcCommandSettings;
  readonly #running = new Set<Promise<void>>();
  readonly #subscription: Subscription;

  constructor(settings: RpcCommandSettings) {
    this.#settings = settings;
    const [service = '', command = ''] = settings.name.split('.');
    this.#subscription = settings.connection.subscribe(subject({ kind: 'rpc', service, command }), {
      queue: settings.service,
      callback: (error, message) => {
        if (error !== null) return;
        const run = this.#answer(message).finally(() => { this.#running.delete(run); });
        this.#running.add(run);
      },
    });
  }

  /** Takes no more requests and waits for the answers that are under way. */
  async stop(): Promise<void> {
    // While the connection is down a drain would wait until it is back.
    if (!this.#settings.connection.isClosed() && !(await within(this.#subscription.drain(), drainMs))) this.#subscription.unsubscribe();
    await Promise.all(this.#running);
  }

  async #answer(message: Msg): Promise<void> {
    const { name, onAnswered } = this.#settings;
    const began = performance.now();
    const reply = await this.#reply(message);
    onAnswered?.(name, 'ok' in reply, (performance.now() - began) / 1000);
    if (this.#send(message, reply)) return;
    this.#send(message, problemReply(new ProblemError('internal-error', 'the answer could not be sent: it is too large or has no JSON form')));
  }

  /** False where the reply did not go out: too large, no JSON, or the connection is closed. */
  #send(message: Msg, reply: RpcReply): boolean {
    try {
      return message.respond(JSON.stringify(reply));
    } catch (error) {
      this.#settings.logger.error({ err: error, rpc: this.#settings.name }, 'an answer could not be sent');
      return false;
    }
  }

  async #reply(message: Msg): Promise<RpcReply> {
    const { name, logger, handle, context } = this.#settings;
    const headers = incomingHeaders(message.headers);
    const request = parseJson(message.data);
    try {
      if (request === undefined) throw new ProblemError('malformed-json', 'the request is not JSON');
      const attributes = { 'rpc.system': 'nats', 'rpc.method': name };
      const answer = await inSpan(`serve ${name}`, SpanKind.SERVER, attributes, contextOf(headers['traceparent']), () => handle(request, context(message.subject, headers)));
      return { ok: answer ?? null };
    } catch (error) {
      if (!isProblem(error) || error.code === 'internal-error') logger.error({ err: error, rpc: name }, 'a command failed');
      return problemReply(error);
    }
  }
}
