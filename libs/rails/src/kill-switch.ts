import { streamName, systemTenant } from '@interlock/contracts';
import type { Decider } from '@interlock/kernel';

export type KillSwitchScope = 'global' | 'tenant' | 'action_type';

export type KillSwitchEvent =
  | {
      readonly type: 'KillSwitchEngaged';
      readonly data: {
        readonly scope: KillSwitchScope;
        readonly tenant_id: string | null;
        readonly action_type: string | null;
        readonly reason: string;
        readonly rollback_in_flight: boolean;
      };
    }
  | {
      readonly type: 'KillSwitchReleased';
      readonly data: {
        readonly scope: KillSwitchScope;
        readonly tenant_id: string | null;
        readonly action_type: string | null;
        readonly reason: string;
      };
    };

export type KillSwitchCommand = {
  readonly kind: 'engage' | 'release';
  readonly scope: KillSwitchScope;
  readonly tenant_id: string | null;
  readonly action_type: string | null;
  readonly reason: string;
  readonly rollback_in_flight: boolean;
};
export type KillSwitchState = {
  readonly engaged: boolean;
  readonly reason: string | null;
  readonly since: string | null;
};

/** The stream of a kill switch, by scope. */
export const killSwitchStream = (scope: KillSwitchScope, tenantId: string, actionType: string): string => {
  switch (scope) {
    case 'global':
      return streamName('kill_switch', systemTenant, 'global');
    case 'tenant':
      return streamName('kill_switch', tenantId, 'tenant');
    case 'action_type':
      return streamName('kill_switch', tenantId, `type=${actionType}`);
  }
};

/** Every kill switch that can stop an action of this tenant and type: global, tenant, action type. */
export const killSwitchStreams = (tenantId: string, actionType: string): readonly string[] =>
  (['global', 'tenant', 'action_type'] as const).map((scope) =>
    killSwitchStream(scope, tenantId, actionType),
  );

/** What a reader sees of one switch: its stream's last revision ("-1" where it was never used) and whether it is engaged. */
export type KillSwitchHead = {
  readonly stream: string;
  readonly revision: string;
  readonly engaged: boolean;
};

/** The epoch that an execution is bound to: the revisions of all switches that can stop it, in their order. */
export const killSwitchEpoch = (heads: readonly KillSwitchHead[]): string =>
  heads.map((head) => head.revision).join('.');

/** Engaging an engaged switch, or releasing a released one, changes nothing. */
export const killSwitchDecider: Decider<KillSwitchCommand, KillSwitchEvent, KillSwitchState> = {
  name: 'kill switch',
  types: ['KillSwitchEngaged', 'KillSwitchReleased'],
  initial: { engaged: false, reason: null, since: null },
  decide: ({ kind, ...command }, state) => {
    const { rollback_in_flight: rollback, ...rest } = command;
    if (kind === 'engage')
      return state.engaged
        ? []
        : [{ type: 'KillSwitchEngaged', data: { ...rest, rollback_in_flight: rollback } }];
    return state.engaged ? [{ type: 'KillSwitchReleased', data: rest }] : [];
  },
  evolve: (_state, event) =>
    event.type === 'KillSwitchEngaged'
      ? { engaged: true, reason: event.data.reason, since: event.metadata.occurred_at }
      : { engaged: false, reason: event.data.reason, since: event.metadata.occurred_at },
};
