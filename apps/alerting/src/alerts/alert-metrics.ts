import { operationalLimits, type OperationalName } from '@interlock/alerting';
import { gaugeOf, nowText, RefreshedGauges, SERVICE_CONTEXT, type ServiceContext } from '@interlock/platform';
import { Inject, Injectable } from '@nestjs/common';
import { AlertIndex } from './alert-index.js';
import { NoticesQueries } from '../notices/notices.queries.js';

/** The numbers of alerts that hold, and the figures of safe operation, as metrics. */
@Injectable()
export class AlertMetrics extends RefreshedGauges {
  readonly #firing;
  readonly #figures;
  readonly #safe;
  protected readonly gauges;

  constructor(
    @Inject(SERVICE_CONTEXT) { metrics, logger }: Pick<ServiceContext, 'metrics' | 'logger'>,
    private readonly index: AlertIndex,
    private readonly queries: NoticesQueries,
  ) {
    super(logger, 'the figures of the alerts cannot be read');
    this.#firing = gaugeOf(metrics, 'interlock_alerts_firing');
    this.#figures = gaugeOf(metrics, 'interlock_operational_figure');
    this.#safe = gaugeOf(metrics, 'interlock_operational_safe');
    this.gauges = [this.#firing, this.#figures, this.#safe];
  }

  protected async fill(): Promise<void> {
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
