import { SpanKind } from '@opentelemetry/api';
import { mayCall, parseSubject, subject } from '@interlock/contracts';
import { isProblem, ProblemError } from '@interlock/kernel';
import type { Msg, NatsConnection, Subscription } from 'nats';
import type { BusLogger } from '../connection/logger.js';
import { parseJson, type JetStreamContext } from '../messages/messages.js';
import { serveLocally } from './rpc-local.js';
import { problemReply, type RpcReply } from './rpc-wire.js';
import { within } from '../messages/timing.js';
import { contextOf, incomingHeaders, inSpan } from '../messages/trace-context.js';

const drainMs = 1000;
const unsendable = JSON.stringify(
  problemReply(
    new ProblemError('internal-error', 'the answer could not be sent: it is too large or has no JSON form'),
  ),
);

export type RpcCommandSettings = {
  readonly connection: NatsConnection;
  /** The service that answers. */
  readonly service: string;
  /** Queue group: one of all its instances answers; by default the service's name. */
  readonly group?: string;
  /** `<service>.<command>` */
  readonly name: string;
  readonly logger: BusLogger;
  readonly context: (subject: string, headers: { readonly [name: string]: string }) => JetStreamContext;
  readonly handle: (request: unknown, context: JetStreamContext) => Promise<unknown>;
  readonly onAnswered?: ((name: string, ok: boolean, seconds: number) => void) | undefined;
};

/** Serves one request/reply command. */
export class RpcCommand {
  readonly #settings: RpcCommandSettings;
  readonly #running = new Set<Promise<void>>();
  readonly #subscription: Subscription;
  readonly #leave: () => void;

  constructor(settings: RpcCommandSettings) {
    this.#settings = settings;
    const [service = '', command = ''] = settings.name.split('.');
    this.#leave = serveLocally(settings.connection, settings.name, (payload, on, headers) => {
      const answer = this.#answerText(payload, on, headers);
      this.#keep(answer);
      return answer;
    });
    this.#subscription = settings.connection.subscribe(
      subject({ kind: 'rpc', service, command, caller: '*' }),
      {
        queue: settings.group ?? settings.service,
        callback: (error, message) => {
          if (error !== null) return;
          this.#keep(this.#answer(message));
        },
      },
    );
  }

  /** Takes no more requests and waits for the answers in progress. */
  async stop(): Promise<void> {
    this.#leave();
    // While the connection is down, a drain would wait until it returns.
    if (!this.#settings.connection.isClosed() && !(await within(this.#subscription.drain(), drainMs)))
      this.#subscription.unsubscribe();
    await Promise.all(this.#running);
  }

  #keep(answering: Promise<unknown>): void {
    const run = answering
      .then(
        () => undefined,
        () => undefined,
      )
      .finally(() => this.#running.delete(run));
    this.#running.add(run);
  }

  async #answer(message: Msg): Promise<void> {
    const text = await this.#answerText(message.data, message.subject, incomingHeaders(message.headers));
    if (this.#send(message, text)) return;
    this.#send(message, unsendable);
  }

  /** The reply's JSON; `internal-error` if it has none or if the bus would not carry it. */
  async #answerText(
    payload: string | Uint8Array,
    on: string,
    headers: { readonly [name: string]: string },
  ): Promise<string> {
    const { name, onAnswered, connection, logger } = this.#settings;
    const began = performance.now();
    const reply = await this.#reply(payload, on, headers);
    onAnswered?.(name, 'ok' in reply, (performance.now() - began) / 1000);
    try {
      const text = JSON.stringify(reply);
      if (text.length <= (connection.info?.max_payload ?? text.length)) return text;
      logger.error({ rpc: name, length: text.length }, 'an answer is too large to be sent');
    } catch (error) {
      logger.error({ err: error, rpc: name }, 'an answer has no JSON form');
    }
    return unsendable;
  }

  /** False if the reply was not sent: it is too large, or the connection is closed. */
  #send(message: Msg, text: string): boolean {
    try {
      return message.respond(text);
    } catch (error) {
      this.#settings.logger.error({ err: error, rpc: this.#settings.name }, 'an answer could not be sent');
      return false;
    }
  }

  async #reply(
    payload: string | Uint8Array,
    on: string,
    headers: { readonly [name: string]: string },
  ): Promise<RpcReply> {
    const { name, service, logger, handle, context } = this.#settings;
    const request = typeof payload === 'string' ? (JSON.parse(payload) as unknown) : parseJson(payload);
    try {
      // INVARIANT: checked here too, although the bus refuses every other user, because a command
      // within the process has not been on the bus.
      const parsed = parseSubject(on);
      if (parsed?.kind !== 'rpc' || !mayCall(parsed.caller, name))
        throw new ProblemError(
          'wrong-caller',
          `\`${parsed?.kind === 'rpc' ? parsed.caller.slice(0, 64) : on.slice(0, 64)}\` may not call \`${name}\``,
        );
      if (request === undefined) throw new ProblemError('malformed-json', 'the request is not JSON');
      const [, command = ''] = name.split('.');
      const attributes = { 'rpc.system': 'nats', 'rpc.service': service, 'rpc.method': command };
      const parent = contextOf(headers['traceparent']);
      const answer = await inSpan(
        { name: `serve ${name}`, kind: SpanKind.SERVER, attributes, parent, service },
        () => handle(request, context(on, headers)),
      );
      return { ok: answer ?? null };
    } catch (error) {
      if (!isProblem(error) || error.code === 'internal-error')
        logger.error({ err: error, rpc: name }, 'a command failed');
      return problemReply(error);
    }
  }
}
