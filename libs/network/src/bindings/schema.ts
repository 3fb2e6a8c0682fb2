import { entityClasses } from './binding.js';

const name = '^[A-Za-z_][A-Za-z0-9_.-]{0,127}$';
/** The pattern of Interlock's names for leaves and keys. */
const ours = '^[a-z][a-z0-9_]{0,62}$';
const revision = '^[0-9]{4}-[0-9]{2}-[0-9]{2}$';
const path = { type: 'string', minLength: 2, maxLength: 1024, pattern: '^/' };
const namespace = { type: 'string', minLength: 1, maxLength: 256, pattern: '^[^\\s{}]+$' };
const names = { type: 'array', maxItems: 32, uniqueItems: true, items: { type: 'string', pattern: name } };

const leaf = {
  type: 'object',
  additionalProperties: false,
  required: ['path', 'type', 'config'],
  properties: {
    path: {
      ...path,
      description:
        'The path in the model with the keys as templates: `/acme-cell:cells/cell[id={cell}]/power`',
    },
    type: {
      enum: [
        ...['int8', 'int16', 'int32', 'int64', 'uint8', 'uint16', 'uint32', 'uint64', 'decimal64'],
        ...['boolean', 'enumeration', 'string', 'leafref', 'identityref', 'union'],
      ],
      description: 'The YANG built-in type that the leaf comes down to',
    },
    config: { type: 'boolean', description: 'False for state, which nobody can write' },
    range: {
      type: 'array',
      items: { type: 'number' },
      minItems: 2,
      maxItems: 2,
      description: "The least and the greatest value, in the leaf's own unit",
    },
    per_unit: {
      type: 'number',
      exclusiveMinimum: 0,
      description: 'So many units of the leaf are one of ours: 10 for a leaf in 0.1 dBm',
    },
    logarithmic: { type: 'boolean', description: 'The leaf is in mW, and our unit is dBm' },
    unit: { type: 'string', minLength: 1, maxLength: 32, description: 'Our unit, such as `dBm`' },
    values: {
      type: 'object',
      minProperties: 1,
      maxProperties: 64,
      additionalProperties: { type: 'string', minLength: 1, maxLength: 128 },
      description: "The model's word for each of ours",
    },
    max_length: { type: 'integer', minimum: 1, maximum: 4096 },
    licence: {
      type: 'object',
      additionalProperties: false,
      required: ['min', 'max', 'step'],
      properties: {
        min: { type: 'number' },
        max: { type: 'number' },
        step: { type: 'number', exclusiveMinimum: 0 },
      },
      description: "The carrier's licence and its step, in our unit",
    },
    presence: { ...path, description: 'A container above the leaf whose presence means something' },
    rules: {
      type: 'array',
      maxItems: 32,
      items: { type: 'string', minLength: 1, maxLength: 2048 },
      description: 'The `when` and `must` expressions of the leaf, as the model says them',
    },
    rules_above: {
      type: 'array',
      maxItems: 32,
      items: { type: 'string', minLength: 1, maxLength: 2048 },
      description: 'The `when` and `must` expressions of the nodes above the leaf',
    },
    read_back: {
      type: 'string',
      pattern: ours,
      description:
        'What is read back after a change: `running`, or also the state leaf of this class that is named',
    },
  },
};
const leaves = {
  type: 'object',
  minProperties: 1,
  maxProperties: 64,
  propertyNames: { pattern: ours },
  additionalProperties: leaf,
};
const entityClass = {
  type: 'object',
  additionalProperties: false,
  required: ['entry', 'leaves'],
  properties: {
    entry: { ...path, description: 'The list entry of one thing of the class' },
    feature: { type: 'string', maxLength: 256, pattern: '^[^:\\s]+:[^:\\s]+$' },
    existing: {
      type: 'boolean',
      description: 'Entries that the device does not have are never made',
    },
    five_qis: {
      const: 'none',
      description: 'For slices: no policy of the class carries a 5QI',
    },
    id: {
      type: 'string',
      minLength: 1,
      maxLength: 256,
      description: 'The form of an id that holds several keys: `Element={element},Cell={cell}`',
    },
    leaves,
  },
};

/** JSON Schema (Draft 7) of a binding; the same as `docs/schemas/device-binding.schema.json`. */
export const bindingSchema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  $id: 'https://interlock.invalid/schemas/device-binding.schema.json',
  title: 'Device binding',
  description: 'Where a YANG model, at one revision, keeps what Interlock reads and changes',
  type: 'object',
  additionalProperties: false,
  required: ['module', 'modules', 'lists', 'classes', 'kpis', 'evidence'],
  properties: {
    $schema: { type: 'string', maxLength: 256 },
    module: { type: 'string', pattern: name, description: 'The module that every path runs through' },
    modules: {
      type: 'object',
      minProperties: 1,
      maxProperties: 32,
      propertyNames: { pattern: name },
      description: 'That module, and those that augment it',
      additionalProperties: {
        type: 'object',
        additionalProperties: false,
        required: ['revision', 'namespace', 'compatible'],
        properties: {
          revision: { type: 'string', pattern: revision },
          namespace,
          compatible: {
            type: 'array',
            maxItems: 32,
            uniqueItems: true,
            items: { type: 'string', pattern: revision },
            description: 'Other revisions in which every bound path is the same',
          },
          deviations: names,
        },
      },
    },
    lists: {
      type: 'object',
      maxProperties: 64,
      propertyNames: { pattern: '^[A-Za-z_][\\w.-]*:[A-Za-z_][\\w.-]*$' },
      description: 'The keys of each list, by `<module>:<list>`',
      additionalProperties: { ...names, minItems: 1 },
    },
    identities: {
      type: 'array',
      maxItems: 64,
      uniqueItems: true,
      items: { type: 'string', pattern: '^[A-Za-z_][\\w.-]*:[A-Za-z_][\\w.-]*$' },
      description: 'Keys and leaves of type `identityref`, by `<module>:<name>`',
    },
    classes: {
      type: 'object',
      additionalProperties: false,
      properties: Object.fromEntries(entityClasses.map((entity) => [entity, entityClass])),
    },
    kpis: {
      type: 'object',
      maxProperties: 64,
      propertyNames: { pattern: ours },
      description: 'KPIs of a cell by their names',
      additionalProperties: leaf,
    },
    evidence: {
      type: 'object',
      additionalProperties: false,
      required: ['status', 'by'],
      properties: {
        status: {
          enum: ['run', 'reduced', 'unverified'],
          description: 'What shows that the binding is right; a binding of a tenant is `unverified`',
        },
        by: { type: 'string', minLength: 1, maxLength: 256 },
      },
    },
  },
};
