import {
  limitsInForce,
  systemTenant,
  tenantLimitNames,
  type AutonomyMode,
  type Loosened,
  type TenantLimits,
} from '@interlock/contracts';
import {
  whereAdded,
  whereLooser,
  whereLowered,
  whereRaised,
  whereRemoved,
  type Loosens,
} from '@interlock/kernel';
import type { AutoApprovalConfig } from './auto-approval.js';
import { amountNames } from './budget/budget-amounts.js';
import { ownLimit, type BudgetLimits, type BudgetState } from './budget/budget-config.js';
import { modeDecider, type ModeKey, type ModeState } from './mode/mode-config.js';
import { lookupInStates, resolveMode } from './mode/resolve-mode.js';

const fromStrictest: readonly AutonomyMode[] = [
  'DISABLED',
  'PROPOSE_ONLY',
  'APPROVAL_REQUIRED',
  'AUTO_EXECUTE',
];

/** A name that no configuration has: it stands for every account or type that is not configured. */
const any = '*';
const namesIn = (states: readonly ModeState[], of: (key: ModeKey) => string | undefined): readonly string[] =>
  [...new Set(states.flatMap(({ items }) => [...items.values()].map((item) => of(item) ?? any))), any].filter(
    (name, i, all) => all.indexOf(name) === i,
  );

/**
 * Compares the mode of every account and type that either state names, and of all others together.
 * INVARIANT: it is compared both without a global default and with the present one. The first finds
 * no less than a replay, which knows the tenant's stream alone.
 */
const modesLoosen = (
  tenantId: string,
  before: ModeState,
  after: ModeState,
  global: ModeState,
): readonly Loosened[] => {
  const states = [before, after];
  return namesIn(states, ({ account_id }) => account_id).flatMap((account_id) =>
    namesIn(states, ({ action_type }) => action_type).flatMap((action_type) =>
      [modeDecider.initial, global]
        .flatMap((system) => {
          const [was, is] = states.map(
            (state) =>
              resolveMode(
                lookupInStates(
                  new Map([
                    [systemTenant, system],
                    [tenantId, state],
                  ]),
                ),
                { tenant_id: tenantId, account_id, action_type },
              ).mode,
          ) as [AutonomyMode, AutonomyMode];
          return whereLooser(`/modes/${account_id}/${action_type}`, fromStrictest, was, is);
        })
        .slice(0, 1),
    ),
  );
};

/**
 * A shorter soak loosens, and a higher figure of any other limit: more may run, or people are told
 * later. The least number of executions for an error rate loosens in both directions.
 */
const limitsLoosen: Loosens<TenantLimits> = (set, changed) => {
  const [before, after] = [limitsInForce(set), limitsInForce(changed)];
  return tenantLimitNames.flatMap((name) => [
    ...(name === 'soak_s' ? [] : whereRaised(`/limits/${name}`, before[name], after[name])),
    ...(name === 'soak_s' || name === 'alert_error_rate_actions'
      ? whereLowered(`/limits/${name}`, before[name], after[name])
      : []),
  ]);
};

/**
 * Loosens where a mode, the target, a limit or the day's zone lets more run than before. `global`
 * is the state of `_system`, whose default holds where a tenant has no entry.
 */
export const modesLoosens =
  (tenantId: string, global: ModeState = modeDecider.initial): Loosens<ModeState> =>
  (before, after) => [
    ...modesLoosen(tenantId, before, after, global),
    ...whereLowered('/target_share', before.target.share, after.target.share),
    ...limitsLoosen(before.limits.set, after.limits.set),
    // A day that begins anew has its whole budget again.
    ...(before.time_zone === after.time_zone
      ? []
      : [{ pointer: '/time_zone', detail: `changes from ${before.time_zone} to ${after.time_zone}` }]),
  ];

/** A budget that allows nothing, which is what an account without one has. */
const nothing: BudgetLimits = {
  max_autonomous_per_day: 0,
  max_per_action_type: {},
  decay_if_unused: true,
  max_amounts_per_day: { cost: 0, compute: 0, entities: 0 },
};

const limitsLoosened: Loosens<BudgetLimits> = (before, after) => {
  const typeLimit = (of: BudgetLimits, type: string): number =>
    Math.min(of.max_autonomous_per_day, ownLimit(of, type) ?? Infinity);
  const types = [
    ...new Set([...Object.keys(before.max_per_action_type), ...Object.keys(after.max_per_action_type)]),
  ];
  return [
    ...whereRaised('/max_autonomous_per_day', before.max_autonomous_per_day, after.max_autonomous_per_day),
    ...types.flatMap((type) =>
      whereRaised(`/max_per_action_type/${type}`, typeLimit(before, type), typeLimit(after, type)),
    ),
    ...(before.decay_if_unused && !after.decay_if_unused && before !== nothing
      ? [{ pointer: '/decay_if_unused', detail: 'ends' }]
      : []),
    ...amountNames.flatMap((name) =>
      whereRaised(
        `/max_amounts_per_day/${name}`,
        before.max_amounts_per_day?.[name] ?? null,
        after.max_amounts_per_day?.[name] ?? null,
      ),
    ),
  ];
};

/**
 * An account without a budget may do nothing, so a first budget loosens. The budget of all accounts
 * together (`ofAll`) is a further limit: without it there is none, so its removal loosens.
 */
export const budgetLoosens =
  (ofAll: boolean): Loosens<BudgetState> =>
  (before, after) => {
    if (after === null)
      return ofAll && before !== null ? [{ pointer: '', detail: 'is removed, which ends the limit' }] : [];
    if (before === null)
      return ofAll || after.max_autonomous_per_day === 0 ? [] : limitsLoosened(nothing, after);
    return limitsLoosened(before, after);
  };

/** Released kill switch, lower thresholds, fewer blocked types and more lifecycle states loosen. */
export const autoApprovalLoosens: Loosens<AutoApprovalConfig> = (before, after) => [
  ...(before.kill_switch && !after.kill_switch ? [{ pointer: '/kill_switch', detail: 'is released' }] : []),
  ...(['LOW', 'MEDIUM', 'HIGH'] as const).flatMap((risk) =>
    whereLowered(
      `/confidence_thresholds/${risk}`,
      before.confidence_thresholds[risk],
      after.confidence_thresholds[risk],
    ),
  ),
  ...whereRemoved('/blocked_action_types', before.blocked_action_types, after.blocked_action_types),
  ...whereAdded(
    '/automatic_lifecycle_states',
    before.automatic_lifecycle_states,
    after.automatic_lifecycle_states,
  ),
];
