import type { Schema } from '@interlock/api-types';
import { autonomyModes } from '@interlock/contracts';
import { tableText } from '../../output/table.js';
import { toned, toneOf, type Screen } from '../../output/screen.js';
import { recordShape } from '../../output/output.js';
import { ask, all, group } from '../../program/declare.js';
import { list } from '../../lists.js';
import { whole, decimal, numbers, yesOrNo } from '../../readers.js';
import { required } from '../../program/options.js';

type Mode = Schema<'AutonomyModeDto'>;
type Day = Schema<'BudgetDayDto'>;

const account = {
  '--account <account>': { about: 'the account, such as ran-north', as: 'account_id' },
} as const;
const type = {
  '--type <action type>': { about: 'the action type, such as cell_failover', as: 'action_type' },
} as const;
const force = { '--force': 'accept names that have not been seen yet' } as const;
const theAccount = required(account);

/** The target of a mode: `ran-north/cell_failover`; a star means any. */
const modeName = ({ account_id, action_type }: Pick<Mode, 'account_id' | 'action_type'>): string =>
  `${account_id ?? '*'}/${action_type ?? '*'}`;

const mode = group(
  'mode',
  'autonomy modes: what may run without a person, by tenant, account and action type',
  [
    list({
      command: 'list',
      about: 'list every mode that was set',
      route: 'GET /api/v1/autonomy/config',
      what: 'modes',
      query: { ...account, ...type },
      limit: 50,
      topics: ['autonomy'],
      columns: [
        { head: 'ACCOUNT', of: ({ account_id }) => account_id ?? '(any)', fit: 10 },
        { head: 'ACTION TYPE', of: ({ action_type }) => action_type ?? '(any)', fit: 12 },
        { head: 'MODE', of: ({ mode: set }) => set, toned: true },
        { head: 'SET (UTC)', time: ({ updated_at }) => updated_at },
        { head: 'BY', of: ({ updated_by }) => updated_by, fit: 12 },
      ],
      id: modeName,
    }),
    ask({
      command: 'get',
      about: 'show the mode that holds for an account and an action type',
      route: 'GET /api/v1/autonomy/config',
      query: { ...theAccount, ...required(type) },
      shape: {
        text: ({ effective, time_zone }, screen) =>
          effective === undefined
            ? 'none is configured'
            : `${toned(effective.mode, toneOf(effective.mode), screen)}  by level ${effective.matched_level ?? 'none'}, days of ${time_zone}\n${effective.explanation}`,
        names: ({ effective }) => (effective === undefined ? [] : [effective.mode]),
      },
    }),
    ask({
      command: 'set <mode>',
      about: `set ${autonomyModes.join(', ')}, for the tenant or for what is named`,
      route: 'PUT /api/v1/autonomy/config',
      body: {
        ...account,
        ...type,
        '--reason <text>': { about: 'why; it is kept in the log', required: true },
        '--time-zone <zone>': 'the time zone whose days count',
        ...force,
      },
      argumentsAs: [{ as: 'mode' }],
      shape: recordShape<Schema<'WrittenModeDto'>>(modeName),
      ifMatch: 'option',
      loosens: true,
    }),
    ask({
      command: 'unset',
      about: 'remove a mode, so that the next level holds',
      route: 'DELETE /api/v1/autonomy/config',
      query: { ...account, ...type },
      ifMatch: 'option',
      loosens: true,
    }),
  ],
);

const dayText = (day: Day, screen: Screen): string =>
  [
    `${day.account_id} on ${day.date_key} (${day.time_zone}): ${day.count} of ${day.limit} used${day.unused_days === 0 ? '' : `, ${day.unused_days} days unused before`}`,
    `spent  cost ${day.spent.cost}, compute ${day.spent.compute}, entities ${day.spent.entities}`,
    ...(Object.keys(day.by_action_type).length === 0
      ? []
      : [
          '',
          tableText(
            Object.entries(day.by_action_type),
            [
              { head: 'ACTION TYPE', of: ([name]) => name },
              { head: 'USED', of: ([, used]) => String(used), right: true },
              {
                head: 'OF',
                of: ([name]) =>
                  String((day.max_per_action_type as { readonly [name: string]: unknown })[name] ?? ''),
                right: true,
              },
            ],
            screen,
          ),
        ]),
  ].join('\n');

const budget = group('budget', 'how many autonomous actions an account may run a day, and has run', [
  list({
    command: 'list',
    about: 'list every budget that was set',
    route: 'GET /api/v1/autonomy/budget',
    what: 'budgets',
    limit: 50,
    topics: ['autonomy'],
    columns: [
      { head: 'ACCOUNT', of: ({ account_id }) => account_id, fit: 12 },
      { head: 'A DAY', of: ({ max_autonomous_per_day }) => max_autonomous_per_day, right: true },
      {
        head: 'BY ACTION TYPE',
        of: ({ max_per_action_type }) =>
          Object.entries(max_per_action_type)
            .map(([name, most]) => `${name} ${String(most)}`)
            .join(', '),
        fit: 16,
      },
      { head: 'DECAYS', of: ({ decay_if_unused }) => (decay_if_unused ? 'yes' : 'no') },
      { head: 'SET (UTC)', time: ({ updated_at }) => updated_at },
    ],
    id: ({ account_id }) => account_id,
  }),
  ask({
    command: 'get',
    about: "show an account's budget",
    route: 'GET /api/v1/autonomy/budget',
    query: theAccount,
  }),
  ask({
    command: 'state',
    about: 'show what an account has used on a day',
    route: 'GET /api/v1/autonomy/budget/state',
    query: { ...theAccount, '--day <day>': { about: 'such as 2026-01-31; default: today', as: 'date_key' } },
    shape: { ...recordShape<Day>(({ account_id }) => account_id), text: dayText },
  }),
  ask({
    command: 'set',
    about: "set an account's budget",
    route: 'PUT /api/v1/autonomy/budget',
    body: {
      ...theAccount,
      '--per-day <n>': {
        about: 'autonomous actions a day',
        as: 'max_autonomous_per_day',
        required: true,
        read: whole(),
      },
      '--per-type <list>': {
        about: 'limits of action types, such as cell_failover=10,cell_restart=5',
        as: 'max_per_action_type',
        list: true,
        read: numbers,
      },
      '--decay': { about: 'lower the limit after days without use', as: 'decay_if_unused' },
      '--max-cost <n>': { about: 'a day', as: 'max_amounts_per_day.cost', read: decimal },
      '--max-compute <n>': { about: 'a day', as: 'max_amounts_per_day.compute', read: decimal },
      '--max-entities <n>': { about: 'a day', as: 'max_amounts_per_day.entities', read: whole() },
      ...force,
    },
    ifMatch: 'option',
    loosens: true,
  }),
  ask({
    command: 'unset',
    about: "remove an account's budget",
    route: 'DELETE /api/v1/autonomy/budget',
    query: theAccount,
    ifMatch: 'option',
    loosens: true,
  }),
]);

const autoApproval = group(
  'auto-approval',
  'which actions are approved automatically: thresholds of confidence, blocked types',
  [
    ask({ command: 'show', about: 'show the current policy', route: 'GET /api/v1/autonomy/auto-approval' }),
    ask({
      command: 'set',
      about: 'change the named members; the others stay',
      route: 'PUT /api/v1/autonomy/auto-approval',
      body: {
        '--block <types>': {
          about: 'action types that are never approved automatically, separated by commas',
          as: 'blocked_action_types',
          list: true,
        },
        '--low <n>': {
          about: 'confidence from 0 to 1 at risk LOW',
          as: 'confidence_thresholds.LOW',
          read: decimal,
        },
        '--medium <n>': { about: 'at risk MEDIUM', as: 'confidence_thresholds.MEDIUM', read: decimal },
        '--high <n>': { about: 'at risk HIGH', as: 'confidence_thresholds.HIGH', read: decimal },
        '--lifecycle-states <list>': {
          about: 'lifecycle states in which actions are approved automatically, separated by commas',
          as: 'automatic_lifecycle_states',
          list: true,
        },
        '--stop <yes|no>': {
          about: 'stop automatic approvals, or resume them',
          as: 'kill_switch',
          choices: ['yes', 'no'],
          read: yesOrNo,
        },
      },
      ifMatch: 'option',
      loosens: true,
    }),
  ],
);

/**
 * `interlock mode`, `interlock budget` and `interlock auto-approval`: what may proceed
 * automatically, and how much.
 */
export const addModes = all(mode, budget, autoApproval);
