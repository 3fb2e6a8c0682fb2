import { startReceiver } from './receiver.js';

type Value = { readonly stringValue?: string; readonly intValue?: number | string };
type Attribute = { readonly key: string; readonly value: Value };
type Export = {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly {
      readonly spans: readonly {
        readonly traceId: string;
        readonly spanId: string;
        readonly parentSpanId?: string;
        readonly name: string;
        readonly kind: number;
        readonly status?: { readonly code?: number; readonly message?: string };
        readonly attributes: readonly Attribute[];
      }[];
    }[];
  }[];
};

/** A span as it was exported. */
export type ExportedSpan = {
  readonly service: string;
  /** Attributes of the process and service that made it. */
  readonly resource: { readonly [key: string]: string };
  readonly name: string;
  readonly kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  /** The message of a failed span; absent for one that did not fail. */
  readonly error?: string;
  readonly trace_id: string;
  readonly span_id: string;
  /** Empty for the first span of a trace. */
  readonly parent_id: string;
  readonly attributes: { readonly [key: string]: string };
};

export type SpanReceiver = {
  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly url: string;
  readonly spans: () => readonly ExportedSpan[];
  readonly stop: () => Promise<void>;
};

/** By their numbers in OTLP, from 1. */
const kinds = ['internal', 'server', 'client', 'producer', 'consumer'] as const;
const errorCode = 2;

const textsOf = (attributes: readonly Attribute[]): { readonly [key: string]: string } =>
  Object.fromEntries(
    attributes.map(({ key, value }) => [key, String(value.stringValue ?? value.intValue ?? '')]),
  );

/** A receiver of OTLP over HTTP with JSON, which keeps all spans. */
export const startSpanReceiver = async (): Promise<SpanReceiver> => {
  const { url, received, stop } = await startReceiver();
  return {
    url,
    spans: () =>
      received
        .filter(({ path }) => path === '/v1/traces')
        .flatMap(({ body }) => (JSON.parse(body) as Export).resourceSpans)
        .flatMap(({ resource, scopeSpans }) => {
          const of = textsOf(resource.attributes);
          const service = of['service.name'] ?? '';
          return scopeSpans
            .flatMap(({ spans }) => spans)
            .map((span) => ({
              service,
              resource: of,
              name: span.name,
              kind: kinds[span.kind - 1] ?? 'internal',
              ...(span.status?.code === errorCode ? { error: span.status.message ?? '' } : {}),
              trace_id: span.traceId,
              span_id: span.spanId,
              parent_id: span.parentSpanId ?? '',
              attributes: textsOf(span.attributes),
            }));
        }),
    stop,
  };
};
