import { setTimeout as delay } from 'node:timers/promises';
import { tenantConsumers } from '@interlock/contracts';
import { putConsumer } from '@interlock/jetstream';
import { ProblemError } from '@interlock/kernel';
import { atThisPace } from '@interlock/pace';
import { SERVICE_CONTEXT, type ServiceContext } from '@interlock/platform';
import { Inject, Injectable } from '@nestjs/common';
import { AckPolicy, DeliverPolicy, ErrorCode, NatsError, type NatsConnection } from 'nats';

/** A busy nats-server takes seconds to reload, and reloads twice for a new account. */
const timeoutMs = atThisPace(10_000);
const againMs = 250;
const passing: ReadonlySet<string> = new Set([ErrorCode.NoResponders, ErrorCode.Timeout]);

/**
 * The consumers from which a tenant's users read. Safety-rails creates them, because the creator of
 * a consumer chooses its filter.
 */
@Injectable()
export class TenantConsumers {
  readonly #nats: NatsConnection;

  constructor(@Inject(SERVICE_CONTEXT) { nats }: ServiceContext) {
    this.#nats = nats;
  }

  /** Creates missing consumers. Throws `bus-unavailable`. */
  make(tenantId: string): Promise<void> {
    return this.#managed(`making the consumers of \`${tenantId}\``, async (consumers) => {
      for (const { stream, durable, filter } of tenantConsumers(tenantId)) {
        await putConsumer(consumers, stream, {
          durable_name: durable,
          filter_subject: filter,
          ack_policy: AckPolicy.Explicit,
          deliver_policy: DeliverPolicy.All,
        });
      }
    });
  }

  /** Removes the consumers. A missing consumer is no error. Throws `bus-unavailable`. */
  remove(tenantId: string): Promise<void> {
    return this.#managed(`removing the consumers of \`${tenantId}\``, async (consumers) => {
      for (const { stream, durable } of tenantConsumers(tenantId)) {
        await consumers.delete(stream, durable).catch((error: unknown) => {
          if (!(error instanceof NatsError && error.api_error?.code === 404)) throw error;
        });
      }
    });
  }

  async #managed(
    what: string,
    work: (consumers: Awaited<ReturnType<NatsConnection['jetstreamManager']>>['consumers']) => Promise<void>,
  ): Promise<void> {
    try {
      for (const until = performance.now() + timeoutMs; ;) {
        try {
          await work((await this.#nats.jetstreamManager({ checkAPI: false })).consumers);
          return;
        } catch (error) {
          // While nats-server reloads its accounts, JetStream does not answer for a moment.
          if (performance.now() >= until || !(error instanceof NatsError) || !passing.has(error.code))
            throw error;
          await delay(againMs);
        }
      }
    } catch (cause) {
      throw new ProblemError(
        'bus-unavailable',
        `${what} failed: ${cause instanceof Error ? cause.message : String(cause)}`,
        { cause },
      );
    }
  }
}
