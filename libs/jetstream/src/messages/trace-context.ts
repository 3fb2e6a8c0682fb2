import {
  context,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Attributes,
  type Context,
} from '@opentelemetry/api';
import { headers as createHeaders, type MsgHdrs } from 'nats';

const form = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
const tracer = trace.getTracer('@interlock/jetstream');

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

/** Runs work in a span under the sender's trace. */
export const inSpan = <T>(
  name: string,
  kind: SpanKind,
  attributes: Attributes,
  parent: Context,
  work: () => Promise<T>,
): Promise<T> =>
  tracer.startActiveSpan(name, { kind, attributes }, parent, async (span) => {
    try {
      return await work();
    } catch (error) {
      span.setStatus({
        code: SpanStatusCode.ERROR,
        message: error instanceof Error ? error.message : String(error),
      });
      throw error;
    } finally {
      span.end();
    }
  });
