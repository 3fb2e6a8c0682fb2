import {
  context,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Attributes,
  type Context,
  type Link,
  type Span,
} from '@opentelemetry/api';
import { tracedFault } from '@interlock/kernel';
import { headers as createHeaders, type MsgHdrs } from 'nats';

const form = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
const library = '@interlock/jetstream';

/** The W3C `traceparent` of the active span; `undefined` outside of one. */
export const activeTraceparent = (): string | undefined => {
  const span = trace.getSpanContext(context.active());
  if (span === undefined || !trace.isSpanContextValid(span)) return undefined;
  return `00-${span.traceId}-${span.spanId}-${span.traceFlags.toString(16).padStart(2, '0')}`;
};

/** The context of a `traceparent`; the root if it is invalid or absent. */
export const contextOf = (traceparent: string | undefined): Context => {
  const match = form.exec(traceparent ?? '');
  if (match === null) return ROOT_CONTEXT;
  const traceFlags = Number.parseInt(match[3]!, 16) & TraceFlags.SAMPLED;
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId: match[1]!,
    spanId: match[2]!,
    traceFlags,
    isRemote: true,
  });
};

/** Headers for a message: the caller's, and the active trace unless they name one. */
export const outgoingHeaders = (given: { readonly [name: string]: string } = {}): MsgHdrs => {
  const all = createHeaders();
  const traceparent = activeTraceparent();
  if (traceparent !== undefined) all.set('traceparent', traceparent);
  for (const [name, value] of Object.entries(given)) all.set(name, value);
  return all;
};

/** Headers of a message as a plain object; the last value of a repeated name. */
export const incomingHeaders = (given: MsgHdrs | undefined): { readonly [name: string]: string } => {
  const all: { [name: string]: string } = {};
  if (given !== undefined) for (const [name, values] of given) all[name] = values.at(-1) ?? '';
  return all;
};

/**
 * The `traceparent` of an event or message that belongs to a piece of work. It is the active span's
 * within the work's own trace, and otherwise `own`. So a piece of work keeps one trace, even if a
 * request of another trace touches it.
 */
export const traceparentWithin = (own: string | null): { readonly traceparent?: string } => {
  const active = activeTraceparent();
  if (own === null) return active === undefined ? {} : { traceparent: active };
  return { traceparent: active?.split('-')[1] === own.split('-')[1] ? active! : own };
};

export type SpanOf = {
  /** Low in cardinality: no ids. */
  readonly name: string;
  readonly kind?: SpanKind;
  readonly attributes: Attributes;
  /** Other spans that caused the work. */
  readonly links?: readonly Link[];
  /** By default the active context. */
  readonly parent?: Context;
  /** The service that does the work; by default the service of the parent span. */
  readonly service?: string;
};

/** Marks a span as failed. */
export const spanError = (span: Span, error: unknown): void => {
  const { type, message } = tracedFault(error);
  span.setAttribute('error.type', type).setStatus({ code: SpanStatusCode.ERROR, message });
};

/** Runs work in a span, which takes the work's error as its status. */
export const inSpan = <T>(
  {
    name,
    kind = SpanKind.INTERNAL,
    attributes,
    links = [],
    parent = context.active(),
    service = library,
  }: SpanOf,
  work: (span: Span) => Promise<T>,
): Promise<T> =>
  trace
    .getTracer(service)
    .startActiveSpan(name, { kind, attributes, links: [...links] }, parent, async (span) => {
      try {
        return await work(span);
      } catch (error) {
        spanError(span, error);
        throw error;
      } finally {
        span.end();
      }
    });
