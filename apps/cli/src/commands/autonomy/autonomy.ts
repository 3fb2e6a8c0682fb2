import type { Schema } from '@interlock/api-types';
import { linesShape, type Shape } from '../../output/output.js';
import { addWhy } from './why.js';
import { ask, group } from '../../program/declare.js';
import { list } from '../../lists.js';
import { required, type Options } from '../../program/options.js';
import { tenantLimitBounds, tenantLimitNames, type TenantLimits } from '@interlock/contracts';
import { whole, decimal } from '../../readers.js';

/** The options that name an account and an action type. */
const cell = {
  '--account <account>': { about: 'the account, such as ran-north', as: 'account_id' },
  '--type <action_type>': { about: 'the action type, such as cell_failover', as: 'action_type' },
} as const;

const digest = {
  '--digest <digest>': { about: 'digest of the proposal that you read', required: true },
} as const;
const reason = { '--reason <text>': 'why, for the record' } as const;

const explainedShape: Shape<Schema<'ModeExplainedDto'>> = linesShape(({ explanation, levels }) => [
  explanation,
  ...levels.map(({ level, outcome, explanation: why, entry }) => {
    const since = entry === null ? '' : `, since ${entry.updated_at} by ${entry.updated_by}`;
    return `  ${level} ${outcome.padEnd(14)} ${why}${since}`;
  }),
]);

const cellShape: Shape<Schema<'WrittenStepDto'>> = linesShape(
  ({ account_id, action_type, standing, proposal, explanation }) => [
    `${account_id} ${action_type}  ${standing.kind.padEnd(10)} ${explanation}`,
    ...(proposal === null ? [] : [`  digest ${proposal.digest}`]),
  ],
  ({ account_id, action_type }) => [`${account_id} ${action_type}`],
);

/** The short option names of limits that are often set. */
const limitFlags: { readonly [name in keyof TenantLimits]: string } = {
  blast_radius_limit: 'action <n>',
  blast_radius_1h: 'hour <n>',
  soak_s: 'soak <seconds>',
  notify_within_s: 'notify-within <seconds>',
  approval_expiry_s: 'expiry <seconds>',
  approval_escalation_s: 'escalation <seconds>',
};

const limitsShape = linesShape((limits: Schema<'LimitsDto'>) => [
  ...tenantLimitNames.map(
    (name) => `${name.padEnd(30)} ${limits[name]}${limits.by_default.includes(name) ? '  the default' : ''}`,
  ),
  ...(limits.updated_at === null ? [] : [`set ${limits.updated_at} by ${limits.updated_by ?? 'nobody'}`]),
]);

const limitOptions: Options = Object.fromEntries(
  tenantLimitNames.map((name) => {
    const { about, whole: isWhole, least, most } = tenantLimitBounds[name];
    const read = isWhole ? whole(least, most) : decimal;
    return [`--${limitFlags[name] ?? `${name.replaceAll('_', '-')} <n>`}`, { about, as: name, read }];
  }),
);

/** `interlock autonomy limits`: blast radius, soak, waiting times for people, and alert limits. */
const addLimits = group(
  'limits',
  'limits of a tenant: how much its actions may affect, how long Interlock waits, and when alerts fire',
  [
    ask({ command: 'get', about: 'what holds', route: 'GET /api/v1/autonomy/limits', shape: limitsShape }),
    ask({
      command: 'set',
      about: 'set all of them; omitted ones return to their defaults',
      route: 'PUT /api/v1/autonomy/limits',
      body: { ...limitOptions, '--reason <text>': { about: 'why, for the record', required: true } },
      ifMatch: 'option',
      loosens: true,
      shape: limitsShape,
    }),
  ],
);

const targetShape: Shape<Schema<'AutonomyTargetDto'>> = {
  text: ({ target_share, updated_at }) =>
    `${target_share}  ${updated_at === null ? 'the default' : `since ${updated_at}`}`,
  names: ({ target_share }) => [String(target_share)],
};

/** `interlock autonomy target`: the share of good outcomes that a tenant requires of autonomy. */
const addTarget = group('target', 'the share of good outcomes that autonomy must reach', [
  ask({
    command: 'get',
    about: 'show it, and since when it holds',
    route: 'GET /api/v1/autonomy/earned/target',
    shape: targetShape,
  }),
  ask({
    command: 'set <share>',
    about: 'set it, from 0.5 to 0.999, as a person (--as)',
    route: 'PUT /api/v1/autonomy/earned/target',
    argumentsAs: [{ as: 'target_share', read: decimal }],
    ifMatch: 'option',
    loosens: true,
    personal: true,
    shape: targetShape,
  }),
]);

const levels = ({ LOW, MEDIUM, HIGH }: Schema<'ConfidenceThresholdsDto'>): string =>
  `${LOW} ${MEDIUM} ${HIGH}`;

/**
 * `interlock autonomy thresholds`: the confidence thresholds that adapt to the outcomes of
 * automatic actions.
 */
const addThresholds = group(
  'thresholds',
  'adaptive confidence thresholds, which follow the outcomes of automatic actions',
  [
    list({
      command: 'list',
      about: 'list the configured and current thresholds, and those that wait for a signature',
      route: 'GET /api/v1/autonomy/thresholds',
      what: 'action types',
      query: {
        '--type <action_type>': { about: 'the action type, such as cell_failover', as: 'action_type' },
      },
      limit: 50,
      topics: ['autonomy'],
      columns: [
        { head: 'ACTION TYPE', of: ({ action_type }) => action_type, fit: 12 },
        { head: 'TARGET', of: ({ target_share }) => target_share ?? 'off' },
        { head: 'SHIFT', of: ({ shift }) => shift },
        { head: 'CONFIGURED', of: ({ configured }) => levels(configured), wide: true },
        { head: 'EFFECTIVE', of: ({ effective }) => levels(effective) },
        { head: 'WHY', of: ({ explanation }) => explanation, fit: 16 },
        { head: 'PROPOSAL', of: ({ proposal }) => proposal?.digest, wide: true },
      ],
      id: ({ action_type }) => action_type,
    }),
    ask({
      command: 'set <action_type>',
      about: 'opt in: thresholds tighten automatically, and loosen when a person signs; as a person (--as)',
      route: 'PUT /api/v1/autonomy/thresholds/{action_type}',
      body: {
        '--target <n>': {
          about:
            "the target share of good outcomes, from 0.5 to 1; default: the tenant's (`autonomy target get`)",
          as: 'target_share',
          read: decimal,
        },
      },
      personal: true,
    }),
    ask({
      command: 'unset <action_type>',
      about: 'opt out: the configured thresholds hold again; as a person (--as)',
      route: 'DELETE /api/v1/autonomy/thresholds/{action_type}',
      personal: true,
    }),
    ask({
      command: 'sign <action_type>',
      about: 'sign the proposed loosening, as a person (--as)',
      route: 'POST /api/v1/autonomy/thresholds/{action_type}/sign',
      body: { '--digest <digest>': { about: 'digest of the proposal that you read', required: true } },
      personal: true,
    }),
  ],
);

/** `interlock autonomy`: why actions may proceed automatically. */
export const addAutonomy = group('autonomy', 'what may run without a person, and why', [
  ask({
    command: 'explain',
    about: 'show which configuration decides the mode of an account and action type, and which does not',
    route: 'GET /api/v1/autonomy/explain',
    query: {
      ...required(cell),
      '--entity <entity>': { about: 'modes are the same for every entity', as: 'entity_id' },
    },
    shape: explainedShape,
  }),
  list({
    command: 'earned',
    about: 'show the autonomy that the recorded outcomes have earned, and what is missing',
    route: 'GET /api/v1/autonomy/earned',
    what: 'records',
    query: cell,
    limit: 50,
    topics: ['autonomy'],
    columns: [
      { head: 'ACCOUNT', of: ({ account_id }) => account_id, fit: 10 },
      { head: 'ACTION TYPE', of: ({ action_type }) => action_type, fit: 12 },
      { head: 'MODE', of: ({ mode }) => mode, toned: true },
      { head: 'CONFIGURED', of: ({ configured_mode }) => configured_mode },
      { head: 'STANDING', of: ({ standing }) => standing.kind },
      { head: 'WHY', of: ({ explanation }) => explanation, fit: 16 },
      { head: 'PROPOSAL', of: ({ proposal }) => proposal?.digest, wide: true },
    ],
    id: ({ account_id, action_type }) => `${account_id} ${action_type}`,
  }),
  addWhy,
  addLimits,
  addTarget,
  addThresholds,
  ...(
    [
      ['sign', 'sign the proposed step up', digest],
      ['refuse', 'refuse the proposed step up', digest],
      ['step-down', 'step down at once', reason],
      ['lift', 'end a step down', reason],
    ] as const
  ).map(([name, about, option]) =>
    ask({
      command: name,
      about: `${about}, as a person (--as)`,
      route: `POST /api/v1/autonomy/earned/${name}`,
      body: { ...required(cell), ...option },
      shape: cellShape,
    }),
  ),
]);
