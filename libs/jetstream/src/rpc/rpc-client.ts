import { SpanKind } from '@opentelemetry/api';
import { defaults, subject, type CalledName, type RpcAnswer, type RpcRequest } from '@interlock/contracts';
import { isProblem, ProblemError } from '@interlock/kernel';
import { atThisPace } from '@interlock/pace';
import { ErrorCode, Events, NatsError, type NatsConnection } from 'nats';
import { busProblem } from '../connection/bus-problem.js';
import { answeredBy } from '../connection/connect.js';
import { localCommand, type LocalCommand } from './rpc-local.js';
import { readReply } from './rpc-wire.js';
import { activeTraceparent, inSpan, outgoingHeaders } from '../messages/trace-context.js';

export type CallOptions = {
  /**
   * Milliseconds until the service counts as unreachable; by default 2000 times the pace of the
   * machine.
   */
  readonly deadlineMs?: number;
};
export type RpcOptions = CallOptions & {
  /**
   * The calling user. It is part of the subject, and the bus allows each user only its own name.
   */
  readonly caller: string;
};

/** Calls other services over the bus. */
export class RpcClient {
  readonly #connection: NatsConnection;
  readonly #caller: string;
  readonly #deadlineMs: number;
  readonly #pending = new Set<(reason: string) => void>();
  #connected = true;

  constructor(connection: NatsConnection, options: RpcOptions) {
    this.#connection = connection;
    this.#caller = options.caller;
    this.#deadlineMs = options.deadlineMs ?? atThisPace(defaults.rpc_deadline_ms);
    this.#watch().catch(() => {
      this.#connected = false;
    });
  }

  /**
   * Calls one instance of a service. Throws `service-unreachable` (member `service`) if no instance
   * serves the command, no answer came within the deadline, or the connection is or goes down. Also
   * throws the service's own problem with its code, and `payload-too-large`.
   */
  call<N extends CalledName>(
    name: N,
    request: RpcRequest<N>,
    options: CallOptions = {},
  ): Promise<RpcAnswer<N>> {
    const [service = '', command = ''] = name.split('.');
    const attributes = { 'rpc.system': 'nats', 'rpc.service': service, 'rpc.method': command };
    return inSpan({ name, kind: SpanKind.CLIENT, attributes, service: this.#caller }, async () => {
      const text = await this.#request(
        name,
        subject({ kind: 'rpc', service, command, caller: this.#caller }),
        JSON.stringify(request),
        options.deadlineMs ?? this.#deadlineMs,
      );
      return readReply(service, text) as RpcAnswer<N>;
    });
  }

  async #request(name: string, to: string, payload: string, deadlineMs: number): Promise<string> {
    const [service = ''] = name.split('.');
    if (!this.#connected) throw unreachable(service, 'the connection to the bus is down');
    const local = localCommand(this.#connection, name, payload);
    if (local !== undefined) return this.#locally(local, to, service, payload, deadlineMs);
    let fail: (reason: string) => void = () => undefined;
    const broken = new Promise<never>((_, reject) => {
      fail = (reason) => reject(unreachable(service, reason));
    });
    this.#pending.add(fail);
    try {
      const reply = this.#connection.request(to, payload, {
        timeout: deadlineMs,
        headers: outgoingHeaders(),
        ...answeredBy(this.#caller, service),
      });
      reply.catch(() => undefined);
      return (await Promise.race([reply, broken])).string();
    } catch (error) {
      if (isProblem(error)) throw error;
      if (error instanceof NatsError && error.code === ErrorCode.MaxPayloadExceeded)
        throw busProblem(error, `asking \`${service}\``);
      throw unreachable(service, reasonOf(error, deadlineMs), error);
    } finally {
      this.#pending.delete(fail);
    }
  }

  /**
   * The service runs in this process: the same JSON, deadline and failures apply, without the bus.
   */
  async #locally(
    local: LocalCommand,
    to: string,
    service: string,
    payload: string,
    deadlineMs: number,
  ): Promise<string> {
    const traceparent = activeTraceparent();
    const answer = local(payload, to, traceparent === undefined ? {} : { traceparent });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(unreachable(service, slow(deadlineMs))), deadlineMs);
    });
    try {
      return await Promise.race([answer, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #watch(): Promise<void> {
    for await (const { type } of this.#connection.status()) {
      if (type === Events.Reconnect) this.#connected = true;
      if (type === Events.Disconnect) {
        this.#connected = false;
        for (const fail of this.#pending) fail('the connection to the bus broke');
      }
    }
  }
}

const reasonOf = (error: unknown, deadlineMs: number): string => {
  if (!(error instanceof NatsError)) return error instanceof Error ? error.message : String(error);
  if (error.code === ErrorCode.NoResponders) return 'it is down: no instance serves it';
  if (error.code === ErrorCode.Timeout) return slow(deadlineMs);
  return error.message;
};

const slow = (deadlineMs: number): string => `it is slow, no answer within ${deadlineMs} ms`;

const unreachable = (service: string, reason: string, cause?: unknown): ProblemError =>
  new ProblemError('service-unreachable', `\`${service}\` cannot be reached: ${reason}`, {
    members: { service },
    ...(cause === undefined ? {} : { cause }),
  });
