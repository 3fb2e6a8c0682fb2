import type { Decided, DecidedStreams } from '@interlock/kernel';
import {
  actionTypeDecider,
  type ActionTypeCommand,
  type ActionTypeEvent,
  type ActionTypeState,
} from './action-type.js';
import { bundleDecider } from './bundle/bundle.js';
import type { BundleEvent } from './bundle/events.js';
import { bundleIdOf, type BundleCommand, type BundleState } from './bundle/state.js';
import { lintSettingsDecider } from './lint/settings.js';
import { policyDecider, type PolicyCommand, type PolicyEvent, type PolicyState } from './policy/policy.js';
import { evaluationEvents } from './evaluation/recorded.js';
import { rolloutDecider } from './rollout.js';
import type { RolloutCommand } from './rollout/decide.js';
import type { RolloutEvent } from './rollout/events.js';
import type { RolloutState } from './rollout/state.js';
import {
  exportsDecider,
  refusalsDecider,
  signingDecider,
  type BundleExported,
  type BundleImportRefused,
  type ExportsCommand,
  type ExportsState,
  type RefusalsCommand,
  type RefusalsState,
} from './signing/exchange.js';
import { isTeamId, teamDecider, type TeamCommand, type TeamDefined, type TeamState } from './teams/team.js';

export const policyDecided: Decided<PolicyCommand, PolicyEvent, PolicyState> = {
  category: 'policy',
  kind: 'policy',
  decider: policyDecider,
  holds: ({ data }, { id }) => data.policy.policy_id === id,
};

export const bundleDecided: Decided<BundleCommand, BundleEvent, BundleState> = {
  category: 'bundle',
  kind: 'bundle',
  decider: bundleDecider,
  holds: ({ data }, { tenant, id }) => data.bundle_id === id && id === bundleIdOf(tenant, data.version),
};

export const rolloutDecided: Decided<RolloutCommand, RolloutEvent, RolloutState> = {
  category: 'rollout',
  kind: 'rollout',
  decider: rolloutDecider,
  holds: ({ type, data }, { tenant }) =>
    type !== 'BundleActivated' || data.bundle_id === bundleIdOf(tenant, data.bundle_version),
};

export const actionTypeDecided: Decided<ActionTypeCommand, ActionTypeEvent, ActionTypeState> = {
  category: 'action_type',
  kind: 'action_type',
  decider: actionTypeDecider,
  whole: ({ type }) => type === 'ActionTypeRegistered',
  holds: ({ type, data }, { id }) =>
    (type === 'ActionTypeRetired' ? data.action_type : data.action_type.action_type) === id,
};

export const teamDecided: Decided<TeamCommand, TeamDefined, TeamState> = {
  category: 'team',
  kind: 'team',
  decider: teamDecider,
  whole: () => true,
  holds: ({ data }, { id }) => data.team_id === id && isTeamId(id),
};

export const lintDecided = {
  category: 'lint',
  kind: 'setting',
  decider: lintSettingsDecider,
  whole: (): boolean => true,
  holds: (_event: unknown, { id }: { readonly id: string }): boolean => id === 'settings',
};

export const signingDecided = {
  category: 'exchange',
  ids: (id: string): boolean => id === 'settings',
  kind: 'setting',
  decider: signingDecider,
  whole: (): boolean => true,
};

export const exportsDecided: Decided<ExportsCommand, BundleExported, ExportsState> = {
  category: 'exchange',
  ids: (id) => id.startsWith('exports='),
  kind: 'export',
  decider: exportsDecider,
  whole: () => true,
  holds: ({ data }, { id }) => id === `exports=${data.bundle_id}`,
};

export const refusalsDecided: Decided<RefusalsCommand, BundleImportRefused, RefusalsState> = {
  category: 'exchange',
  ids: (id) => id !== 'settings' && !id.startsWith('exports='),
  kind: 'import_refused',
  decider: refusalsDecider,
  holds: ({ metadata }, { id }) => id === `refused=${metadata.occurred_at.slice(0, 10)}`,
};

/** The streams of this context. Evaluations are facts without a decider. */
export const policyStreams: readonly DecidedStreams[] = [
  policyDecided,
  bundleDecided,
  rolloutDecided,
  actionTypeDecided,
  teamDecided,
  lintDecided,
  signingDecided,
  exportsDecided,
  refusalsDecided,
  { category: 'evaluation', decider: evaluationEvents },
];
