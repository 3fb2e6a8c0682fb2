import { context, propagation, trace, type Tracer } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider, type SpanProcessor } from '@opentelemetry/sdk-trace-node';

export type Telemetry = { readonly tracer: (service: string) => Tracer; readonly stop: () => Promise<void> };

type Options = {
  readonly environment: { readonly [name: string]: string | undefined };
  /** `service.name` of the process; the tracer's name identifies each service's spans. */
  readonly name?: string;
  readonly processors?: readonly SpanProcessor[];
};

/**
 * Tracing of this process: W3C propagation, and spans that go to `OTEL_EXPORTER_OTLP_ENDPOINT` if
 * it is set. Another call replaces the previous setup.
 */
export const createTelemetry = ({ environment, name = 'interlock', processors = [] }: Options): Telemetry => {
  const endpoint = environment.OTEL_EXPORTER_OTLP_ENDPOINT;
  const exporting =
    endpoint === undefined || endpoint === ''
      ? []
      : [new BatchSpanProcessor(new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces` }))];
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': name }),
    spanProcessors: [...processors, ...exporting],
  });
  trace.disable();
  context.disable();
  propagation.disable();
  provider.register({ propagator: new W3CTraceContextPropagator() });
  installed = true;
  return {
    tracer: (service) => provider.getTracer(service),
    stop: async () => {
      await provider.shutdown();
    },
  };
};

let installed = false;

/** Sets up tracing without an exporter, unless the process has set it up itself. */
export const ensureTelemetry = (environment: Options['environment']): void => {
  if (!installed) createTelemetry({ environment });
};
