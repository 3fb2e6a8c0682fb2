import { actorKey, refusalKeys, systemTenant } from '@interlock/contracts';
import type { RecalledStreams, Recorded } from '@interlock/kernel';
import {
  killSwitchDecider,
  streamOfTarget,
  type KillSwitchCommand,
  type KillSwitchEvent,
  type KillSwitchState,
  type KillSwitchTarget,
} from '../kill-switch.js';

/** The member that names what a switch of this scope stops; null where the tenant alone does. */
const memberOf: { readonly [scope in KillSwitchTarget['scope']]: keyof KillSwitchTarget | null } = {
  global: null,
  tenant: null,
  action_type: 'action_type',
  account: 'account_id',
  agent: 'agent',
  site: 'site_id',
};

/** True where an event's target is the switch that the stream belongs to, and names nothing beside it. */
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

const commandOf = (event: Recorded<KillSwitchEvent>): KillSwitchCommand => {
  const now = event.metadata.occurred_at;
  switch (event.type) {
    case 'KillSwitchEngaged': {
      const { listed: _, ...data } = event.data;
      return { kind: 'engage', ...data };
    }
    case 'KillSwitchListed':
      return { kind: 'list', stream: event.data.stream };
    case 'KillSwitchAcknowledged': {
      const { listed: _, ...receipt } = event.data;
      return { kind: 'acknowledge', receipt };
    }
    case 'KillSwitchReleaseRequested': {
      const { listed: _, expires_at: __, ...data } = event.data;
      return { kind: 'release', ...data, people: 2, now };
    }
    case 'KillSwitchReleased': {
      const { listed: _, requested_by: requested, ...data } = event.data;
      const { actor } = event.metadata;
      return requested === undefined
        ? { kind: 'release', ...data }
        : {
            kind: 'release',
            ...data,
            people: 2,
            by: actorKey(actor),
            refused_as: refusalKeys(actor),
            now,
          };
    }
  }
};

export const killSwitchRecall: RecalledStreams<KillSwitchCommand, KillSwitchEvent, KillSwitchState> = {
  category: 'kill_switch',
  kind: 'kill_switch',
  decider: killSwitchDecider,
  whole: ({ type }) => type === 'KillSwitchEngaged' || type === 'KillSwitchReleased',
  recall: ([event], _state, { tenant, id }) =>
    'scope' in event.data && !isOwn(event.data, tenant, id) ? [] : [commandOf(event)],
};
