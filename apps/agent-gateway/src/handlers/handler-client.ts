import { createHash } from 'node:crypto';
import {
  faultsInWords,
  largestAnswer,
  readAnswer,
  type AnswerMark,
  type HandlerAnswers,
  type UnfitAnswer,
} from '@interlock/agents';
import type { ActionTypeTerms, HandlerEndpoint, HandlerStep, JsonObject } from '@interlock/contracts';
import { isProblem, negativeZero } from '@interlock/kernel';
import { activeTraceparent, inSpan } from '@interlock/jetstream';
import { OutboundError, type Outbound } from '@interlock/outbound';
import { readInput, type Input, type TenantSecrets } from '@interlock/platform';
import { SpanKind } from '@opentelemetry/api';
import { Webhook } from 'standardwebhooks';
import type { BusHandlers } from './bus-handlers.js';
import { ToolWithheld, type ToolHandler } from '../mcp/tool-handler.js';
import { boundSecret } from './bound-secret.js';
import type { Places } from './places.js';

/** One call of a tenant's handler. */
export type HandlerCall<S extends HandlerStep = HandlerStep> = {
  readonly step: S;
  readonly tenant_id: string;
  readonly type: ActionTypeTerms;
  /** The id of the request, which all its attempts share. */
  readonly request_id: string;
  readonly body: JsonObject;
  readonly timeout_ms?: number;
  /** Called synchronously right before the write. If it throws, nothing is sent. */
  readonly beforeSend?: () => void;
  readonly signal?: AbortSignal;
  /** Sends the call even while the circuit breaker is open. Steps that end a change set it. */
  readonly always?: boolean;
};

/**
 * The result of a call. `not-sent`: nobody can have acted. `refused`: the handler says that it did
 * not act. `unknown`: it may have acted or not.
 */
export type CallResult<S extends HandlerStep> =
  | { readonly kind: 'answered'; readonly answer: HandlerAnswers[S]; readonly mark: AnswerMark }
  | { readonly kind: 'not-sent'; readonly code: string; readonly detail: string; readonly again: boolean }
  | { readonly kind: 'refused'; readonly detail: string; readonly again: boolean }
  | { readonly kind: 'unknown'; readonly detail: string };

/** One call of a handler, for metrics. */
export type Called = {
  readonly kind: string;
  readonly step: HandlerStep;
  readonly result: CallResult<HandlerStep>['kind'];
  readonly seconds: number;
};

/** The answer as it arrived: an HTTP status, or its equivalent on the bus. */
export type RawAnswer = {
  readonly status: number;
  readonly bytes: Uint8Array;
  /** The hash and size to record, if they are not those of the body. */
  readonly mark?: AnswerMark;
};

/**
 * Returns the key of the endpoint whose concurrent calls and failures count together: a tenant's
 * host, or its action type on the bus.
 */
export const endpointKey = (tenantId: string, type: ActionTypeTerms, step: HandlerStep): string => {
  const endpoint = type.handler?.endpoint;
  if (endpoint?.kind === 'mcp') return `${tenantId} mcp ${endpoint.server}`;
  if (endpoint?.kind !== 'webhook') return `${tenantId} nats ${type.action_type}`;
  return `${tenantId} ${URL.parse(endpoint.urls?.[step] ?? endpoint.url)?.host ?? ''}`;
};

const markOf = (bytes: Uint8Array): AnswerMark => ({
  sha256: createHash('sha256').update(bytes).digest('hex'),
  bytes: bytes.length,
});

/** The statuses that mean that the handler did not act and may be asked again. */
const laterStatuses: ReadonlySet<number> = new Set([425, 429]);

/** Calls tenants' handlers, by webhook, on the bus or as an MCP tool. */
export class HandlerClient {
  constructor(
    private readonly outbound: Pick<Outbound, 'post'>,
    private readonly bus: Pick<BusHandlers, 'request'>,
    private readonly secrets: Pick<TenantSecrets, 'read'>,
    private readonly places: Places,
    private readonly tools: Pick<ToolHandler, 'ask'>,
    private readonly onCalled: (called: Called) => void = () => undefined,
  ) {}

  /** Calls a step. It throws only what `beforeSend` throws. */
  call<S extends HandlerStep>(call: HandlerCall<S>): Promise<CallResult<S>> {
    const kind = call.type.handler?.endpoint?.kind ?? 'none';
    const attributes = {
      'interlock.tenant_id': call.tenant_id,
      'interlock.action_type': call.type.action_type,
      'interlock.handler.kind': kind,
    };
    const began = performance.now();
    return inSpan({ name: `handler ${call.step}`, kind: SpanKind.CLIENT, attributes }, async (span) => {
      const result = await this.#call(call);
      span.setAttribute('interlock.outcome', result.kind);
      this.onCalled({
        kind,
        step: call.step,
        result: result.kind,
        seconds: (performance.now() - began) / 1000,
      });
      return result;
    });
  }

  async #call<S extends HandlerStep>(call: HandlerCall<S>): Promise<CallResult<S>> {
    const endpoint = call.type.handler?.endpoint;
    if (endpoint === undefined)
      return { kind: 'not-sent', code: 'no-handler', detail: 'the action type has no handler', again: false };
    const key = endpointKey(call.tenant_id, call.type, call.step);
    if (call.always !== true && !this.places.may(key))
      return {
        kind: 'not-sent',
        code: 'handler-left-alone',
        detail: leftAlone(this.places.faultOf(key)),
        again: true,
      };
    // A call that was withheld, or stopped before it was sent, is no failure of the endpoint.
    let fault: string | null = null;
    try {
      const result = read(call, await this.#send(call, endpoint));
      if (result.kind === 'unknown' || (result.kind === 'refused' && result.again)) fault = result.detail;
      return result;
    } catch (error) {
      if (error instanceof OutboundError) {
        fault = error.message;
        return faultOf(error);
      }
      if (error instanceof ToolWithheld)
        return { kind: 'not-sent', code: `handler-${error.code}`, detail: error.message, again: false };
      throw error;
    } finally {
      this.places.record(key, fault);
    }
  }

  #send(call: HandlerCall, endpoint: HandlerEndpoint): Promise<RawAnswer> {
    const timeoutMs = Math.ceil(Math.min(call.timeout_ms ?? endpoint.timeout_ms, endpoint.timeout_ms));
    if (endpoint.kind === 'mcp') return this.tools.ask(call, endpoint, timeoutMs);
    const body = JSON.stringify({
      ...call.body,
      step: call.step,
      request_id: call.request_id,
      deadline: new Date(Date.now() + timeoutMs).toISOString(),
    });
    const more = {
      ...(call.beforeSend === undefined ? {} : { beforeSend: call.beforeSend }),
      ...(call.signal === undefined ? {} : { signal: call.signal }),
    };
    if (endpoint.kind === 'nats')
      return this.bus.request({
        tenant_id: call.tenant_id,
        action_type: call.type.action_type,
        step: call.step,
        request_id: call.request_id,
        body,
        timeout_ms: timeoutMs,
        ...more,
      });
    const url = endpoint.urls?.[call.step] ?? endpoint.url;
    const secret = boundSecret(this.secrets, call.tenant_id, endpoint.secret_ref, url);
    if (secret === '')
      throw new OutboundError('no-secret', false, 'the secret that requests are signed with is not there');
    const at = new Date();
    const traceparent = activeTraceparent();
    return this.outbound.post({
      url,
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        'user-agent': 'interlock-agent-gateway',
        'idempotency-key': call.request_id,
        'webhook-id': call.request_id,
        'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
        'webhook-signature': signature(secret, call.request_id, at, body),
        ...(traceparent === undefined ? {} : { traceparent }),
      },
      body,
      deadlineMs: timeoutMs,
      maxBytes: largestAnswer,
      ...more,
    });
  }
}

const signature = (secret: string, id: string, at: Date, body: string): string => {
  try {
    return new Webhook(secret).sign(id, at, body);
  } catch {
    throw new OutboundError('no-secret', false, 'the secret that signs requests is not a signing secret');
  }
};

const leftAlone = (fault: string | undefined): string =>
  `the handler failed five times in a row and is left alone for a while${fault === undefined ? '' : `; the last failure: ${fault}`}`;

const permanent: ReadonlySet<OutboundError['fault']> = new Set([
  'bad-url',
  'no-secret',
  'secret-not-for-host',
  'address-refused',
  'not-trusted',
]);

const faultOf = ({ fault, sent, message }: OutboundError): CallResult<never> =>
  sent
    ? { kind: 'unknown', detail: message }
    : {
        kind: 'not-sent',
        code: fault === 'secret-not-for-host' ? fault : `handler-${fault}`,
        detail: message,
        again: !permanent.has(fault),
      };

/**
 * Reads a handler's answer with the same strictness as an intent. It rejects text that services
 * refuse, or that would be stored differently from how it was sent.
 */
const answerOf = <S extends HandlerStep>(
  { step, body }: HandlerCall<S>,
  { status, bytes }: RawAnswer,
): HandlerAnswers[S] | UnfitAnswer => {
  if (bytes.length === 0) return { unfit: `the handler answered ${status} without a body` };
  let input: Input;
  try {
    input = readInput(bytes);
  } catch (error) {
    const fault = isProblem(error, 'malformed-json') ? error.detail : 'the text is not JSON';
    return { unfit: `the answer cannot be read: ${fault}` };
  }
  // A handler may have rounded a figure to -0, which is stored as 0.
  const faults = input.faults.filter(({ detail }) => detail !== negativeZero);
  return faults.length === 0
    ? readAnswer(step, input.text, body['action_id'])
    : { unfit: `the answer cannot be taken: ${faultsInWords(faults)}` };
};

/** What may be wrong if the handler does not accept the signature. */
const hintOf = (status: number): string =>
  status === 401
    ? ', so it refused the signature: is its secret the one of `interlock secrets put handler …`?'
    : '';

const read = <S extends HandlerStep>(call: HandlerCall<S>, raw: RawAnswer): CallResult<S> => {
  const { status, bytes, mark } = raw;
  if (status >= 200 && status < 300) {
    const answer = answerOf(call, raw);
    return 'unfit' in answer
      ? { kind: 'unknown', detail: answer.unfit }
      : { kind: 'answered', answer, mark: mark ?? markOf(bytes) };
  }
  if (laterStatuses.has(status))
    return { kind: 'refused', detail: `the handler answered ${status}`, again: true };
  if (status >= 400 && status < 500 && status !== 408)
    return { kind: 'refused', detail: `the handler answered ${status}${hintOf(status)}`, again: false };
  return {
    kind: 'unknown',
    detail:
      status >= 300 && status < 400
        ? `the handler answered ${status}, and redirects are not followed`
        : `the handler answered ${status}`,
  };
};
