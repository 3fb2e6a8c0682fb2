import { randomBytes, randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import {
  context,
  trace,
  TraceFlags,
  type Context,
  type Span,
  type SpanOptions,
  type Tracer,
  type TracerProvider,
} from '@opentelemetry/api';
import { envDetector, detectResources, resourceFromAttributes } from '@opentelemetry/resources';
import { NodeTracerProvider, type ReadableSpan, type SpanProcessor } from '@opentelemetry/sdk-trace-node';
import { runningRelease } from '../release.js';

type Work = (span: Span) => unknown;
type Begin = (name: string, options: SpanOptions, parent: Context) => Span;

/** A tracer whose spans come from one function. */
class FunctionTracer implements Tracer {
  constructor(private readonly begin: Begin) {}

  startSpan(name: string, options: SpanOptions = {}, parent: Context = context.active()): Span {
    return this.begin(name, options, parent);
  }

  startActiveSpan<W extends Work>(name: string, work: W): ReturnType<W>;
  startActiveSpan<W extends Work>(name: string, options: SpanOptions, work: W): ReturnType<W>;
  startActiveSpan<W extends Work>(
    name: string,
    options: SpanOptions,
    parent: Context,
    work: W,
  ): ReturnType<W>;
  startActiveSpan<W extends Work>(name: string, ...rest: readonly unknown[]): ReturnType<W> {
    const work = rest.at(-1) as (span: Span) => ReturnType<W>;
    const [options = {}, parent = context.active()] = rest.slice(0, -1) as [SpanOptions?, Context?];
    const span = this.begin(name, options, parent);
    return context.with(trace.setSpan(parent, span), work, undefined, span);
  }
}

/**
 * Starts a span without an exporter: nothing is recorded, and the caller's span context is passed
 * on.
 */
const forward: Begin = (_name, { root }, parent) => {
  const given = root === true ? undefined : trace.getSpanContext(parent);
  return trace.wrapSpanContext(
    given !== undefined && trace.isSpanContextValid(given)
      ? given
      : {
          traceId: randomBytes(16).toString('hex'),
          spanId: randomBytes(8).toString('hex'),
          traceFlags: TraceFlags.SAMPLED,
        },
  );
};

const ownName = 'interlock';
/** Tells the processes of a service apart. */
const instanceId = randomUUID();

/** Returns the `service.name` of a span that this process records. */
const serviceOf = (span: Span | undefined): string | undefined => {
  const name = (span as Partial<ReadableSpan> | undefined)?.resource?.attributes['service.name'];
  return typeof name === 'string' ? name : undefined;
};

/** The destination of spans. */
export type Recording = {
  readonly processors: readonly SpanProcessor[];
  /** The value of `OTEL_SERVICE_NAME`, one name for every service in this process. */
  readonly name: string | undefined;
};

/**
 * The process's tracers. They may be requested before and after `record`: each span follows the
 * latest call. Without a recording, work outside a trace gets a new trace id, which log lines and
 * called services share.
 *
 * Each span has the name of its service, even if several services share a process. A tracer is
 * named after its service. A library's tracer has its package's name, and its spans belong to the
 * service of the surrounding span. Without one, they belong to the process's only service, or to
 * `interlock` where it holds several.
 */
export class ProcessTracers implements TracerProvider {
  #recording: Recording | undefined;
  readonly #services = new Map<string, NodeTracerProvider>();
  readonly #hosted = new Set<string>();

  /** Records that this process holds a service. */
  host(service: string): void {
    this.#hosted.add(service);
  }

  record(recording: Recording | undefined): void {
    this.#recording = recording;
    this.#services.clear();
  }

  getTracer(name: string): Tracer {
    const isService = !name.startsWith('@');
    return new FunctionTracer((span, options, parent) => {
      if (this.#recording === undefined) return forward(span, options, parent);
      const service = isService ? name : (serviceOf(trace.getSpan(parent)) ?? this.#only());
      return this.#of(this.#recording, service).getTracer(name).startSpan(span, options, parent);
    });
  }

  #only(): string {
    const [only = ownName] = this.#hosted;
    return this.#hosted.size === 1 ? only : ownName;
  }

  #of({ processors, name }: Recording, service: string): NodeTracerProvider {
    const known = this.#services.get(service);
    if (known !== undefined) return known;
    const made = new NodeTracerProvider({
      resource: resourceFromAttributes({ 'service.instance.id': instanceId, 'host.name': hostname() })
        .merge(detectResources({ detectors: [envDetector] }))
        .merge(
          resourceFromAttributes({
            'service.name': name || service,
            'service.namespace': ownName,
            'service.version': runningRelease().version,
          }),
        ),
      spanProcessors: [...processors],
    });
    this.#services.set(service, made);
    return made;
  }
}
