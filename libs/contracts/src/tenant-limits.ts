import { defaults } from './defaults.js';

/** The limits that a tenant may set (safety-rails.md); durations in seconds. What is absent has its default. */
export type TenantLimits = {
  /** Entities that one action may affect where no policy says how many. */
  readonly blast_radius_limit?: number;
  /** Entities that the tenant's actions may affect together within an hour; five times the limit of one by default. */
  readonly blast_radius_1h?: number;
  /** How long a change is observed before it is confirmed. */
  readonly soak_s?: number;
  /** Within so long a channel must have told somebody of a confirmation window. */
  readonly told_within_s?: number;
  /** After so long an approval that nobody has given expires. */
  readonly approval_expiry_s?: number;
  /** After so long an approval that nobody has given is escalated. */
  readonly approval_escalation_s?: number;
};
export const tenantLimitNames = [
  'blast_radius_limit',
  'blast_radius_1h',
  'soak_s',
  'told_within_s',
  'approval_expiry_s',
  'approval_escalation_s',
] as const satisfies readonly (keyof TenantLimits)[];

/** The bounds of each limit, both inclusive; `whole` where only whole numbers are taken. */
export const tenantLimitBounds: {
  readonly [name in keyof TenantLimits]-?: {
    readonly least: number;
    readonly most: number;
    readonly whole: boolean;
  };
} = {
  blast_radius_limit: { least: 1, most: 1_000_000, whole: true },
  blast_radius_1h: { least: 1, most: 1_000_000_000, whole: true },
  soak_s: { least: 0.1, most: 3600, whole: false },
  told_within_s: { least: 0.1, most: 3600, whole: false },
  approval_expiry_s: { least: 60, most: 604_800, whole: true },
  approval_escalation_s: { least: 10, most: 604_800, whole: true },
};

/** The limits that hold, from those that a tenant has set. */
export const limitsInForce = (set: TenantLimits = {}): Required<TenantLimits> => {
  const blast_radius_limit = set.blast_radius_limit ?? defaults.blast_radius_limit;
  return {
    blast_radius_limit,
    blast_radius_1h: set.blast_radius_1h ?? blast_radius_limit * defaults.blast_radius_hour_factor,
    soak_s: set.soak_s ?? defaults.soak_s,
    told_within_s: set.told_within_s ?? defaults.told_within_s,
    approval_expiry_s: set.approval_expiry_s ?? defaults.approval_expiry_s,
    approval_escalation_s: set.approval_escalation_s ?? defaults.approval_escalation_s,
  };
};
