import { operators } from './condition.js';
import type { Schema } from './json-schema.js';

const pattern = '^(\\*|[a-z0-9][a-z0-9_.-]{0,62})$';

/** The name of an action type or agent, or `*` for any. */
export const nameOrAnySchema = { type: 'string', pattern } as const satisfies Schema;

/**
 * A name that people read. Control and format characters, such as those that turn the direction of
 * text, are refused, because they can make a name look like another.
 */
export const printableName: Schema = {
  type: 'string',
  minLength: 1,
  maxLength: 128,
  pattern: '^[^\\p{C}]*$',
};

/** The conditions of a policy or an invariant. */
export const conditionsSchema: Schema = {
  type: 'array',
  maxItems: 64,
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['field', 'op', 'value'],
    properties: {
      field: { type: 'string', minLength: 1, maxLength: 256 },
      op: { type: 'string', enum: operators },
      value: { type: ['number', 'string', 'boolean'], maxLength: 1024 },
    },
  },
};
