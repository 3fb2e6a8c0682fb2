import { policyDecisions, streamName, type Violation } from '@interlock/contracts';
import { refuseViolations, sameJson, type Decider } from '@interlock/kernel';
import { conditionsSchema, nameOrAnySchema } from '../condition/condition-schema.js';
import { conditionViolations, type FieldCatalogue } from '../condition/field.js';
import { schemaViolations, type Schema } from '../condition/json-schema.js';
import type { LintCheck, LintSeverity } from './finding.js';
import type { Invariant } from './lint.js';

/**
 * Checks whose severity a tenant may raise, with their default severity. An error stays an error.
 */
export const adjustableChecks = {
  missing_reasons: 'warning',
  unreachable_rules: 'warning',
  budget_sanity: 'warning',
  never_matches: 'warning',
  more_permissive: 'warning',
  disabled_rules: 'info',
  overridden: 'info',
} as const satisfies { readonly [check in LintCheck]?: LintSeverity };
type AdjustableCheck = keyof typeof adjustableChecks;

/** A tenant's requirements for its bundles, besides the general ones. */
export type LintSettings = {
  readonly invariants: readonly Invariant[];
  readonly severities: { readonly [check in AdjustableCheck]?: LintSeverity };
};
export const noLintSettings: LintSettings = { invariants: [], severities: {} };

/** The complete settings from now on. */
export type LintConfigured = { readonly type: 'LintConfigured'; readonly data: LintSettings };
/** Settings must have passed `checkLintSettings`. */
export type LintSettingsCommand = { readonly kind: 'ConfigureLint'; readonly settings: LintSettings };

/** Returns the stream `lint-<tenant>:settings`. */
export const lintStream = (tenantId: string): string => streamName('lint', tenantId, 'settings');

const rank: { readonly [severity in LintSeverity]: number } = { info: 0, warning: 1, error: 2 };

/** The schema of an invariant, also for one in a question. */
export const invariantMembers: { readonly [member: string]: Schema } = {
  id: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$' },
  description: { type: 'string', maxLength: 1024 },
  never: { type: 'string', enum: policyDecisions.filter((decision) => decision !== 'CONFIRM') },
  agent: nameOrAnySchema,
  action: nameOrAnySchema,
  conditions: conditionsSchema,
};

const schema: Schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    invariants: {
      type: 'array',
      maxItems: 50,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['id', 'never', 'action'],
        properties: invariantMembers,
      },
    },
    severities: {
      type: 'object',
      additionalProperties: false,
      properties: Object.fromEntries(
        Object.entries(adjustableChecks).map(([check, least]) => [
          check,
          {
            type: 'string',
            enum: (['info', 'warning', 'error'] as const).filter((severity) => rank[severity] >= rank[least]),
          },
        ]),
      ),
    },
  },
};

export type InvariantInput = Pick<Invariant, 'never'> & Partial<Invariant>;

/** An invariant with its defaults written out. */
export const normalInvariant = (input: InvariantInput, id = 'invariant'): Invariant => ({
  id: input.id ?? id,
  description: input.description ?? '',
  never: input.never,
  agent: input.agent ?? '*',
  action: input.action ?? '*',
  conditions: (input.conditions ?? []).map(({ field, op, value }) => ({ field, op, value })),
});

/** The faults in the meaning of agent, action and conditions, checked as for a rule. */
export const regionViolations = (
  { action, conditions }: Pick<Invariant, 'action' | 'conditions'>,
  catalogue: FieldCatalogue,
  pointer: string,
): readonly Violation[] => [
  ...(action === '*' || catalogue.actionTypes.has(action)
    ? []
    : [
        {
          pointer: `${pointer}/action`,
          code: 'unknown-action-type',
          detail: `action type \`${action}\` is not registered`,
        },
      ]),
  ...conditions.flatMap((condition, i) =>
    conditionViolations(condition, [action], catalogue, `${pointer}/conditions/${i}`),
  ),
];

/**
 * Returns submitted settings with their defaults. Throws `validation-failed`, which names every
 * violation.
 */
export const checkLintSettings = (input: unknown, catalogue: FieldCatalogue): LintSettings => {
  refuseViolations(schemaViolations(schema, input), 'the settings');
  const { invariants = [], severities = {} } = input as {
    readonly invariants?: readonly InvariantInput[];
    readonly severities?: LintSettings['severities'];
  };
  const whole = invariants.map((one) => normalInvariant(one));
  const known = new Set<string>();
  refuseViolations(
    whole.flatMap((one, i): readonly Violation[] => {
      const again: readonly Violation[] = known.has(one.id)
        ? [
            {
              pointer: `/invariants/${i}/id`,
              code: 'duplicate-id',
              detail: `another invariant is called \`${one.id}\` already`,
            },
          ]
        : [];
      known.add(one.id);
      return [...again, ...regionViolations(one, catalogue, `/invariants/${i}`)];
    }),
    'the settings',
  );
  return { invariants: whole, severities };
};

/**
 * A tenant's lint settings: stream `lint-<tenant>:settings`. Setting the same again writes nothing.
 */
export const lintSettingsDecider: Decider<LintSettingsCommand, LintConfigured, LintSettings> = {
  name: 'lint',
  types: ['LintConfigured'],
  initial: noLintSettings,
  decide: ({ settings }, state) =>
    sameJson(settings, state) ? [] : [{ type: 'LintConfigured', data: settings }],
  evolve: (_, { data }) => data,
};
