import { metricFamilies, type MetricName } from '@interlock/contracts';

/** The used part of prom-client's registry. */
export type MetricsRegistry = {
  getSingleMetric(name: string): unknown;
  registerMetric(metric: never): void;
};

type Sample = { readonly labels: { readonly [name: string]: string }; readonly value: number };
export type ProjectionSample = {
  readonly service: string;
  readonly projection: string;
  readonly version: number;
  readonly lagSeconds: number;
  readonly handled: number;
  readonly skipped: number;
  readonly failed: boolean;
};

const perRegistry = new WeakMap<object, Set<() => ProjectionSample>>();

const metric = (
  name: Extract<MetricName, `projection_${string}`>,
  values: () => readonly Sample[],
): never => {
  const { help, kind: type } = metricFamilies[name];
  return {
    name,
    help,
    type,
    aggregator: 'sum',
    get: () => Promise.resolve({ name, help, type, aggregator: 'sum', values: values() }),
    reset: () => undefined,
    remove: () => undefined,
  } as never;
};

/**
 * Adds a projection to the registry's lag, count and failure metrics; the returned function removes
 * it.
 */
export const reportProjection = (registry: MetricsRegistry, sample: () => ProjectionSample): (() => void) => {
  let samples = perRegistry.get(registry);
  if (samples === undefined) {
    const all = new Set<() => ProjectionSample>();
    samples = all;
    perRegistry.set(registry, all);
    const each = (value: (s: ProjectionSample) => number) => (): readonly Sample[] =>
      [...all].map((read) => {
        const s = read();
        return {
          labels: { service: s.service, projection: s.projection, version: `${s.version}` },
          value: value(s),
        };
      });
    registry.registerMetric(
      metric(
        'projection_lag_seconds',
        each((s) => s.lagSeconds),
      ),
    );
    registry.registerMetric(
      metric(
        'projection_events_total',
        each((s) => s.handled),
      ),
    );
    registry.registerMetric(
      metric(
        'projection_skipped_total',
        each((s) => s.skipped),
      ),
    );
    registry.registerMetric(
      metric(
        'projection_failed',
        each((s) => (s.failed ? 1 : 0)),
      ),
    );
  }
  samples.add(sample);
  return () => samples.delete(sample);
};
