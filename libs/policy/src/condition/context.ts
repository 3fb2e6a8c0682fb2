import {
  predictedContext,
  riskLevels,
  type ActionIntentV1,
  type JsonObject,
  type JsonValue,
  type PostureLevel,
  type SeenPrediction,
  type RiskLevel,
  type Timestamp,
} from '@interlock/contracts';
import { localTime } from '@interlock/kernel';
import type { EvaluationContext, Scalar } from './condition.js';
import type { ContextField } from './field.js';

/** Inputs from outside the request, as values: `system.*`, `history.*` and `device.*`. */
export type DerivedInputs = {
  readonly system?: { readonly [name: string]: Scalar };
  readonly history?: { readonly [name: string]: Scalar };
  readonly device?: { readonly [name: string]: Scalar };
};

/**
 * A request whose fields form the context; absent ones are unknown. An `EvaluateRequest` is one.
 */
export type EvaluationRequest = {
  readonly intent: Partial<ActionIntentV1>;
  readonly prediction: Partial<SeenPrediction> | null;
  readonly posture: PostureLevel | null;
  readonly at: Timestamp;
  readonly dry_run?: boolean;
};

const isScalar = (value: unknown): value is Scalar =>
  typeof value === 'string' ||
  typeof value === 'boolean' ||
  (typeof value === 'number' && Number.isFinite(value));

/** Returns the higher of two risk levels; if only one is known, that one. */
export const higherRisk = (a: RiskLevel | undefined, b: RiskLevel | undefined): RiskLevel | undefined => {
  if (a === undefined || b === undefined) return a ?? b;
  return riskLevels.indexOf(a) >= riskLevels.indexOf(b) ? a : b;
};

/**
 * Collects the scalars of nested objects by dotted path. Names with a dot cannot be addressed;
 * lists and null are left out.
 */
const flatten = (value: JsonObject, prefix: string, into: { [field: string]: Scalar }, depth = 0): void => {
  for (const [name, member] of Object.entries(value) as [string, JsonValue][]) {
    if (name.includes('.')) continue;
    const path = `${prefix}.${name}`;
    if (isScalar(member)) into[path] = member;
    else if (typeof member === 'object' && member !== null && !Array.isArray(member) && depth < 8)
      flatten(member as JsonObject, path, into, depth + 1);
  }
};

const intentFields = (
  intent: Partial<ActionIntentV1>,
): { readonly [field in ContextField]?: Scalar | undefined } => ({
  intent_id: intent.intent_id,
  tenant_id: intent.tenant_id,
  account_id: intent.account_id,
  agent: intent.agent,
  action_type: intent.action_type,
  entity_id: intent.entity_id,
  affected_entity_count: intent.affected_entity_count,
  confidence_score: intent.confidence_score,
  lifecycle_state: intent.lifecycle_state,
  external_contact: intent.external_contact,
  trigger_type: intent.trigger_type,
  incident_id: intent.incident_id,
  estimated_cost: intent.estimated_cost,
  estimated_compute: intent.estimated_compute,
  dry_run: intent.dry_run ?? false,
});

/**
 * Returns all inputs of an evaluation, as plain values by dotted path: intent, `parameters.*`,
 * prediction, `impact_by_kpi.*`, `time.hour` and `time.weekday` in the tenant's zone, `posture`,
 * and `system.*`, `history.*` and `device.*` if given. `requested_by` is left out, because it may
 * name a person. `canContact`: the action type can contact someone outside, so an intent counts as
 * true unless it says otherwise.
 */
export const buildContext = (
  request: EvaluationRequest,
  timeZone: string,
  derived: DerivedInputs = {},
  canContact = false,
): EvaluationContext => {
  const { intent, prediction, posture } = request;
  const context: { [field: string]: Scalar } = {};
  const put = (field: string, value: unknown): void => {
    if (isScalar(value)) context[field] = value;
  };
  for (const [field, value] of Object.entries(intentFields(intent))) put(field, value);
  if (canContact && intent.external_contact === undefined) put('external_contact', true);
  if (request.dry_run === true) put('dry_run', true);
  flatten(intent.parameters ?? {}, 'parameters', context);
  if (prediction !== null) predictedContext(prediction, context);
  put('risk_level', higherRisk(intent.risk_level, prediction?.risk_level));
  const { hour, weekday } = localTime(request.at, timeZone);
  put('time.hour', hour);
  put('time.weekday', weekday);
  put('posture', posture ?? undefined);
  for (const [name, value] of Object.entries(derived.system ?? {})) put(`system.${name}`, value);
  for (const [name, value] of Object.entries(derived.history ?? {})) put(`history.${name}`, value);
  for (const [name, value] of Object.entries(derived.device ?? {})) put(`device.${name}`, value);
  return context;
};
