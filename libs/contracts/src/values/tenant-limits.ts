import { defaults } from './defaults.js';

/**
 * Limits of actions that a tenant may set (docs/operating.md, A tenant's limits), in display order.
 */
const actionLimitNames = [
  'blast_radius_limit',
  'blast_radius_1h',
  'soak_s',
  'notify_within_s',
  'approval_expiry_s',
  'approval_escalation_s',
] as const;
/** The figures of the alert rules that a tenant may set. */
const alertLimitNames = [
  'alert_red_flips',
  'alert_red_flips_h',
  'alert_red_sustained_h',
  'alert_brake_engaged_h',
  'alert_brake_again_h',
  'alert_responses_blocked',
  'alert_error_rate_high_pct',
  'alert_error_rate_critical_pct',
  'alert_error_rate_actions',
  'alert_budget_high_pct',
  'alert_told_h',
] as const;
export const tenantLimitNames = [...actionLimitNames, ...alertLimitNames] as const;

type Name = (typeof tenantLimitNames)[number];
/**
 * The limits that a tenant may set. An absent limit has its default. Names with `_s` are in
 * seconds, `_h` in hours, `_pct` in percent.
 */
export type TenantLimits = { readonly [name in Name]?: number };

/**
 * The description of each limit, and its bounds, both inclusive. `whole`: only whole numbers are
 * valid.
 */
export const tenantLimitBounds = {
  blast_radius_limit: {
    about: 'entities that one action may affect if no policy sets a limit',
    least: 1,
    most: 1_000_000,
    whole: true,
  },
  blast_radius_1h: {
    about:
      "entities that the tenant's actions may affect together in an hour; default: five times the limit of one action",
    least: 1,
    most: 1_000_000_000,
    whole: true,
  },
  soak_s: {
    about: 'seconds for which a change is observed before it is confirmed',
    least: 0.1,
    most: 3600,
    whole: false,
  },
  notify_within_s: {
    about: 'seconds within which a channel must have notified somebody of a confirmation window',
    least: 0.1,
    most: 3600,
    whole: false,
  },
  approval_expiry_s: {
    about: 'seconds after which an open approval expires',
    least: 60,
    most: 604_800,
    whole: true,
  },
  approval_escalation_s: {
    about: 'seconds after which an open approval is escalated',
    least: 10,
    most: 604_800,
    whole: true,
  },
  alert_red_flips: {
    about: 'number of turns to RED beyond which `red_flips` fires',
    least: 0,
    most: 1000,
    whole: true,
  },
  alert_red_flips_h: { about: 'hours in which `red_flips` counts', least: 0.1, most: 168, whole: false },
  alert_red_sustained_h: {
    about: 'hours of RED after which `red_sustained` fires',
    least: 0,
    most: 168,
    whole: false,
  },
  alert_brake_engaged_h: {
    about: 'hours with the safety brake on after which `brake_engaged` fires',
    least: 0,
    most: 168,
    whole: false,
  },
  alert_brake_again_h: {
    about: 'hours with the safety brake on after which `brake_engaged` pages again',
    least: 0,
    most: 720,
    whole: false,
  },
  alert_responses_blocked: {
    about: 'number of runs blocked in a row beyond which `responses_blocked` fires',
    least: 0,
    most: 1000,
    whole: true,
  },
  alert_error_rate_high_pct: {
    about: 'percent of failed executions in 5 min beyond which `policy_error_rate` is high',
    least: 0,
    most: 100,
    whole: false,
  },
  alert_error_rate_critical_pct: {
    about: 'percent of failed executions in 5 min beyond which `policy_error_rate` is critical',
    least: 0,
    most: 100,
    whole: false,
  },
  alert_error_rate_actions: {
    about: 'executions of a bundle that must have ended in 5 min before the error rate counts',
    least: 1,
    most: 100_000,
    whole: true,
  },
  alert_budget_high_pct: {
    about: 'percent of a budget beyond which `budget_high` fires',
    least: 0,
    most: 100,
    whole: false,
  },
  alert_told_h: {
    about: 'hours for which a message that needs no action, such as a change of level, stays on the list',
    least: 0.01,
    most: 168,
    whole: false,
  },
} as const satisfies {
  readonly [name in Name]: {
    readonly about: string;
    readonly least: number;
    readonly most: number;
    readonly whole: boolean;
  };
};

/** Returns the limits in force: those that a tenant has set, and the defaults of the others. */
export const limitsInForce = (set: TenantLimits = {}): Required<TenantLimits> => {
  const one = set.blast_radius_limit ?? defaults.blast_radius_limit;
  const standard = { ...defaults, blast_radius_1h: one * defaults.blast_radius_hour_factor };
  return Object.fromEntries(
    tenantLimitNames.map((name) => [name, set[name] ?? standard[name]]),
  ) as Required<TenantLimits>;
};

/** Returns the set limits that decide actions, without those of alerts. */
export const actionLimits = (set: TenantLimits): TenantLimits =>
  Object.fromEntries(
    actionLimitNames.flatMap((name) => (set[name] === undefined ? [] : [[name, set[name]]])),
  );
