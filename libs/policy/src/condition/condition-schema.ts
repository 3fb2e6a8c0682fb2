import { operators } from './condition.js';
import type { Schema } from './json-schema.js';

const pattern = '^(\\*|[a-z0-9][a-z0-9_.-]{0,62})$';

/** The name of an action type or agent, or `*` for any. */
export const nameOrAnySchema = { type: 'string', pattern } as const satisfies Schema;

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
