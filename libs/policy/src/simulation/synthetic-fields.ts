import {
  postureLevels,
  riskLevels,
  type ActionTypeV1,
  type JsonObject,
  type JsonValue,
} from '@interlock/contracts';
import { isObject, cutText } from '@interlock/kernel';
import type { Condition, FieldType, Scalar } from '../condition/condition.js';
import { contextFields, schemaFields } from '../condition/field.js';
import type { RuleV1 } from '../rules/rule.js';
import { oneOf, type Random } from './random.js';

/** The usual values of a field. */
type Usual = {
  readonly type: FieldType;
  readonly min?: number;
  readonly max?: number;
  readonly whole?: boolean;
  readonly values?: readonly Scalar[];
};
/** The fields of an action type. */
export type Fields = ReadonlyMap<string, Usual>;

const number = (min: number, max: number, whole = false): Usual => ({ type: 'number', min, max, whole });
const text = (...values: readonly string[]): Usual => ({ type: 'string', values });

/** The usual fields of a request besides its parameters. */
const usualContext: { readonly [field: string]: Usual } = {
  affected_entity_count: number(0, 50, true),
  confidence_score: number(0, 1),
  external_contact: { type: 'boolean' },
  estimated_cost: number(0, 500),
  estimated_compute: number(0, 50),
  dry_run: { type: 'boolean' },
  risk_score: number(1, 99, true),
  risk_level: text(...riskLevels),
  impact_delta: number(-50, 50),
  confidence: number(0, 1),
  'confidence_interval.low': number(-100, 0),
  'confidence_interval.high': number(0, 100),
  'time.hour': number(0, 23, true),
  'time.weekday': text('Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'),
  posture: text(...postureLevels),
  'system.error_rate_5m': number(0, 100),
  'system.load_pct': number(0, 100, true),
  'history.same_entity_age_s': number(0, 86_400, true),
  'history.actions_1h': number(0, 100, true),
  'history.blast_1h': number(0, 500, true),
  'history.failure_rate_5m': number(0, 100),
};

const propertyAt = (schema: JsonObject, path: readonly string[]): JsonObject =>
  path.reduce<JsonObject>(
    (at, name) =>
      isObject(at['properties']) && isObject(at['properties'][name]) ? at['properties'][name] : {},
    schema,
  );

const usualOf = (
  type: FieldType,
  { minimum, maximum, enum: values, const: only, type: named }: JsonObject,
): Usual => {
  const constants = Array.isArray(values)
    ? (values as readonly JsonValue[])
    : only === undefined
      ? []
      : [only];
  const known = constants.filter((value): value is Scalar => typeof value === type);
  if (known.length > 0) return { type, values: known };
  if (type !== 'number') return { type };
  const [low, high] = [
    typeof minimum === 'number' ? minimum : 0,
    typeof maximum === 'number' ? maximum : undefined,
  ];
  // A bound that only excludes nonsense does not show the usual range.
  return number(low, Math.min(high ?? Infinity, Math.max(low + 1, 200)), named === 'integer');
};

/** Every field that an action type declares, with its usual values. */
export const fieldsOf = (entry: ActionTypeV1): Fields =>
  new Map([
    ...Object.entries(usualContext),
    ...Object.entries(schemaFields(entry.parameters_schema)).map(([field, type]): [string, Usual] => [
      field,
      usualOf(type, propertyAt(entry.parameters_schema, field.split('.').slice(1))),
    ]),
    ...entry.impact_fields.map((name): [string, Usual] => [`impact_by_kpi.${name}`, number(-50, 50)]),
  ]);

/** The type of a field that rules may read for an action; undefined if nothing declares it. */
export const declaredUsual = (fields: Fields, field: string): Usual | undefined => {
  const type = Object.hasOwn(contextFields, field) ? contextFields[field] : undefined;
  return fields.get(field) ?? (type === undefined ? undefined : { type });
};

const tidy = (value: number): number => Number(value.toPrecision(12));
const step = (usual: Usual): number => (usual.whole === true ? 1 : 0.001);

/**
 * Returns the values at which a condition changes its result, with their neighbours on either side.
 * For texts, these are the constant and another text.
 */
export const bordersOf = ({ value }: Condition, usual: Usual): readonly Scalar[] => {
  if (typeof value === 'number') return [value, tidy(value - step(usual)), tidy(value + step(usual))];
  return typeof value === 'boolean' ? [value, !value] : [value, cutText(`other-than-${value}`, 1024)];
};

/** The conditions of all rules, by field. */
export const conditionsByField = (rules: readonly RuleV1[]): ReadonlyMap<string, readonly Condition[]> => {
  const byField = new Map<string, Condition[]>();
  for (const condition of rules.flatMap(({ conditions }) => conditions))
    byField.set(condition.field, [...(byField.get(condition.field) ?? []), condition]);
  return byField;
};

/**
 * Returns a value of a field: often one at which the result of a rule changes, else a usual one.
 */
export const anyValue = (random: Random, usual: Usual, conditions: readonly Condition[]): Scalar => {
  const fitting = conditions.filter(({ value }) => typeof value === usual.type);
  if (fitting.length > 0 && random() < 0.6) return oneOf(random, bordersOf(oneOf(random, fitting), usual));
  if (usual.values !== undefined) return oneOf(random, usual.values);
  if (usual.type === 'boolean') return random() < 0.5;
  if (usual.type === 'string') return `value-${Math.floor(random() * 5)}`;
  const { min = 0, max = 100, whole = false } = usual;
  const value = min + random() * (max - min);
  return whole ? Math.round(value) : Number(value.toFixed(3));
};
