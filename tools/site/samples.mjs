/** Plausible values by the name of a member. */
const known = {
  tenant_id: 'demo',
  account_id: 'ran-north',
  agent: 'ran-optimizer',
  action_type: 'cell_failover',
  entity_id: 'cell-005-1',
  intent_id: 'my-intent-1',
  confidence_score: 0.95,
  affected_entity_count: 3,
  parameters: { power_raise_db: 3, cell_individual_offset: 3 },
  reason: 'planned work',
  comment: 'read and agreed',
  note: 'read and agreed',
  digest: '0'.repeat(64),
  version: '1.0.0',
};

const ofString = ({ format, pattern, minLength = 1 }) => {
  if (format === 'date-time') return '2026-11-26T08:30:00.000Z';
  if (format === 'date') return '2026-11-26';
  if (format === 'uuid') return '0199a3c0-5b1e-7c3d-8f2a-3b6d1e9c4a70';
  if (format === 'uri') return 'https://example.com/';
  return pattern === undefined ? 'text'.padEnd(minLength, '.') : 'name';
};

/**
 * An example of a schema with its required members. A schema that requires none shows all.
 * @param {object} document the OpenAPI document
 * @param {object} schema
 * @param {string} [name] the member's name
 * @param {number} [depth] from the body down; ends recursive schemas
 */
export function exampleOf(document, schema, name = '', depth = 0) {
  if (schema.$ref !== undefined)
    return exampleOf(document, document.components.schemas[schema.$ref.split('/').at(-1)], name, depth);
  if (schema.example !== undefined) return schema.example;
  if (schema.enum !== undefined) return schema.enum[0];
  const choices = schema.oneOf ?? schema.anyOf ?? schema.allOf;
  if (choices !== undefined) return exampleOf(document, choices[0], name, depth);
  if (name in known) return known[name];
  if (schema.type === 'object' || schema.properties !== undefined) {
    const { properties = {}, required = [] } = schema;
    const shown = required.length > 0 ? required : Object.keys(properties);
    return depth > 4
      ? {}
      : Object.fromEntries(
          shown
            .filter((member) => properties[member] !== undefined)
            .map((member) => [member, exampleOf(document, properties[member], member, depth + 1)]),
        );
  }
  if (schema.type === 'array')
    return depth > 4 ? [] : [exampleOf(document, schema.items ?? {}, name, depth + 1)];
  if (schema.type === 'integer' || schema.type === 'number') return schema.minimum ?? 1;
  if (schema.type === 'boolean') return true;
  return schema.type === 'string' ? ofString(schema) : 'value';
}
