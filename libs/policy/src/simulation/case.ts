import type { PolicyDecision, Violation } from '@interlock/contracts';
import type { EvaluationContext, FieldType } from '../condition/condition.js';
import type { FieldCatalogue } from '../condition/field.js';
import type { Schema } from '../condition/json-schema.js';

/** A request to simulate, in the form that an evaluation reads. */
export type SimulationCase = {
  readonly id: string;
  readonly agent: string;
  readonly action: string;
  /** Declared fields by dotted path; absent ones are unknown. */
  readonly context: EvaluationContext;
  readonly name?: string;
  readonly group?: string;
  /** The recorded decision on the request. */
  readonly recorded?: {
    readonly decision: PolicyDecision;
    readonly rule_id: string | null;
    readonly bundle_version: string | null;
  };
};

/** A submitted case. If it has no id, its index gives one. */
export type CaseInput = Pick<SimulationCase, 'agent' | 'action' | 'context' | 'name'> & {
  readonly id?: string;
};

/** The most submitted cases in a simulation. */
const mostCases = 1000;
const fieldsOfCase = 256;

/** The schema of submitted cases; `caseViolations` checks their meaning. */
export const casesSchema: Schema = {
  type: 'array',
  minItems: 1,
  maxItems: mostCases,
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['agent', 'action', 'context'],
    properties: {
      id: { type: 'string', pattern: '^[\\x21-\\x7e]{1,128}$' },
      name: { type: 'string', maxLength: 256 },
      agent: { type: 'string', pattern: '^[a-z0-9][a-z0-9_.-]{0,62}$' },
      action: { type: 'string', pattern: '^[a-z0-9][a-z0-9_.-]{0,62}$' },
      context: { type: 'object' },
    },
  },
};

const escaped = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');
const isScalarType = (type: string): type is FieldType =>
  type === 'number' || type === 'string' || type === 'boolean';

const fieldViolations = (
  field: string,
  value: unknown,
  action: string,
  catalogue: FieldCatalogue,
  pointer: string,
): Violation[] => {
  const types = catalogue.typesOf(field, [action]);
  const given = typeof value;
  if (types.size === 0)
    return [
      {
        pointer,
        code: 'unknown-field',
        detail: `no field \`${field.slice(0, 128)}\` is declared for \`${action}\``,
      },
    ];
  const known = [...types].sort().join(' or ');
  if (!isScalarType(given) || !types.has(given) || (given === 'number' && !Number.isFinite(value)))
    return [{ pointer, code: 'type-mismatch', detail: `must be a ${known}` }];
  return given === 'string' && (value as string).length > 1024
    ? [{ pointer, code: 'max-length', detail: 'must have at most 1024 characters' }]
    : [];
};

/**
 * The faults of cases with a valid shape: duplicate ids, unregistered action types, undeclared
 * fields.
 */
export const caseViolations = (
  cases: readonly CaseInput[],
  catalogue: FieldCatalogue,
  pointer: string,
): Violation[] => {
  const seen = new Set<string>();
  return cases.flatMap(({ id, action, context }, i): Violation[] => {
    const at = `${pointer}/${i}`;
    const violations: Violation[] = [];
    if (id !== undefined && seen.has(id))
      violations.push({
        pointer: `${at}/id`,
        code: 'duplicate-id',
        detail: `id \`${id}\` is that of a case before`,
      });
    if (id !== undefined) seen.add(id);
    if (!catalogue.actionTypes.has(action))
      return [
        ...violations,
        {
          pointer: `${at}/action`,
          code: 'unknown-action-type',
          detail: `action type \`${action}\` is not registered`,
        },
      ];
    const fields = Object.entries(context);
    if (fields.length > fieldsOfCase)
      return [
        ...violations,
        { pointer: `${at}/context`, code: 'max-items', detail: `must have at most ${fieldsOfCase} fields` },
      ];
    return [
      ...violations,
      ...fields.flatMap(([field, value]) =>
        fieldViolations(field, value, action, catalogue, `${at}/context/${escaped(field)}`),
      ),
    ];
  });
};

/** The cases with their ids written out. */
export const namedCases = (cases: readonly CaseInput[]): readonly SimulationCase[] => {
  const taken = new Set(cases.map(({ id }) => id));
  return cases.map((one, i) => {
    let id = one.id ?? `case-${i + 1}`;
    while (one.id === undefined && taken.has(id)) id = `${id}-`;
    return { ...one, id };
  });
};
