import type { Timestamp } from '@interlock/contracts';
import type { Decider } from '@interlock/kernel';
import { autoApprovalVersion, defaultAutoApprovalConfig, type AutoApprovalConfig } from './auto-approval.js';
import { actorName } from './mode/mode-config.js';

export type AutoApprovalEvent = {
  readonly type: 'AutoApprovalConfigured';
  readonly data: AutoApprovalConfig;
};
/** Absent members stay unchanged. */
export type AutoApprovalCommand = {
  readonly kind: 'ConfigureAutoApproval';
  readonly config: Partial<AutoApprovalConfig>;
};

export type AutoApprovalState = {
  readonly config: AutoApprovalConfig;
  /** null: nobody has configured anything, so the defaults apply. */
  readonly updated_at: Timestamp | null;
  readonly updated_by: string | null;
};

const same = (a: AutoApprovalConfig, b: AutoApprovalConfig): boolean =>
  a.kill_switch === b.kill_switch &&
  a.confidence_thresholds.LOW === b.confidence_thresholds.LOW &&
  a.confidence_thresholds.MEDIUM === b.confidence_thresholds.MEDIUM &&
  a.confidence_thresholds.HIGH === b.confidence_thresholds.HIGH &&
  sameList(a.blocked_action_types, b.blocked_action_types) &&
  sameList(a.automatic_lifecycle_states, b.automatic_lifecycle_states);

const sameList = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((item, i) => item === b[i]);
const sorted = (items: readonly string[]): readonly string[] => [...new Set(items)].sort();

/**
 * Stream of `autoApprovalStream`; each event holds the whole configuration, lists sorted. Setting
 * the same again writes nothing.
 */
export const autoApprovalDecider: Decider<AutoApprovalCommand, AutoApprovalEvent, AutoApprovalState> = {
  name: 'auto-approval',
  types: ['AutoApprovalConfigured'],
  initial: { config: defaultAutoApprovalConfig, updated_at: null, updated_by: null },
  decide: (command, state) => {
    const config = { ...state.config, ...command.config };
    const {
      kill_switch,
      confidence_thresholds: { LOW, MEDIUM, HIGH },
    } = config;
    const data: AutoApprovalConfig = {
      kill_switch,
      confidence_thresholds: { LOW, MEDIUM, HIGH },
      blocked_action_types: sorted(config.blocked_action_types),
      automatic_lifecycle_states: sorted(config.automatic_lifecycle_states),
    };
    return state.updated_at !== null && same(data, state.config)
      ? []
      : [{ type: 'AutoApprovalConfigured', data }];
  },
  evolve: (_state, { data, metadata }) => ({
    config: data,
    updated_at: metadata.occurred_at,
    updated_by: actorName(metadata.actor),
  }),
};

/** The configuration as the admin API shows it. */
export const autoApprovalView = (tenantId: string, state: AutoApprovalState) =>
  ({
    tenant_id: tenantId,
    ...state.config,
    updated_at: state.updated_at,
    updated_by: state.updated_by,
    policy_version: autoApprovalVersion,
  }) as const;
