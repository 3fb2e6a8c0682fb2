import { randomUUID } from 'node:crypto';
import type { RaiseAlertRequest } from '@interlock/contracts';
import { RpcClient } from '@interlock/jetstream';

import type { ServiceContext } from './context.js';
import { nowText } from './ids.js';

/** What a condition of a service is about; `subject` without the service's name. */
export type ToldCondition = {
  readonly tenant_id: string;
  readonly subject: string;
  readonly detail: string;
};

/**
 * Keeps alerting told whether conditions of this service hold, one word for each change. A word that alerting did not take is said again with the next look, so
 * callers look again and again; the first look says also what is over, for what an earlier process told.
 */
export class ConditionAlerts {
  readonly #rpc: RpcClient;
  readonly #told = new Map<string, boolean>();

  constructor(
    private readonly name: RaiseAlertRequest['name'],
    private readonly context: Pick<ServiceContext, 'nats' | 'service' | 'logger'>,
  ) {
    this.#rpc = new RpcClient(context.nats, { caller: context.service });
  }

  /** Says whether a condition holds; nothing where that was said last. It never throws. */
  async look({ tenant_id, subject, detail }: ToldCondition, holds: boolean): Promise<void> {
    const key = `${tenant_id} ${subject}`;
    if (this.#told.get(key) === holds) return;
    const { service, logger } = this.context;
    const request = {
      request_id: randomUUID(),
      name: this.name,
      tenant_id,
      subject: `${service}/${subject}`.slice(0, 128),
      detail: detail.slice(0, 400),
      at: nowText(),
    };
    this.#told.set(key, holds);
    try {
      if (holds) await this.#rpc.call('alerting.raise', { ...request, cause: null });
      else await this.#rpc.call('alerting.resolve', request);
    } catch (error) {
      if (this.#told.get(key) === holds) this.#told.delete(key);
      logger.warn({ err: error, alert: this.name, subject }, 'alerting was not told yet');
    }
  }

  /** The conditions that were told to hold, as `tenant subject`. */
  holding(): readonly string[] {
    return [...this.#told].filter(([, holds]) => holds).map(([key]) => key);
  }
}
