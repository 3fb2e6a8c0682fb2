import { cutText } from '@interlock/kernel';
import { randomUUID } from 'node:crypto';
import type { RaiseAlertRequest } from '@interlock/contracts';
import { RpcClient } from '@interlock/jetstream';

import type { ServiceContext } from '../base/context.js';
import { nowText } from '../base/ids.js';

/** The subject of a service's condition; `subject` does not include the service's name. */
export type ReportedCondition = {
  readonly tenant_id: string;
  readonly subject: string;
  readonly detail: string;
};

/**
 * Tells alerting whether conditions of this service hold, once for each change. If alerting did not
 * accept a report, the next look repeats it, so callers must look regularly. The first look also
 * reports conditions that an earlier process raised and that are over.
 */
export class ConditionAlerts {
  readonly #rpc: RpcClient;
  readonly #reported = new Map<string, boolean>();

  constructor(
    private readonly name: RaiseAlertRequest['name'],
    private readonly context: Pick<ServiceContext, 'nats' | 'service' | 'logger'>,
  ) {
    this.#rpc = new RpcClient(context.nats, { caller: context.service });
  }

  /** Reports whether a condition holds, unless the last report said the same. It never throws. */
  async look({ tenant_id, subject, detail }: ReportedCondition, holds: boolean): Promise<void> {
    const key = `${tenant_id} ${subject}`;
    if (this.#reported.get(key) === holds) return;
    const { service, logger } = this.context;
    const request = {
      request_id: randomUUID(),
      name: this.name,
      tenant_id,
      subject: cutText(`${service}/${subject}`, 128),
      detail: cutText(detail, 400),
      at: nowText(),
    };
    this.#reported.set(key, holds);
    try {
      if (holds) await this.#rpc.call('alerting.raise', { ...request, cause: null });
      else await this.#rpc.call('alerting.resolve', request);
    } catch (error) {
      if (this.#reported.get(key) === holds) this.#reported.delete(key);
      logger.warn({ err: error, alert: this.name, subject }, 'alerting was not notified yet');
    }
  }

  /** Returns the conditions that were last reported as true, as `tenant subject`. */
  holding(): readonly string[] {
    return [...this.#reported].filter(([, holds]) => holds).map(([key]) => key);
  }
}
