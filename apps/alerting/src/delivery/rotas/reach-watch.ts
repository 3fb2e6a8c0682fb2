import { systemTenant } from '@interlock/contracts';
import type { ReachFinding } from '@interlock/notify';
import { gaugeOf, nowText, RefreshedGauges, SERVICE_CONTEXT, type ServiceContext } from '@interlock/platform';
import { Inject, Injectable } from '@nestjs/common';
import { RotasQueries } from './rotas.queries.js';

const keyOf = (tenant: string, { code, rota_id }: ReachFinding): string =>
  `${tenant} ${code} ${rota_id ?? ''}`;

/**
 * Reports alerts that would notify nobody. It logs a warning at the start and after changes, and
 * provides a metric and a figure of the health check.
 */
@Injectable()
export class ReachWatch extends RefreshedGauges {
  readonly #unreached;
  readonly #logger: ServiceContext['logger'];
  #known: ReadonlySet<string> = new Set();
  protected readonly gauges;

  constructor(
    @Inject(SERVICE_CONTEXT) { metrics, logger }: Pick<ServiceContext, 'metrics' | 'logger'>,
    private readonly queries: RotasQueries,
  ) {
    super(logger, 'whom alerts reach cannot be read');
    this.#logger = logger;
    this.#unreached = gaugeOf(metrics, 'interlock_people_unreached');
    this.gauges = [this.#unreached];
  }

  /** The number of cases in which nobody would be notified, as last seen. */
  get count(): number {
    return this.#known.size;
  }

  protected async fill(): Promise<void> {
    const at = nowText();
    const tenants = [...new Set([systemTenant, ...(await this.queries.tenants())])];
    const seen = new Set<string>();
    this.#unreached.reset();
    for (const tenant of tenants)
      for (const finding of await this.queries.findings(tenant, at)) {
        const key = keyOf(tenant, finding);
        seen.add(key);
        this.#unreached.set({ tenant, finding: finding.code }, 1);
        if (!this.#known.has(key))
          this.#logger.warn(
            { tenant_id: tenant, finding: finding.code, remedy: finding.remedy },
            `nobody would be notified: ${finding.detail}`,
          );
      }
    this.#known = seen;
  }
}
