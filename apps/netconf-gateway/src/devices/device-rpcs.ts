import { SpanKind, trace } from '@opentelemetry/api';
import { spanError } from '@interlock/jetstream';
import { NetconfRpcError, NetconfTimeoutError, type Exchange } from '@interlock/netconf';

/** One RPC to a device, for metrics. */
export type DeviceRpc = {
  /** The name of the RPC's element, such as `edit-config` or `commit`. */
  readonly operation: string;
  /** `refused`: the device answered with an error. `no_answer`: it may have acted or not. */
  readonly outcome: 'ok' | 'refused' | 'timeout' | 'no_answer';
  readonly seconds: number;
};

const tracer = trace.getTracer('netconf-gateway');

const outcomeOf = (error: unknown): DeviceRpc['outcome'] => {
  if (error === undefined) return 'ok';
  if (error instanceof NetconfRpcError) return 'refused';
  return error instanceof NetconfTimeoutError ? 'timeout' : 'no_answer';
};

/**
 * Makes a span for each RPC of a device's session, in the context of its caller, and reports it to
 * `onRpc`. The contents of requests are left out, because they may hold secrets.
 */
export const deviceRpcs =
  (deviceId: string, onRpc: (rpc: DeviceRpc) => void) =>
  ({ sent, sentAt, tookMs, error }: Exchange): void => {
    const operation = sent.name;
    const outcome = outcomeOf(error);
    const isTentative = sent.children.some(
      (child) => typeof child !== 'string' && child.name === 'confirmed',
    );
    const span = tracer.startSpan(`netconf ${operation}`, {
      kind: SpanKind.CLIENT,
      startTime: sentAt,
      attributes: {
        'rpc.system': 'netconf',
        'rpc.method': operation,
        'interlock.device_id': deviceId,
        'interlock.outcome': outcome,
        ...(operation === 'commit' ? { 'interlock.commit': isTentative ? 'tentative' : 'final' } : {}),
      },
    });
    if (error !== undefined) spanError(span, error);
    span.end(sentAt + tookMs);
    onRpc({ operation, outcome, seconds: tookMs / 1000 });
  };
