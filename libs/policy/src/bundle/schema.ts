import { operators } from '../condition/condition.js';
import { nameOrAnySchema } from '../condition/condition-schema.js';
import type { Schema } from '../condition/json-schema.js';
import { ruleEffects } from '../rules/rule.js';
import { teamPattern } from '../teams/team.js';

const condition: Schema = {
  type: 'object',
  additionalProperties: false,
  required: ['field', 'op', 'value'],
  properties: {
    field: {
      type: 'string',
      description: "Dotted path into the evaluation's context",
      minLength: 1,
      maxLength: 256,
    },
    op: { type: 'string', enum: operators },
    value: { type: ['number', 'string', 'boolean'], maxLength: 1024 },
  },
  if: { type: 'object', required: ['op'], properties: { op: { enum: ['>=', '<=', '>', '<'] } } },
  then: { properties: { value: { type: 'number' } } },
};

const rule: Schema = {
  type: 'object',
  additionalProperties: false,
  required: ['id', 'agent', 'action', 'effect', 'priority'],
  properties: {
    id: {
      type: 'string',
      description: 'Unique in the bundle',
      pattern: '^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$',
    },
    agent: { type: 'string', description: "An agent's name or *", pattern: nameOrAnySchema.pattern },
    action: {
      type: 'string',
      description: 'A registered action type or *',
      pattern: nameOrAnySchema.pattern,
    },
    effect: { type: 'string', enum: ruleEffects },
    priority: {
      type: 'integer',
      description: 'The highest is looked at first',
      minimum: -1_000_000,
      maximum: 1_000_000,
    },
    enabled: { type: 'boolean', default: true },
    conditions: { type: 'array', description: 'All must hold', items: condition, maxItems: 64, default: [] },
    reason: { type: 'string', maxLength: 1024, default: '' },
    budget: {
      type: 'object',
      additionalProperties: false,
      properties: {
        cost: { type: 'number', minimum: 0, maximum: 1e9, default: 0 },
        compute: { type: 'number', minimum: 0, maximum: 1e9, default: 0 },
      },
    },
    approvals_required: {
      type: 'integer',
      description: 'People who must say yes where an approval is needed',
      minimum: 0,
      maximum: 2,
    },
    retry_after_s: {
      type: 'integer',
      description: 'Seconds after which a denied request may be tried again: deferred, not refused for good',
      minimum: 1,
      maximum: 2_592_000,
    },
  },
  if: { type: 'object', required: ['retry_after_s'] },
  then: { properties: { effect: { enum: ['deny'] } } },
};

/**
 * JSON Schema (Draft 7) of a bundle as it is submitted; the same as
 * `docs/schemas/policy-bundle.schema.json`.
 */
export const bundleSchema: Schema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  $id: 'https://interlock.invalid/schemas/policy-bundle.schema.json',
  title: 'Policy bundle',
  type: 'object',
  additionalProperties: false,
  required: ['version', 'rules'],
  properties: {
    version: {
      type: 'string',
      description: 'MAJOR.MINOR.PATCH, no pre-release',
      pattern: '^(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)$',
      maxLength: 16,
    },
    rules: { type: 'array', items: rule, maxItems: 10_000 },
    notes: { type: 'string', maxLength: 10_000, default: '' },
    metadata: { type: 'object', default: {} },
    team: {
      type: ['string', 'null'],
      description: "Whose bundle it is; null: the whole tenant's",
      pattern: teamPattern,
    },
  },
};
