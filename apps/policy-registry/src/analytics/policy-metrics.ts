import { Inject, Injectable } from '@nestjs/common';
import {
  ConditionAlerts,
  gaugeOf,
  RefreshedGauges,
  SERVICE_CONTEXT,
  type ServiceContext,
} from '@interlock/platform';
import { gatedRates } from '@interlock/policy';
import { AnalyticsQueries, type BundleFigure } from './analytics.queries.js';
import { RolloutJudge } from '../rollout/rollout.judge.js';
import { RolloutsQueries } from '../rollout/rollouts.queries.js';

/** The costs of a day are summed only in every third refresh. */
const costsEvery = 3;

/** Whether a running canary is within a gate. */
type Gate = {
  readonly tenant: string;
  readonly bundle: string;
  readonly gate: string;
  readonly passed: boolean;
  /**
   * True if the canary has a figure outside the gate. Without a figure it is neither inside nor
   * outside.
   */
  readonly outside: boolean;
};

/**
 * Metrics of each deciding bundle, refreshed every few seconds. A value that cannot be read is
 * omitted instead of repeated. Labels are tenant and version, never an entity or person.
 */
@Injectable()
export class PolicyMetrics extends RefreshedGauges {
  readonly #errorRate;
  readonly #executions;
  readonly #cost;
  readonly #gates;
  readonly #alerts: ConditionAlerts;
  protected readonly gauges;
  #turn = 0;
  #costs: readonly BundleFigure[] = [];

  constructor(
    @Inject(SERVICE_CONTEXT) context: ServiceContext,
    private readonly queries: AnalyticsQueries,
    private readonly rollouts: RolloutsQueries,
    private readonly judge: RolloutJudge,
  ) {
    const { metrics, logger } = context;
    super(logger, 'the figures of the bundles cannot be read');
    this.#alerts = new ConditionAlerts('canary_gate', context);
    this.#errorRate = gaugeOf(metrics, 'policy_error_rate_5m');
    this.#executions = gaugeOf(metrics, 'policy_executions_5m');
    this.#cost = gaugeOf(metrics, 'policy_cost_24h');
    this.#gates = gaugeOf(metrics, 'policy_canary_gate_passed');
    this.gauges = [this.#errorRate, this.#executions, this.#cost, this.#gates];
  }

  protected async fill(): Promise<void> {
    const since = (ms: number): string => new Date(Date.now() - ms).toISOString();
    // After a failure, the costs are summed at once.
    const turn = this.#turn;
    this.#turn = 0;
    const [errors, gates] = await Promise.all([this.queries.errorRates(since(300_000)), this.#passed()]);
    if (turn % costsEvery === 0) this.#costs = await this.queries.costs(since(86_400_000));
    this.#errorRate.reset();
    this.#executions.reset();
    for (const { tenant_id: tenant, bundle_version: bundle, value, executions } of errors) {
      this.#errorRate.set({ tenant, bundle }, value);
      this.#executions.set({ tenant, bundle }, executions);
    }
    this.#cost.reset();
    for (const { tenant_id: tenant, bundle_version: bundle, value } of this.#costs)
      this.#cost.set({ tenant, bundle }, value);
    this.#gates.reset();
    for (const { tenant, bundle, gate, passed } of gates)
      this.#gates.set({ tenant, bundle, gate }, passed ? 1 : 0);
    await this.#tellAlerts(gates);
    this.#turn = turn + 1;
  }

  /**
   * Reports to alerting which canaries are outside a gate; a canary that no longer runs is inside
   * all of them. Too few decisions, or no figure yet, do not fail a gate.
   */
  async #tellAlerts(gates: readonly Gate[]): Promise<void> {
    const running = new Set<string>();
    for (const { tenant, bundle, gate, outside } of gates) {
      if (gate === 'decisions') continue;
      const subject = `${bundle}/${gate}`;
      running.add(`${tenant} ${subject}`);
      const detail = `the canary ${bundle} is ${outside ? 'not ' : ''}within ${gate}`;
      await this.#alerts.look({ tenant_id: tenant, subject, detail }, outside);
    }
    for (const gone of this.#alerts.holding().filter((key) => !running.has(key))) {
      const [tenant_id = '', ...subject] = gone.split(' ');
      await this.#alerts.look(
        { tenant_id, subject: subject.join(' '), detail: 'the canary no longer runs' },
        false,
      );
    }
  }

  async #passed(): Promise<readonly Gate[]> {
    const found = await Promise.all(
      (await this.rollouts.watched(false)).map(async ({ tenant_id: tenant, scope }) => {
        const now = await this.rollouts.one(tenant, scope);
        const report = await this.judge.judge(now);
        const { canary } = now.state;
        if (report === null || canary === null) return [];
        return [...gatedRates, 'decisions' as const].map((gate) => {
          const { threshold, value } = report.gates[gate];
          return {
            tenant,
            bundle: canary.bundle_version,
            gate,
            passed: threshold === 'pass',
            // A cost that rose from zero has no percentage, and is critical.
            outside: threshold === 'critical' || (threshold === 'fail' && value !== null),
          };
        });
      }),
    );
    return found.flat();
  }
}
