import { randomUUID } from 'node:crypto';
import { parseStream, systemTenant, tenantPattern, type RaiseAlertRequest } from '@interlock/contracts';
import type { RpcClient } from '@interlock/jetstream';
import { forgeryIn, type RecordedEvent, cutText } from '@interlock/kernel';
import { nowText, type ServiceContext } from '@interlock/platform';

const againMs = 5000;

/**
 * Reports each forged event to alerting, as `forged_event` of the stream's tenant. The relay does
 * it because it alone reads every event of the log. An alert that alerting did not accept is sent
 * again every 5 s until it is accepted or the relay stops.
 */
export class ForgedEvents {
  readonly #rpc: Pick<RpcClient, 'call'>;
  readonly #service: string;
  readonly #logger: Pick<ServiceContext['logger'], 'error' | 'warn'>;
  readonly #untold = new Map<string, RaiseAlertRequest>();
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(
    rpc: Pick<RpcClient, 'call'>,
    service: string,
    logger: Pick<ServiceContext['logger'], 'error' | 'warn'>,
  ) {
    this.#rpc = rpc;
    this.#service = service;
    this.#logger = logger;
  }

  found(event: RecordedEvent): void {
    const { id, stream, type, revision } = event;
    const tenant = parseStream(stream)?.tenant ?? '';
    this.#logger.error({ stream, type, revision: `${revision}` }, 'an event of the log is forged');
    this.#untold.set(id, {
      request_id: randomUUID(),
      name: 'forged_event',
      tenant_id: tenantPattern.test(tenant) ? tenant : systemTenant,
      subject: cutText(`${this.#service}/${stream}`, 128),
      detail: cutText(`\`${cutText(type, 64)}\` at revision ${revision} ${forgeryIn(event) ?? ''}`, 400),
      cause: { event_id: id, type: cutText(type, 128), stream: cutText(stream, 512) },
      at: nowText(),
    });
    void this.#tell();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  async #tell(): Promise<void> {
    clearTimeout(this.#timer);
    for (const [id, request] of this.#untold) {
      try {
        await this.#rpc.call('alerting.raise', request);
        this.#untold.delete(id);
      } catch (error) {
        this.#logger.warn(
          { err: error, stream: request.cause?.stream },
          'alerting was not notified of a forged event yet',
        );
      }
    }
    if (this.#untold.size > 0 && !this.#isStopped)
      this.#timer = setTimeout(() => void this.#tell(), againMs).unref();
  }
}
