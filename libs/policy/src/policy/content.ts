import { policyContentFields, type Violation } from '@interlock/contracts';
import { isObject, contentHash, pick, ProblemError } from '@interlock/kernel';
import type { Condition } from '../condition/condition.js';
import { conditionsSchema, nameOrAnySchema, printableName } from '../condition/condition-schema.js';
import { conditionViolations, type FieldCatalogue } from '../condition/field.js';
import { schemaViolations, type Schema } from '../condition/json-schema.js';

export const policyStatuses = ['active', 'disabled', 'retired'] as const;
export type PolicyStatus = (typeof policyStatuses)[number];
export const guardrailDecisions = ['ALLOW', 'DENY', 'CONFIRM'] as const;
type GuardrailDecision = (typeof guardrailDecisions)[number];

/** The content of a guardrail policy. */
export type PolicyContent = {
  readonly name: string;
  /** Registered action types, or `*`. */
  readonly action_types: readonly string[];
  readonly conditions: readonly Condition[];
  readonly decision: GuardrailDecision;
  /** Gate 6's limit of affected entities; null for none. */
  readonly max_affected_entities: number | null;
  /** Gate 7's confidence threshold, 0–1; null for none. */
  readonly min_confidence: number | null;
  /** The length of the confirmation window in seconds; null for the default. */
  readonly confirmation_window_s: number | null;
  /** The number of entities above which the window opens, even on ALLOW; null for none. */
  readonly confirm_above_entities: number | null;
  readonly on_elapse: 'proceed' | 'expire';
};
export type PolicyV1 = PolicyContent & {
  readonly policy_id: string;
  readonly version: number;
  readonly status: PolicyStatus;
  readonly content_hash: string;
};

/** A submitted policy. Absent members take their defaults, or stay unchanged on PATCH. */
type PolicyInput = Partial<PolicyContent> & {
  readonly policy_id?: string;
  readonly status?: PolicyStatus;
};

const orNull = (schema: Schema, type: 'integer' | 'number'): Schema => ({ ...schema, type: [type, 'null'] });
const entities: Schema = { minimum: 0, maximum: 1_000_000_000 };
const members: { readonly [name: string]: Schema } = {
  policy_id: { type: 'string', pattern: '^[a-z0-9][a-z0-9_.-]{0,62}$' },
  name: printableName,
  action_types: {
    type: 'array',
    minItems: 1,
    maxItems: 256,
    uniqueItems: true,
    items: nameOrAnySchema,
  },
  conditions: conditionsSchema,
  decision: { type: 'string', enum: guardrailDecisions },
  max_affected_entities: orNull(entities, 'integer'),
  min_confidence: orNull({ minimum: 0, maximum: 1 }, 'number'),
  confirmation_window_s: orNull({ minimum: 1, maximum: 86_400 }, 'integer'),
  confirm_above_entities: orNull(entities, 'integer'),
  on_elapse: { type: 'string', enum: ['proceed', 'expire'] },
  status: { type: 'string', enum: policyStatuses },
};
const createSchema: Schema = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'action_types', 'decision'],
  properties: members,
};
const { policy_id: _id, ...changeable } = members;
const patchSchema: Schema = {
  type: 'object',
  additionalProperties: false,
  properties: { ...changeable, restore_version: { type: 'integer', minimum: 1 } },
};

/** The content of a policy, without any other member. */
export const policyContentOf = (policy: PolicyContent): PolicyContent => pick(policy, policyContentFields);

/** Returns the SHA-256 over the policy's id and content, without version and status. */
export const policyHash = (policyId: string, content: PolicyContent): string =>
  contentHash({ policy_id: policyId, ...policyContentOf(content) });

const refuse = (violations: readonly Violation[]): void => {
  if (violations.length > 0)
    throw new ProblemError(
      'policy-invalid',
      `the policy has ${violations.length} ${violations.length === 1 ? 'fault' : 'faults'}`,
      { violations },
    );
};

const meaning = (
  content: Pick<PolicyContent, 'action_types' | 'conditions'>,
  catalogue: FieldCatalogue,
): Violation[] => [
  ...content.action_types.flatMap((name, i): Violation[] =>
    name === '*' || catalogue.actionTypes.has(name)
      ? []
      : [
          {
            pointer: `/action_types/${i}`,
            code: 'unknown-action-type',
            detail: `action type \`${name}\` is not registered`,
          },
        ],
  ),
  ...content.conditions.flatMap((condition, i) =>
    conditionViolations(condition, content.action_types, catalogue, `/conditions/${i}`),
  ),
];

/** The members without a schema fault, so that their meaning can still be checked. */
const sound = (input: unknown, faults: readonly Violation[]): Partial<PolicyContent> => {
  const broken = new Set(faults.map(({ pointer }) => pointer.split('/')[1]));
  return isObject(input)
    ? Object.fromEntries(Object.entries(input).filter(([name]) => !broken.has(name)))
    : {};
};

/**
 * Returns a submitted policy with its defaults. Throws `policy-invalid`, which names every
 * violation of shape and meaning.
 */
export const checkPolicy = (
  input: unknown,
  catalogue: FieldCatalogue,
): PolicyContent & { readonly policy_id?: string; readonly status: PolicyStatus } => {
  const faults = schemaViolations(createSchema, input);
  const { action_types = [], conditions = [] } = sound(input, faults);
  refuse([
    ...faults,
    ...meaning({ action_types, conditions: action_types.length === 0 ? [] : conditions }, catalogue),
  ]);
  const given = input as PolicyInput & Pick<PolicyContent, 'name' | 'action_types' | 'decision'>;
  const content = {
    name: given.name,
    action_types: given.action_types,
    conditions: given.conditions ?? [],
    decision: given.decision,
    max_affected_entities: given.max_affected_entities ?? null,
    min_confidence: given.min_confidence ?? null,
    confirmation_window_s: given.confirmation_window_s ?? null,
    confirm_above_entities: given.confirm_above_entities ?? null,
    on_elapse: given.on_elapse ?? 'proceed',
    status: given.status ?? 'active',
  } as const;
  return given.policy_id === undefined ? content : { ...content, policy_id: given.policy_id };
};

/** A change by PATCH. `restore_version` first takes an earlier version's content. */
export type PolicyChange = Partial<PolicyContent> & {
  readonly status?: PolicyStatus;
  readonly restore_version?: number;
};

/**
 * Returns a submitted change; `contentOf` returns the content after it. Throws `policy-invalid`,
 * which names every violation of the change's shape, and of the meaning of the content after its
 * valid members. Also throws what `contentOf` throws.
 */
export const checkPolicyChange = (
  input: unknown,
  contentOf: (change: PolicyChange) => PolicyContent,
  catalogue: FieldCatalogue,
): PolicyChange => {
  const faults = schemaViolations(patchSchema, input);
  const change: PolicyChange = sound(input, faults);
  const content = contentOf(change);
  // A policy may become invalid because an action type's fields changed. It can still be
  // deactivated.
  const outOfUse =
    Object.keys(change).length === 1 && change.status !== undefined && change.status !== 'active';
  refuse([...faults, ...(outOfUse ? [] : meaning(content, catalogue))]);
  return input as PolicyChange;
};
