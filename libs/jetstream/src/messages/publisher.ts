import { SpanKind } from '@opentelemetry/api';
import { ErrorCode, NatsError, type JetStreamClient, type NatsConnection } from 'nats';
import { setTimeout as delay } from 'node:timers/promises';
import { parseSubject } from '@interlock/contracts';
import { backOffMs } from '@interlock/kernel';
import { atThisPace } from '@interlock/pace';
import { busProblem } from '../connection/bus-problem.js';
import { inSpan, outgoingHeaders } from './trace-context.js';

export type Published = { readonly stream: string; readonly seq: number; readonly duplicate: boolean };
export type PublishOptions = {
  /** `Nats-Msg-Id`: each stream keeps the same id once within two minutes, whatever the content. */
  readonly msgId: string;
  readonly headers?: { readonly [name: string]: string };
  /** Milliseconds until the publish is given up; by default 5000 times the pace of the machine. */
  readonly deadlineMs?: number;
};

/** Publishes JSON to the durable streams, and returns once JetStream has stored it. */
export class BusPublisher {
  readonly #jetstream: JetStreamClient;

  constructor(connection: NatsConnection) {
    this.#jetstream = connection.jetstream();
  }

  /**
   * Throws `payload-too-large`, or `bus-unavailable` if no stream stored it within the deadline.
   * Until then, it repeats with the same id.
   */
  publish(subject: string, body: object, options: PublishOptions): Promise<Published> {
    return inSpan(
      {
        name: `publish ${parseSubject(subject)?.kind ?? 'message'}`,
        kind: SpanKind.PRODUCER,
        attributes: {
          'messaging.system': 'nats',
          'messaging.operation.type': 'send',
          'messaging.operation.name': 'publish',
          'messaging.destination.name': subject,
        },
      },
      async () => {
        const payload = JSON.stringify(body);
        const until = performance.now() + (options.deadlineMs ?? atThisPace(5000));
        for (let attempt = 1; ; attempt += 1) {
          try {
            const timeout = Math.max(1, Math.min(atThisPace(2000), until - performance.now()));
            const ack = await this.#jetstream.publish(subject, payload, {
              msgID: options.msgId,
              headers: outgoingHeaders(options.headers),
              timeout,
            });
            return { stream: ack.stream, seq: ack.seq, duplicate: ack.duplicate };
          } catch (error) {
            const wait = backOffMs(attempt, 25, 500, Math.random());
            if (!passing(error) || performance.now() + wait >= until)
              throw busProblem(error, `publishing to \`${subject}\``);
            await delay(wait);
          }
        }
      },
    );
  }
}

/** A repeat may help: nobody answered, or the connection was interrupted. */
const passing = (error: unknown): boolean =>
  error instanceof NatsError &&
  ([ErrorCode.Timeout, ErrorCode.NoResponders, ErrorCode.Disconnect] as string[]).includes(error.code);
