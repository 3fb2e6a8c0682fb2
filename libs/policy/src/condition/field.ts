import type { ActionTypeV1, JsonObject, JsonValue, Violation } from '@interlock/contracts';
import { isObject } from '@interlock/kernel';
import type { Condition, FieldType } from './condition.js';

const fields = {
  intent_id: 'string',
  tenant_id: 'string',
  account_id: 'string',
  agent: 'string',
  action_type: 'string',
  entity_id: 'string',
  affected_entity_count: 'number',
  confidence_score: 'number',
  lifecycle_state: 'string',
  external_contact: 'boolean',
  trigger_type: 'string',
  incident_id: 'string',
  estimated_cost: 'number',
  estimated_compute: 'number',
  dry_run: 'boolean',
  risk_score: 'number',
  risk_level: 'string',
  impact_delta: 'number',
  confidence: 'number',
  basis: 'string',
  'confidence_interval.low': 'number',
  'confidence_interval.high': 'number',
  'time.hour': 'number',
  'time.weekday': 'string',
  posture: 'string',
  'system.error_rate_5m': 'number',
  'system.load_pct': 'number',
  'history.same_entity_age_s': 'number',
  'history.actions_1h': 'number',
  'history.blast_1h': 'number',
  'history.failure_rate_5m': 'number',
  'history.last_action_type': 'string',
  'device.safety_level': 'number',
  'device.qualification': 'string',
} as const satisfies { readonly [field: string]: FieldType };
export type ContextField = keyof typeof fields;
/** The fields that every evaluation may have, whatever the action type. */
export const contextFields: { readonly [field: string]: FieldType } = fields;

const nameOfType = (type: JsonValue): FieldType | undefined => {
  if (type === 'integer' || type === 'number') return 'number';
  return type === 'string' || type === 'boolean' ? type : undefined;
};

const scalarType = (schema: JsonObject): FieldType | undefined => {
  if (schema.type !== undefined) {
    const named = (Array.isArray(schema.type) ? (schema.type as readonly JsonValue[]) : [schema.type])
      .filter((type) => type !== 'null')
      .map(nameOfType);
    return new Set(named).size === 1 ? named[0] : undefined;
  }
  const values = Array.isArray(schema.enum)
    ? (schema.enum as readonly JsonValue[])
    : schema.const === undefined
      ? []
      : [schema.const];
  const types = new Set(values.map((value) => nameOfType(typeof value)));
  return types.size === 1 ? [...types][0] : undefined;
};

/**
 * Returns the scalar fields that a JSON Schema of parameters declares, by dotted path. A property
 * with a dot in its name cannot be addressed.
 */
export const schemaFields = (
  schema: JsonObject,
  prefix = 'parameters',
  depth = 0,
): { readonly [field: string]: FieldType } => {
  const fields: { [field: string]: FieldType } = {};
  if (!isObject(schema.properties) || depth > 8) return fields;
  for (const [name, property] of Object.entries(schema.properties)) {
    if (name.includes('.') || !isObject(property)) continue;
    const path = `${prefix}.${name}`;
    const type = scalarType(property);
    if (type !== undefined) fields[path] = type;
    else Object.assign(fields, schemaFields(property, path, depth + 1));
  }
  return fields;
};

/**
 * The declared fields and registered action types that bundles and policies are checked against.
 */
export type FieldCatalogue = {
  readonly actionTypes: ReadonlySet<string>;
  /**
   * Returns the types of a field over the given action types (`*`: all of them); empty if none
   * declares it.
   */
  readonly typesOf: (field: string, actionTypes: readonly string[]) => ReadonlySet<FieldType>;
};

/**
 * Returns the catalogue over the registered action types: the context's fields, `parameters.*` by
 * schema, `impact_by_kpi.*` by impact field.
 */
export const fieldCatalogue = (actionTypes: readonly ActionTypeV1[]): FieldCatalogue => {
  const byType = new Map(
    actionTypes.map((entry) => [
      entry.action_type,
      new Map<string, FieldType>([
        ...Object.entries(schemaFields(entry.parameters_schema)),
        ...entry.impact_fields.map((name): [string, FieldType] => [`impact_by_kpi.${name}`, 'number']),
      ]),
    ]),
  );
  return {
    actionTypes: new Set(byType.keys()),
    typesOf: (field, names) => {
      const own = Object.hasOwn(contextFields, field) ? contextFields[field] : undefined;
      if (own !== undefined) return new Set([own]);
      const asked = names.includes('*') ? [...byType.keys()] : names;
      return new Set(asked.map((name) => byType.get(name)?.get(field)).filter((type) => type !== undefined));
    },
  };
};

/**
 * Describes the faults of a condition for these action types: an unknown field, a type mismatch, an
 * ordering of unordered values.
 */
export const conditionViolations = (
  condition: Condition,
  actionTypes: readonly string[],
  catalogue: FieldCatalogue,
  pointer: string,
): Violation[] => {
  const violations: Violation[] = [];
  const given = typeof condition.value;
  if (given !== 'number' && condition.op !== '==' && condition.op !== '!=') {
    violations.push({
      pointer: `${pointer}/op`,
      code: 'operator',
      detail: `\`${condition.op}\` orders numbers, the value is a ${given}`,
    });
  }
  const types = catalogue.typesOf(condition.field, actionTypes);
  if (types.size === 0) {
    const known = actionTypes.filter((name) => name === '*' || catalogue.actionTypes.has(name));
    if (known.length > 0)
      violations.push({
        pointer: `${pointer}/field`,
        code: 'unknown-field',
        detail: `no field \`${condition.field}\` is declared for ${known.map((name) => `\`${name}\``).join(', ')}`,
      });
  } else if (types.size > 1) {
    violations.push({
      pointer: `${pointer}/field`,
      code: 'type-mismatch',
      detail: `field \`${condition.field}\` has several types: ${[...types].sort().join(', ')}`,
    });
  } else if (!types.has(given as FieldType)) {
    violations.push({
      pointer: `${pointer}/value`,
      code: 'type-mismatch',
      detail: `field \`${condition.field}\` is a ${[...types][0]!}, the value is a ${given}`,
    });
  }
  return violations;
};
