import { systemTenant } from '@interlock/contracts';
import type { RecalledStreams } from '@interlock/kernel';
import {
  killSwitchDecider,
  killSwitchStream,
  type KillSwitchCommand,
  type KillSwitchEvent,
  type KillSwitchState,
} from '../kill-switch.js';

export const killSwitchRecall: RecalledStreams<KillSwitchCommand, KillSwitchEvent, KillSwitchState> = {
  category: 'kill_switch',
  kind: 'kill_switch',
  decider: killSwitchDecider,
  whole: () => true,
  recall: ([{ type, data }], _state, { tenant, id }) => {
    const own =
      data.tenant_id === (tenant === systemTenant ? null : tenant) &&
      (data.action_type === null) === (data.scope !== 'action_type');
    if (
      !own ||
      killSwitchStream(data.scope, tenant, data.action_type ?? '') !== `kill_switch-${tenant}:${id}`
    )
      return [];
    return [
      {
        kind: type === 'KillSwitchEngaged' ? 'engage' : 'release',
        ...data,
        rollback_in_flight: type === 'KillSwitchEngaged' && data.rollback_in_flight,
      },
    ];
  },
};
