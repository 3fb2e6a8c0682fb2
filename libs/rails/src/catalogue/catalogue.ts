import { schemaFaultText, type ActionTypeV1, type JsonObject, type Violation } from '@interlock/contracts';
import { canonicalJson, cutText } from '@interlock/kernel';
import { linearRegExp, PatternWorkExceeded, withPatternWork } from '@interlock/kernel/linear-pattern';
import { Ajv, type ErrorObject, type Options, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { checksOf, nodesOf, schemaLimits } from './parameters-schema.js';

const agentAction = (
  name: string,
  title: string,
  properties: JsonObject,
  over: Partial<ActionTypeV1> = {},
): ActionTypeV1 => ({
  action_type: name,
  title,
  parameters_schema: {
    $schema: 'http://json-schema.org/draft-07/schema#',
    type: 'object',
    properties,
    additionalProperties: true,
  },
  handler: null,
  impact_fields: ['affected_entity_count'],
  reversible: false,
  read_only: false,
  external_contact: false,
  ...over,
});

const networkAction = (
  name: string,
  title: string,
  properties: JsonObject,
  required: readonly string[],
  over: Partial<ActionTypeV1> = {},
): ActionTypeV1 => ({
  action_type: name,
  title,
  parameters_schema: {
    $schema: 'http://json-schema.org/draft-07/schema#',
    type: 'object',
    properties,
    required,
    additionalProperties: false,
  },
  handler: { service: 'netconf-gateway', name },
  impact_fields: ['users_affected', 'connection_drops', 'latency_increase_ms'],
  kpis: ['drop_rate_pct'],
  reversible: true,
  read_only: false,
  external_contact: false,
  ...over,
});

/**
 * Returns a response of the posture. Without `check`, it changes something, and the change can be
 * taken back.
 */
const response = (name: string, title: string, check: boolean): ActionTypeV1 => ({
  action_type: name,
  title,
  parameters_schema: {
    $schema: 'http://json-schema.org/draft-07/schema#',
    type: 'object',
    properties: {},
    additionalProperties: false,
  },
  handler: { service: 'posture', name },
  impact_fields: [],
  reversible: !check,
  read_only: check,
  external_contact: false,
});

const number = (minimum: number, maximum: number): JsonObject => ({ type: 'number', minimum, maximum });
const text: JsonObject = { type: 'string', maxLength: 256 };
const name: JsonObject = { type: 'string', minLength: 1, maxLength: 256 };
const percent: JsonObject = { type: 'integer', minimum: 0, maximum: 100 };
const flag: JsonObject = { type: 'boolean' };

/**
 * The built-in action types: five network actions with handlers, the five responses of the posture,
 * and nine agent actions that wait for a tenant's handler. Other network actions register with
 * their handlers.
 */
export const builtInActionTypes: readonly ActionTypeV1[] = [
  networkAction(
    'cell_failover',
    'Lock a failing cell and let its neighbours cover',
    {
      neighbours: {
        type: 'array',
        items: { type: 'string', minLength: 1, maxLength: 256 },
        minItems: 1,
        maxItems: 32,
        uniqueItems: true,
      },
      power_raise_db: number(0, 6),
      cell_individual_offset: { type: 'integer', minimum: -24, maximum: 24 },
    },
    [],
  ),
  networkAction(
    'connection_throttle',
    'Lower the share of connected users that a slice may have',
    { policy: name, max_ratio: percent },
    ['policy', 'max_ratio'],
    { kpis: ['drop_rate_pct', 'latency_ms'] },
  ),
  networkAction(
    'qos_tune',
    'Change the shares of radio blocks of a slice',
    { policy: name, max_ratio: percent, min_ratio: percent, dedicated_ratio: percent },
    ['policy'],
    { kpis: ['latency_ms', 'throughput_mbps'] },
  ),
  networkAction(
    'alarm_silence',
    'Put the alarms of one type at one resource on a shelf of the device, for a time',
    {
      shelf: name,
      resource: name,
      alarm_type: name,
      qualifier: text,
      for_s: { type: 'integer', minimum: 1, maximum: 604_800 },
    },
    ['shelf', 'resource', 'alarm_type', 'for_s'],
    { kpis: [], duration_parameter: 'for_s' },
  ),
  networkAction('drift_restore', 'Give a drifted device the values that the log expects', {}, [], {
    kpis: [],
  }),
  response('integrity_check', "Recompute the recent part of the log's tree", true),
  response('schema_validation', 'Validate recent events, read models and inputs', true),
  response('full_integrity_check', 'Recompute the whole tree and replay the read models', true),
  response('cold_storage_verification', 'Verify the archived segments of the log', true),
  response('integrity_anchor_mirror', 'Rebuild the mirror of the signed checkpoints', false),
  agentAction(
    'inbox.quarantine',
    'Put a message into quarantine',
    {
      risk_score: number(0, 100),
      sender: text,
      sender_domain: text,
      domain_age_days: number(0, 100_000),
      vip: flag,
    },
    { reversible: true },
  ),
  agentAction(
    'inbox.escalate',
    'Hand a message to a person',
    { risk_score: number(0, 100), sender: text, sender_domain: text, vip: flag },
    { reversible: true },
  ),
  agentAction(
    'inbox.archive',
    'Archive a message',
    { category: text, sender: text, sender_domain: text },
    { reversible: true },
  ),
  agentAction(
    'inbox.allow',
    'Let a message through',
    { risk_score: number(0, 100), sender: text, sender_domain: text, dkim_verified: flag },
    { reversible: true },
  ),
  agentAction('knowledge.reindex', 'Build a search index anew', {
    size_gb: number(0, 1e9),
    cost: number(0, 1e9),
  }),
  agentAction('knowledge.delete', 'Delete documents', { hard: flag, env: text }),
  agentAction(
    'planner.deploy',
    'Deploy a version',
    { env: text, canary: flag, version: text },
    { external_contact: true },
  ),
  agentAction(
    'planner.rollback',
    'Put the version before back',
    { env: text, emergency: flag },
    { reversible: true },
  ),
  agentAction('planner.schedule', 'Schedule a job', { priority: text, at: text }, { reversible: true }),
];

const validators = new Map<string, Kept>();
/** The most compiled schemas that are kept. Tenants write them, so their number must be limited. */
const mostValidators = 1000;
const common: Options = {
  allErrors: true,
  validateFormats: false,
  addUsedSchema: false,
  code: { regExp: linearRegExp },
};
const draft7 = new Ajv({ ...common, strict: false });
const draft2020 = new Ajv2020({
  ...common,
  strictSchema: true,
  strictTypes: false,
  strictTuples: false,
  strictRequired: false,
  inlineRefs: false,
  logger: false,
});
// Ajv's own check compares every pair of items; this takes one pass.
for (const ajv of [draft7, draft2020]) {
  ajv.removeKeyword('uniqueItems');
  ajv.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    error: { message: 'must NOT have duplicate items' },
    validate: (unique: boolean, items: readonly unknown[]) =>
      !unique || new Set(items.map((item) => canonicalJson(item))).size === items.length,
  });
}

const compiled = (schema: JsonObject): ValidateFunction => {
  const ajv = String(schema['$schema'] ?? '').includes('draft-07') ? draft7 : draft2020;
  const validate = withPatternWork(() => ajv.compile(schema));
  ajv.removeSchema(schema);
  return validate;
};

const dialect2020 = 'https://json-schema.org/draft/2020-12/schema';
const dialect7 = /^https?:\/\/json-schema\.org\/draft-07\/schema#?$/;

/**
 * Returns the fault of a tenant's parameters schema (JSON Schema 2020-12); null if there is none.
 * Its limits were checked before. Schemas of MCP tools may also use Draft 7, which most servers do.
 */
export const compileParameters = (schema: JsonObject, ofTool = false): string | null => {
  const dialect = schema['$schema'];
  const isDraft7 = ofTool && typeof dialect === 'string' && dialect7.test(dialect);
  if (dialect !== undefined && dialect !== dialect2020 && !isDraft7)
    return `must be of JSON Schema 2020-12${ofTool ? ' or Draft 7' : ''}`;
  if (schema['type'] !== 'object') return 'must be of `type: object`';
  try {
    compiled(schema);
    return null;
  } catch (error) {
    return `is not JSON Schema: ${error instanceof Error ? cutText(error.message, 256) : ''}`;
  }
};

const violation = (error: ErrorObject): Violation => {
  const at = `/parameters${error.instancePath}`;
  if (error.keyword === 'additionalProperties')
    return {
      pointer: `${at}/${String(error.params['additionalProperty'])}`,
      detail: 'is not a parameter of this action type',
      code: error.keyword,
    };
  if (error.keyword === 'required')
    return {
      pointer: `${at}/${String(error.params['missingProperty'])}`,
      detail: 'is required',
      code: error.keyword,
    };
  return { pointer: at, detail: schemaFaultText(error), code: error.keyword };
};

/** A compiled schema, and the number of checks that a value of one node may take. */
type Kept = { readonly validate: ValidateFunction; readonly checks: number };

const keptOf = (schema: JsonObject): Kept => {
  const key = JSON.stringify(schema);
  const known = validators.get(key);
  if (known !== undefined) return known;
  const kept = { validate: compiled(schema), checks: checksOf(schema) };
  validators.set(key, kept);
  const [oldest] = validators.keys();
  if (validators.size > mostValidators && oldest !== undefined) validators.delete(oldest);
  return kept;
};

/** The largest number of violations that are named for one action's parameters. */
const mostViolations = 100;

/**
 * Returns the violations of an action's parameters against its type's schema, a hundred at most.
 * Two faults also count as violations: a check that exceeds its work limit, and an unreadable
 * schema. An earlier release's schema is unreadable if it has patterns that are now refused.
 */
export const checkParameters = (type: ActionTypeV1, parameters: JsonObject): readonly Violation[] => {
  let kept: Kept;
  try {
    kept = keptOf(type.parameters_schema);
  } catch (error) {
    const why = error instanceof Error ? cutText(error.message, 256) : '';
    return [
      {
        pointer: '/parameters',
        detail: `cannot be checked, because the schema of this action type cannot be read: ${why}. Register the action type anew.`,
        code: 'schema',
      },
    ];
  }
  const { validate, checks } = kept;
  if (checks * nodesOf(parameters) > schemaLimits.checks)
    return [
      {
        pointer: '/parameters',
        detail: `asks for more than ${schemaLimits.checks} checks by the schema of this action type: send fewer values`,
        code: 'work',
      },
    ];
  try {
    return withPatternWork(() => validate(parameters))
      ? []
      : (validate.errors ?? []).slice(0, mostViolations).map(violation);
  } catch (error) {
    if (error instanceof PatternWorkExceeded)
      return [{ pointer: '/parameters', detail: error.message, code: 'pattern-work' }];
    throw error;
  }
};
