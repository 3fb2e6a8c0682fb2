import { collectDefaultMetrics, Counter, Gauge, Histogram, type Registry } from 'prom-client';

const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const withDefaults = new WeakSet<Registry>();

/** prom-client's process metrics, once per registry. */
export const addDefaultMetrics = (registry: Registry): void => {
  if (withDefaults.has(registry) || registry.getSingleMetric('process_cpu_seconds_total') !== undefined)
    return;
  withDefaults.add(registry);
  collectDefaultMetrics({ register: registry });
};

/**
 * The registry's histogram with this name, created at first use. Services share it and label it.
 * Seconds.
 */
export const histogramOf = <L extends string>(
  registry: Registry,
  name: string,
  help: string,
  labelNames: readonly L[],
): Histogram<L> =>
  (registry.getSingleMetric(name) as Histogram<L> | undefined) ??
  new Histogram({ name, help, labelNames: [...labelNames], buckets, registers: [registry] });

/** The registry's counter with this name, created at first use. */
export const counterOf = <L extends string>(
  registry: Registry,
  name: string,
  help: string,
  labelNames: readonly L[],
): Counter<L> =>
  (registry.getSingleMetric(name) as Counter<L> | undefined) ??
  new Counter({ name, help, labelNames: [...labelNames], registers: [registry] });

/** The registry's gauge with this name, created at first use. */
export const gaugeOf = <L extends string>(
  registry: Registry,
  name: string,
  help: string,
  labelNames: readonly L[],
): Gauge<L> =>
  (registry.getSingleMetric(name) as Gauge<L> | undefined) ??
  new Gauge({ name, help, labelNames: [...labelNames], registers: [registry] });

/** Duration of HTTP requests by service, method, route pattern and status. */
export const httpDuration = (registry: Registry): Histogram<'service' | 'method' | 'route' | 'status'> =>
  histogramOf(registry, 'http_request_duration_seconds', 'duration of HTTP requests', [
    'service',
    'method',
    'route',
    'status',
  ]);
