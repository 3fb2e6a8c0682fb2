import type { Schema } from '@interlock/api-types';
import { linesShape, type Shape } from '../../output/output.js';
import { addLimits } from './limits.js';
import { addTarget } from './target.js';
import { addThresholds } from './thresholds.js';
import { addWhy } from './why.js';
import { ask } from '../../asks.js';
import { list } from '../../lists.js';
import { group } from '../../program/declare.js';
import { required } from '../../program/options.js';

/** The options that name an account and an action type. */
const cell = {
  '--account <account>': { about: 'the account, such as ran-north', as: 'account_id' },
  '--type <action_type>': { about: 'the action type, such as cell_failover', as: 'action_type' },
} as const;

const digest = { '--digest <digest>': { about: 'of the proposal that was read', required: true } } as const;
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

/** `interlock autonomy`: why actions may proceed automatically. */
export const addAutonomy = group('autonomy', 'what may go on by itself, and why', [
  ask({
    command: 'explain',
    about: 'which configuration decides the mode of an account and action type, and which lost',
    route: 'GET /api/v1/autonomy/explain',
    query: {
      ...required(cell),
      '--entity <entity>': { about: 'modes are the same for every entity', as: 'entity_id' },
    },
    shape: explainedShape,
  }),
  list({
    command: 'earned',
    about: 'what the records of outcomes have earned, and what they lack',
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
      ['sign', 'sign the step up that is proposed', digest],
      ['refuse', 'refuse the step up that is proposed', digest],
      ['step-down', 'take a step down at once', reason],
      ['lift', 'end a step down', reason],
    ] as const
  ).map(([name, about, option]) =>
    ask({
      command: name,
      about: `${about}, by a person (--as)`,
      route: `POST /api/v1/autonomy/earned/${name}`,
      body: { ...required(cell), ...option },
      shape: cellShape,
    }),
  ),
]);
