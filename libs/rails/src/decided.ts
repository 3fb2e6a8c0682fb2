import { actorKey, streamName, systemTenant } from '@interlock/contracts';
import {
  changeDecider,
  changeDigest,
  requiredPeopleDecider,
  requiredPeopleId,
  retentionDecider,
  uuidV5,
  type ChangeCommand,
  type ChangeEvent,
  type ChangeState,
  type Decided,
  type DecidedStreams,
} from '@interlock/kernel';
import { actionDecider } from './action/action.js';
import type { ActionCommand } from './action/commands.js';
import type { ActionEvent } from './action-events/events.js';
import type { ActionState } from './action-events/stages.js';
import { executorDecider } from './execution/executors.js';
import {
  feedbackDecider,
  type FeedbackCommand,
  type FeedbackEvent,
  type FeedbackState,
} from './action-views/feedback.js';
import {
  killSwitchDecider,
  streamOfTarget,
  type KillSwitchCommand,
  type KillSwitchEvent,
  type KillSwitchState,
  type KillSwitchTarget,
} from './stop/kill-switch.js';
import { leaseDecider } from './execution/lease.js';
import type { PlanCommand } from './plan/plan-commands.js';
import type { PlanEvent } from './plan/plan-events.js';
import { planIdOf } from './plan/plan-shape.js';
import { planDecider } from './plan/plan.js';
import type { PlanState } from './plan/plan-state.js';
import type { TenantEvent } from './tenant/credential.js';
import { tenantDecider, type TenantCommand, type TenantState } from './tenant/tenant.js';

/**
 * The member that names the target of a switch of this scope; null if the tenant alone is the
 * target.
 */
const memberOf: { readonly [scope in KillSwitchTarget['scope']]: keyof KillSwitchTarget | null } = {
  global: null,
  tenant: null,
  action_type: 'action_type',
  account: 'account_id',
  agent: 'agent',
  site: 'site_id',
};

/** True if an event's target is exactly the switch to which the stream belongs. */
const isOwn = (target: KillSwitchTarget, tenant: string, id: string): boolean => {
  const named = (['action_type', 'account_id', 'agent', 'site_id'] as const).filter(
    (member) => (target[member] ?? null) !== null,
  );
  const member = memberOf[target.scope];
  return (
    target.tenant_id === (tenant === systemTenant ? null : tenant) &&
    named.length === (member === null ? 0 : 1) &&
    (member === null || named.some((name) => name === member)) &&
    streamOfTarget(tenant, target) === `kill_switch-${tenant}:${id}`
  );
};

export const actionDecided: Decided<ActionCommand, ActionEvent, ActionState> = {
  category: 'action',
  kind: 'action',
  decider: actionDecider,
  // The person in the command must be the writer of the event.
  holds: ({ metadata: { actor } }, _of, command) => {
    const { by } = (command ?? {}) as { readonly by?: string };
    return by === undefined || by === actorKey(actor);
  },
};

export const killSwitchDecided: Decided<KillSwitchCommand, KillSwitchEvent, KillSwitchState> = {
  category: 'kill_switch',
  kind: 'kill_switch',
  decider: killSwitchDecider,
  whole: ({ type }) => type === 'KillSwitchEngaged' || type === 'KillSwitchReleased',
  // The person who releases must be the writer of the event.
  holds: ({ data, metadata: { actor, command } }, { tenant, id }) =>
    (!('scope' in data) || isOwn(data, tenant, id)) &&
    [undefined, actorKey(actor)].includes(command?.inputs?.['by'] as string | undefined),
};

export const executorDecided = { category: 'executor', kind: 'executor', decider: executorDecider };
export const leaseDecided = { category: 'lease', kind: 'lease', decider: leaseDecider };

export const feedbackDecided: Decided<FeedbackCommand, FeedbackEvent, FeedbackState> = {
  category: 'feedback',
  kind: 'feedback',
  decider: feedbackDecider,
  holds: ({ data }, { id }) => data.action_id === id,
};

export const planDecided: Decided<PlanCommand, PlanEvent, PlanState> = {
  category: 'plan',
  kind: 'plan',
  decider: planDecider,
  whole: ({ type }) => type === 'PlanSubmitted',
  // The person who approves, rejects or ends the plan must be the writer of the event.
  holds: ({ type, data, metadata: { actor } }, { tenant, id }) =>
    [undefined, null, actorKey(actor)].includes((data as { readonly by?: string | null }).by) &&
    (type !== 'PlanSubmitted' ||
      (data.tenant_id === tenant && data.plan_id === id && planIdOf(tenant, data.submission_id) === id)),
};

export const tenantDecided: Decided<TenantCommand, TenantEvent, TenantState> = {
  category: 'tenant',
  kind: 'tenant',
  decider: tenantDecider,
  holds: ({ data }, { tenant, id }) =>
    id === 'registry' && (!('tenant_id' in data) || data.tenant_id === tenant),
};

/** The streams of this context. */
export const changeDecided: Decided<ChangeCommand, ChangeEvent, ChangeState> = {
  category: 'change',
  kind: 'change',
  ids: (id) => id !== requiredPeopleId,
  decider: changeDecider,
  // The person who requests, approves or rejects must be the writer, and the digest must be that of
  // the content.
  holds: ({ data, metadata: { actor }, ...event }) =>
    (event.type !== 'ChangeRequested' ||
      changeDigest(data as never) === (data as { digest: string }).digest) &&
    [undefined, actorKey(actor)].includes(
      (data as { readonly by?: string }).by ?? (data as { readonly requester?: string }).requester,
    ),
};

/** Stream of the number of people that a tenant's changes need. */
export const requiredPeopleStream = (tenantId: string): string =>
  streamName('change', tenantId, requiredPeopleId);

/**
 * The id of the command with which an installation writes its first number, once, at its first
 * start.
 */
export const firstRequiredPeopleId = uuidV5('first required people');

export const requiredPeopleDecided = {
  category: 'change',
  kind: 'setting',
  ids: (id: string): boolean => id === requiredPeopleId,
  decider: requiredPeopleDecider,
};

export const retentionDecided = {
  category: 'retention',
  kind: 'setting',
  ids: (id: string): boolean => id === 'policy',
  decider: retentionDecider,
};

export const railsStreams: readonly DecidedStreams[] = [
  actionDecided,
  changeDecided,
  requiredPeopleDecided,
  executorDecided,
  feedbackDecided,
  killSwitchDecided,
  leaseDecided,
  planDecided,
  retentionDecided,
  tenantDecided,
];
