import { actorKey } from '@interlock/contracts';
import { killSwitchDecider, killSwitchStream, type KillSwitchCommand } from '@interlock/rails';
import { person, tenant, type Journal } from './journal.ts';

export const stopReason = { code: 'kill-switch-engaged', detail: 'drill' };
const target = { scope: 'tenant', tenant_id: tenant, action_type: null } as const;
export const tenantSwitch = killSwitchStream('tenant', tenant, '');

/** Tells one of the commands to the tenant's kill switch. */
const tellSwitch = (log: Journal, command: KillSwitchCommand, by = person('duty')): void =>
  log.tell(tenantSwitch, killSwitchDecider, command, by);

/** A person stops the tenant for a few seconds. `done`: what happens meanwhile. */
export const whileStopped = (log: Journal, done: () => void): void => {
  tellSwitch(log, { kind: 'engage', ...target, reason: 'drill', rollback_in_flight: true });
  done();
  log.now += 3000;
  for (const name of ['duty', 'dora']) {
    const by = person(name);
    tellSwitch(
      log,
      { kind: 'release', ...target, reason: 'over', people: 2, by: actorKey(by), now: log.at },
      by,
    );
  }
};
