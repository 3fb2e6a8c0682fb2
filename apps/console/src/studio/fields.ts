import { contextFields } from '@interlock/policy';
import { member } from './rules.js';

/** The fields that every request may have, whatever its action type. */
export const commonFields: readonly string[] = Object.keys(contextFields).sort();

const scalar = new Set(['string', 'number', 'integer', 'boolean']);
const isScalarSchema = (schema: unknown): boolean => {
  const type = member(schema, 'type');
  const types = (Array.isArray(type) ? type : [type]).filter((one) => one !== 'null');
  return types.length > 0 && types.every((one) => typeof one === 'string' && scalar.has(one))
    ? true
    : Array.isArray(member(schema, 'enum')) || member(schema, 'const') !== undefined;
};
const properties = (schema: unknown, prefix: string, depth: number): string[] => {
  const own = member(schema, 'properties');
  if (typeof own !== 'object' || own === null || depth > 8) return [];
  return Object.entries(own).flatMap(([name, property]) =>
    name.includes('.')
      ? []
      : isScalarSchema(property)
        ? [`${prefix}.${name}`]
        : properties(property, `${prefix}.${name}`, depth + 1),
  );
};

/**
 * Returns the fields that rules may use across all these action types. It serves the choice of a
 * field; the analysis itself is exact.
 */
export const declaredFields = (
  types: readonly { readonly parameters: unknown; readonly impact_fields: readonly string[] }[],
): ReadonlySet<string> =>
  new Set([
    ...commonFields,
    ...types.flatMap(({ parameters: schema, impact_fields: impacts }) => [
      ...properties(schema, 'parameters', 0),
      ...impacts.map((name) => `impact_by_kpi.${name}`),
    ]),
  ]);
