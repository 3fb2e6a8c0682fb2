import { metricFamilies, type MetricLabel, type MetricName, type MetricOf } from '@interlock/contracts';
import { collectDefaultMetrics, Counter, Gauge, Histogram, type Registry } from 'prom-client';

const withDefaults = new WeakSet<Registry>();

/** Adds prom-client's process metrics, once per registry. */
export const addDefaultMetrics = (registry: Registry): void => {
  if (withDefaults.has(registry) || registry.getSingleMetric('process_cpu_seconds_total') !== undefined)
    return;
  withDefaults.add(registry);
  collectDefaultMetrics({ register: registry });
};

const configOf = <N extends MetricName>(registry: Registry, name: N) => {
  const { help, labels } = metricFamilies[name];
  return { name, help, labelNames: [...labels] as MetricLabel<N>[], registers: [registry] };
};

/** Returns the registry's histogram with this name, created at first use. */
export const histogramOf = <N extends MetricOf<'histogram'>>(
  registry: Registry,
  name: N,
): Histogram<MetricLabel<N>> =>
  (registry.getSingleMetric(name) as Histogram<MetricLabel<N>> | undefined) ??
  new Histogram({ ...configOf(registry, name), buckets: [...metricFamilies[name].buckets] });

/** Returns the registry's counter with this name, created at first use. */
export const counterOf = <N extends MetricOf<'counter'>>(
  registry: Registry,
  name: N,
): Counter<MetricLabel<N>> =>
  (registry.getSingleMetric(name) as Counter<MetricLabel<N>> | undefined) ??
  new Counter(configOf(registry, name));

/** Returns the registry's gauge with this name, created at first use. */
export const gaugeOf = <N extends MetricOf<'gauge'>>(registry: Registry, name: N): Gauge<MetricLabel<N>> =>
  (registry.getSingleMetric(name) as Gauge<MetricLabel<N>> | undefined) ??
  new Gauge(configOf(registry, name));

/**
 * Fills a gauge each time that the metrics are read. If `fill` throws, the gauge reports nothing,
 * because its last figures may be wrong.
 */
export const gaugeAtScrape = <N extends MetricOf<'gauge'>>(
  registry: Registry,
  name: N,
  fill: (gauge: Gauge<MetricLabel<N>>) => void,
): void => {
  const gauge = gaugeOf(registry, name) as Gauge<MetricLabel<N>> & { collect: () => void };
  gauge.collect = () => {
    gauge.reset();
    try {
      fill(gauge);
    } catch {
      // A gauge with labels has no series after this; `remove` would need the labels of one.
      gauge.reset();
      if (metricFamilies[name].labels.length === 0) gauge.remove();
    }
  };
};

/** The value of a label for all values beyond the limit of `limitedLabel`. */
const otherValue = 'other';

/**
 * Limits the values of a label that tenants choose, because each value makes series of its own.
 * `known` values and the first `most` others keep their names, and the rest become `other`.
 */
export const limitedLabel = (known: Iterable<string>, most: number): ((value: string) => string) => {
  const kept = new Set(known);
  const limit = kept.size + most;
  return (value) => {
    if (kept.size < limit) kept.add(value);
    return kept.has(value) ? value : otherValue;
  };
};

const makers: {
  readonly [kind in 'counter' | 'gauge' | 'histogram']: (registry: Registry, name: never) => unknown;
} = { counter: counterOf, gauge: gaugeOf, histogram: histogramOf };

/**
 * Creates the families of a service, so that they are exported before their first use. The read
 * models create theirs themselves.
 */
export const registerMetrics = (registry: Registry, service: string): void => {
  for (const [name, { kind, of }] of Object.entries(metricFamilies))
    if (of === 'every' || of === service) makers[kind](registry, name as never);
};

/** Returns the histogram of HTTP requests by service, method, route pattern and status. */
export const httpDuration = (registry: Registry): Histogram<MetricLabel<'http_request_duration_seconds'>> =>
  histogramOf(registry, 'http_request_duration_seconds');
