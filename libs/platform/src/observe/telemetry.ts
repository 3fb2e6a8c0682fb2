import { context, propagation, trace, type Tracer } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { BatchSpanProcessor, type SpanProcessor } from '@opentelemetry/sdk-trace-node';
import { ProcessTracers } from './tracers.js';

type Environment = { readonly [name: string]: string | undefined };
export type Telemetry = {
  readonly tracer: (service: string) => Tracer;
  /** Exports the ended spans for at most three seconds. Afterwards nothing is recorded. */
  readonly stop: () => Promise<void>;
};

type Options = {
  readonly environment: Environment;
  readonly processors?: readonly SpanProcessor[];
};

const flushMs = 3000;
const tracers = new ProcessTracers();

/**
 * Returns the address of the traces' exporter; undefined if there is none or it is switched off.
 */
const exportTo = (environment: Environment): string | undefined => {
  if (environment.OTEL_SDK_DISABLED === 'true' || environment.OTEL_TRACES_EXPORTER === 'none')
    return undefined;
  if (environment.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT) return environment.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT;
  const base = environment.OTEL_EXPORTER_OTLP_ENDPOINT;
  return base ? `${base.replace(/\/$/, '')}/v1/traces` : undefined;
};

/**
 * Sets up tracing for this process: W3C propagation, and spans that go to
 * `OTEL_EXPORTER_OTLP_ENDPOINT` if it is set. Without an exporter, nothing is recorded, and a
 * caller's trace context is passed on unchanged. The SDK reads the other `OTEL_*` variables of
 * samplers, batches and exporters from the process's own environment. Another call replaces the
 * previous setup.
 */
export const createTelemetry = ({ environment, processors = [] }: Options): Telemetry => {
  const url = exportTo(environment);
  const all = [
    ...processors,
    ...(url === undefined ? [] : [new BatchSpanProcessor(new OTLPTraceExporter({ url }))]),
  ];
  tracers.record(all.length === 0 ? undefined : { processors: all, name: environment.OTEL_SERVICE_NAME });
  // The API keeps only the first registration of each kind and ignores later ones.
  trace.setGlobalTracerProvider(tracers);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  installed = {
    tracer: (service) => tracers.getTracer(service),
    stop: async () => {
      const ended = Promise.allSettled(all.map((processor) => processor.shutdown()));
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, flushMs);
      });
      await Promise.race([ended, late]);
      clearTimeout(timer);
    },
  };
  return installed;
};

let installed: Telemetry | undefined;

/**
 * Sets up tracing for a service of this process. The environment counts only where the process has
 * not set it up yet.
 */
export const ensureTelemetry = (environment: Environment, service: string): void => {
  if (installed === undefined) createTelemetry({ environment });
  tracers.host(service);
};

/** Exports the recorded spans when the process ends. */
export const stopTelemetry = async (): Promise<void> => {
  await installed?.stop();
};
