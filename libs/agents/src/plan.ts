import type {
  ActionTypeTerms,
  ImpactEstimate,
  JsonObject,
  JsonValue,
  LeafChange,
  Observation,
  PlanAnswer,
  PlanRequest,
  Reason,
} from '@interlock/contracts';
import { contentHash } from '@interlock/kernel';
import { markedReasons, type HandlerAnswers } from './answers.js';

const at = (parameters: JsonObject, path: string | undefined): JsonValue | undefined =>
  path === undefined || !Object.hasOwn(parameters, path) ? undefined : parameters[path];

const counted = (value: JsonValue | undefined): number =>
  Array.isArray(value) ? value.length : typeof value === 'number' && value > 0 ? Math.ceil(value) : 0;

/**
 * The number of affected entities: the largest of the type's parameter, the handler's answer and 1.
 */
export const impactOf = (
  type: ActionTypeTerms,
  parameters: JsonObject,
  answer: HandlerAnswers['estimate_impact'] | null,
): ImpactEstimate => ({
  affected_entity_count: Math.max(
    1,
    counted(at(parameters, type.impact?.affected_entities)),
    answer?.affected_entity_count ?? 0,
  ),
  device_id: null,
  site_id: answer?.site_id ?? null,
  neighbours: answer?.neighbours ?? [],
  kpis: answer?.kpis ?? [],
  users_affected: answer?.users_affected ?? 0,
  connection_drops: 0,
  latency_increase_ms: {},
  topology_version: '0',
});

/**
 * The body of `apply` as a person is shown it beforehand, without the members that differ from call
 * to call.
 */
const payloadOf = (
  type: ActionTypeTerms,
  { action_id, entity_id, parameters }: Pick<PlanRequest, 'action_id' | 'entity_id' | 'parameters'>,
): JsonObject => ({
  step: 'apply',
  action_id,
  action_type: type.action_type,
  ...(type.version === undefined ? {} : { version: type.version }),
  entity_id,
  parameters,
});

/** The name of the handler's endpoint, as a plan shows it. */
const endpointName = (type: ActionTypeTerms): string => {
  const endpoint = type.handler?.endpoint;
  if (endpoint?.kind === 'mcp') return `mcp:${endpoint.server}`;
  if (endpoint?.kind !== 'webhook') return 'nats';
  const url = URL.parse(endpoint.urls?.apply ?? endpoint.url);
  return url === null ? 'webhook' : `webhook:${url.host}`;
};

/**
 * The plan of a call: the body that is sent, and the handler's answer about it. If the handler has
 * no `plan` step, the type's own terms apply.
 */
export const planOf = (
  type: ActionTypeTerms,
  request: Pick<PlanRequest, 'action_id' | 'entity_id' | 'parameters'>,
  answer: HandlerAnswers['plan'] | null,
): PlanAnswer => {
  const shown = payloadOf(type, request);
  const payload = JSON.stringify(shown);
  // INVARIANT: the requested content is the same under another action id, because people approve a
  // plan by the preview of each of its actions.
  const { action_id: _named, ...asked } = shown;
  const name = endpointName(type);
  const diff = answer?.diff ?? [];
  const steps = type.handler?.endpoint?.steps ?? [];
  const reversible = type.reversible && steps.includes('undo') && answer?.reversible !== false;
  const fingerprint = contentHash({ fingerprint: answer?.fingerprint ?? null });
  const diffHash = contentHash({ asked, diff });
  return {
    plan_hash: contentHash({
      endpoint: type.handler?.endpoint ?? null,
      diff: diffHash,
      fingerprint,
      reversible,
    }),
    device_id: name,
    site_id: null,
    profile: 'handler',
    payloads: [{ device_id: name, operation: 'apply', xml: payload }],
    diff,
    diff_hash: diffHash,
    leaves_fingerprint: fingerprint,
    reversible,
    violations: markedReasons(answer?.violations),
  };
};

/**
 * The request that would take a confirmed call back, and the changes that it would revert, as the
 * handler reported them. `request` is the request of its `apply`.
 */
export const undoPlanOf = (
  type: ActionTypeTerms,
  { action_id, entity_id, parameters }: Pick<PlanRequest, 'action_id' | 'entity_id' | 'parameters'>,
  request: string,
  done: readonly LeafChange[],
  violations: readonly Reason[],
): PlanAnswer => {
  const payload = JSON.stringify({
    ...payloadOf(type, { action_id, entity_id, parameters }),
    step: 'undo',
    apply_request_id: request,
  });
  const name = endpointName(type);
  const diff = done.map(({ path, before, after }) => ({ path, before: after, after: before }));
  const diff_hash = contentHash({ payload, diff });
  const leaves_fingerprint = contentHash({ apply_request_id: request });
  return {
    plan_hash: contentHash({ endpoint: type.handler?.endpoint ?? null, diff: diff_hash, leaves_fingerprint }),
    device_id: name,
    site_id: null,
    profile: 'handler',
    payloads: [{ device_id: name, operation: 'undo', xml: payload }],
    diff,
    diff_hash,
    leaves_fingerprint,
    reversible: false,
    violations,
  };
};

const rounded = (value: number): number => Math.round(value * 1e6) / 1e6;

/**
 * The observation of a handler. A handler without an `observe` step was asked for its status and
 * still reports the call as applied; that counts as one sample, of no KPI.
 */
export const observationOf = (answer: HandlerAnswers['observe'] | null): Observation => {
  if (answer === null) return { before: {}, after: {}, delta: {}, samples: 1, breaches: [] };
  const delta: { [kpi: string]: number } = {};
  for (const [kpi, after] of Object.entries(answer.after)) {
    const before = Object.hasOwn(answer.before, kpi) ? answer.before[kpi] : undefined;
    if (before !== undefined) delta[kpi] = rounded(after - before);
  }
  return {
    before: answer.before,
    after: answer.after,
    delta,
    samples: answer.samples ?? 1,
    breaches: markedReasons(answer.breaches),
  };
};
