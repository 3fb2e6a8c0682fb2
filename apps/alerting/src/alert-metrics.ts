import { operationalLimits, type OperationalName } from '@interlock/alerting';
import { gaugeOf, nowText, SERVICE_CONTEXT, type ServiceContext } from '@interlock/platform';
import { Inject, Injectable } from '@nestjs/common';
import { AlertIndex } from './alert-index.js';
import { NoticesQueries } from './notices.queries.js';

const everyMs = 5000;

/**
 * The number of holding alerts, and the figures of safe operation, as metrics. A value that cannot
 * be read is omitted instead of repeated.
 */
@Injectable()
export class AlertMetrics {
  readonly #firing;
  readonly #figures;
  readonly #safe;
  #timer: NodeJS.Timeout | undefined;
  #making: Promise<void> | undefined;
  readonly #tell: (error: unknown) => void;

  constructor(
    @Inject(SERVICE_CONTEXT) { metrics, logger }: Pick<ServiceContext, 'metrics' | 'logger'>,
    private readonly index: AlertIndex,
    private readonly queries: NoticesQueries,
  ) {
    this.#firing = gaugeOf(metrics, 'interlock_alerts_firing', 'alerts that hold, acknowledged or not', [
      'tenant',
      'name',
      'severity',
    ]);
    this.#figures = gaugeOf(
      metrics,
      'interlock_operational_figure',
      'a figure of safe operation: policy_flips_24h, brake_engagements_week, blocked_share_pct, manual_unlocks_of_limit_pct',
      ['tenant', 'figure'],
    );
    this.#safe = gaugeOf(
      metrics,
      'interlock_operational_safe',
      '1 while a figure is that of safe operation, 0 while it is not',
      ['tenant', 'figure'],
    );
    this.#tell = (error) => {
      logger.warn({ err: error }, 'the figures of the alerts are not to be had');
    };
  }

  start(): void {
    this.#timer = setInterval(() => {
      void this.make();
    }, everyMs);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#making;
  }

  /** Computes the figures now. */
  make(): Promise<void> {
    this.#making ??= this.#make()
      .catch((error: unknown) => {
        for (const gauge of [this.#firing, this.#figures, this.#safe]) gauge.reset();
        this.#tell(error);
      })
      .finally(() => {
        this.#making = undefined;
      });
    return this.#making;
  }

  async #make(): Promise<void> {
    const counts = await this.queries.counts();
    const now = nowText();
    this.#firing.reset();
    for (const { tenant_id: tenant, name, severity, count } of counts)
      this.#firing.set({ tenant, name, severity }, count);
    this.#figures.reset();
    this.#safe.reset();
    for (const tenant of this.index.operatingTenants()) {
      const figures = this.index.operational(tenant, now);
      for (const figure of Object.keys(operationalLimits) as OperationalName[]) {
        this.#figures.set({ tenant, figure }, figures[figure].value);
        this.#safe.set({ tenant, figure }, figures[figure].safe ? 1 : 0);
      }
    }
  }
}
